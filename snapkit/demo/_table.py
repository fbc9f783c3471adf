"""What every part of the demo's data is made of: tables of plain values, from a fixed seed."""

from __future__ import annotations

import datetime as dt
import json
import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

Row = tuple[object, ...]

NOW = dt.datetime(2025, 11, 1, 8, 30, tzinfo=dt.UTC)
"""The shop's present; no clock is read, so that every build gives the same bytes."""

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))

SHOP_OPENED = dt.datetime(2022, 3, 8, 2, 0, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class DemoTable:
    """The rows of one table of the shop, in the order in which they are loaded.

    Attributes:
        name: The table, in namespace `public`.
        columns: The columns that the rows give a value for; generated columns are left out.
        rows: One tuple per row, one value per column; see `copy_line` for the types.
    """

    name: str
    columns: tuple[str, ...]
    rows: Sequence[Row]

    def __post_init__(self) -> None:
        wrong = next((row for row in self.rows if len(row) != len(self.columns)), None)
        if wrong is not None:
            raise ValueError(f"{self.name}: {len(self.columns)} columns, but a row is {wrong!r}")


def table(name: str, columns: str, rows: Sequence[Row]) -> DemoTable:
    """Make a table from its column names, separated by `|` (a name may hold a space)."""
    return DemoTable(name, tuple(column.strip() for column in columns.split("|")), tuple(rows))


def seeded(part: str) -> random.Random:
    """Give each part of the data its own stream, so that a change in one leaves the others be."""
    return random.Random(f"snapkit demo, {part}")  # noqa: S311 -- data to look at, no secrets


def cuid(rng: random.Random) -> str:
    """Draw an id of the form that Prisma's `cuid()` gives: `c` and 24 base-36 digits."""
    return "c" + "".join(rng.choices("0123456789abcdefghijklmnopqrstuvwxyz", k=24))


def uuid4(rng: random.Random) -> str:
    """Draw a random UUID (version 4), as text."""
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))


def document(value: object) -> str:
    """Write a JSON document as Prisma Client does: no blanks, no ASCII escapes."""
    return _ENCODER.encode(value)


def moment(rng: random.Random, since: dt.datetime, until: dt.datetime = NOW) -> dt.datetime:
    """Draw a moment in [since, until), UTC, to the microsecond."""
    span = (until - since) // dt.timedelta(microseconds=1)
    return since + dt.timedelta(microseconds=rng.randrange(span))
