"""How figures of the torture are shown and kept."""

from __future__ import annotations

import datetime as dt
import json
import sys
from typing import TYPE_CHECKING, Any

from tests.bench.harness import table
from tests.torture.ground import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

REPORTS = ROOT / "reports" / "torture"


def show(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table."""
    sys.stdout.write(f"\n{table(headings, [tuple(map(str, row)) for row in rows])}\n")


def write(name: str, document: Mapping[str, Any]) -> Path:
    """Write a suite's file; its path, from the project's folder."""
    REPORTS.mkdir(parents=True, exist_ok=True)
    path = REPORTS / f"{name}.json"
    made = {"measured_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"), **document}
    path.write_text(json.dumps(made, indent=1) + "\n", "utf-8")
    return path.relative_to(ROOT)
