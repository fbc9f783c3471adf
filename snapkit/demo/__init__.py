"""The shop that snapkit is shown on: 107 models, 54,923 rows, one function that builds it.

`schema.prisma` describes it, `schema.sql` is what Prisma makes of that, `extras.sql` is what
Prisma cannot say. `../tests/oracle` holds the first two equal.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from snapkit.core.copytext import copy_line
from snapkit.demo._build import DemoCounts, advance_sequences, build
from snapkit.demo._data import tables
from snapkit.demo._table import DemoTable

__all__ = [
    "DemoCounts",
    "DemoTable",
    "advance_sequences",
    "build",
    "copy_line",
    "schema_path",
    "tables",
]


def schema_path() -> Path:
    """Give the path of the shop's `schema.prisma`."""
    return Path(str(files("snapkit.demo") / "schema.prisma"))
