"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Any

from tests.bench.databases import MEGABYTE


def machine() -> dict[str, Any]:
    """The machine, its system and the Python that runs us."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else ()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / MEGABYTE
    return {
        "processor": names[0] if names else platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "memory_mb": round(memory),
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
    }


def sentence(here: dict[str, Any]) -> str:
    """The machine in one line."""
    return (
        f"{here['processor']}, {here['cores']} cores, {here['memory_mb'] / 1024:.0f} GB of memory, "
        f"{here['system']}, Python {here['python']}"
    )
