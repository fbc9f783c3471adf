"""Values of a snapshot as Python's, for looking: typed only where that rewrites nothing.

Each text of a column is read and written again. Where one does not come back as it was (an
`infinity` among dates, a time of 24:00, a year beyond 9999), the whole column stays the text that
PostgreSQL printed: a value that is shown is the value that is stored.

Source: PostgreSQL manual, Data Types; Date/Time Output with `DateStyle = ISO`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from snapkit.core.column_types import read_type
from snapkit.core.copytext import bytes_text, float_text
from snapkit.core.export_values import bytes_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_UTC: Final = "+00"  # how a server whose zone is UTC ends a `timestamp with time zone`
_NAN: Final = "NaN"


class Look(StrEnum):
    """What a column is shown as; OBJECT holds Python values that pandas leaves alone."""

    INTEGER = "integer"
    FLOAT = "float"
    BOOLEAN = "boolean"
    TIMESTAMP = "timestamp"
    TIMESTAMP_UTC = "timestamp in UTC"
    OBJECT = "object"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class LookedAt:
    """A column: what it is shown as, and its values; None for NULL.

    `is_unfit` where it is text because a value does not fit its type.
    """

    look: Look
    values: list[Any]
    is_unfit: bool = False


def look_at(type_: str, texts: Sequence[str | None]) -> LookedAt:
    """Type the values of a column.

    Args:
        type_: The column's type, as the manifest has it.
        texts: As PostgreSQL prints them; None for NULL.

    Returns:
        Integers, floats, `Decimal`, bool, dates and times, or bytes; else, and where a value would
        not come back exactly as it was, the texts.
    """
    found = read_type(type_)
    reader = None if found.is_list or found.namespace is not None else _READERS.get(found.name)
    if reader is None:
        return LookedAt(Look.TEXT, list(texts))
    look, read, write = reader
    try:
        values = [None if text is None else read(text) for text in texts]
        is_unfit = [None if value is None else write(value) for value in values] != list(texts)
    except (ValueError, ArithmeticError):
        values, is_unfit = [], True
    if is_unfit:
        return LookedAt(Look.TEXT, list(texts), is_unfit=True)
    if look is Look.FLOAT and _NAN in texts:  # which pandas would take for NULL
        look = Look.OBJECT
    return LookedAt(look, values)


def _boolean(text: str) -> bool:
    return {"t": True, "f": False}.get(text, False)


def _boolean_text(value: bool) -> str:  # noqa: FBT001 -- the value, not a flag
    return "t" if value else "f"


def _decimal_text(value: Decimal) -> str:
    return format(value, "f")


def _without_zeros(text: str) -> str:
    """PostgreSQL prints no zeros at the end of a fraction."""
    return text.rstrip("0").rstrip(".") if "." in text else text


def _time_text(value: dt.time) -> str:
    return _without_zeros(value.isoformat())


def _timestamp_text(value: dt.datetime) -> str:
    return _without_zeros(value.replace(tzinfo=None).isoformat(" "))


def _timestamp_utc_text(value: dt.datetime) -> str:
    return _timestamp_text(value) + _UTC


_Reader = tuple[Look, "Callable[[str], Any]", "Callable[[Any], str]"]
_INTEGER: Final[_Reader] = (Look.INTEGER, int, str)
_READERS: Final[dict[str, _Reader]] = {
    "smallint": _INTEGER,
    "integer": _INTEGER,
    "bigint": _INTEGER,
    "oid": _INTEGER,
    "real": (Look.FLOAT, float, partial(float_text, single=True)),
    "double precision": (Look.FLOAT, float, float_text),
    "boolean": (Look.BOOLEAN, _boolean, _boolean_text),
    "numeric": (Look.OBJECT, Decimal, _decimal_text),
    "bytea": (Look.OBJECT, bytes_of, bytes_text),
    "date": (Look.OBJECT, dt.date.fromisoformat, str),
    "time without time zone": (Look.OBJECT, dt.time.fromisoformat, _time_text),
    "timestamp without time zone": (
        Look.TIMESTAMP,
        dt.datetime.fromisoformat,
        _timestamp_text,
    ),
    "timestamp with time zone": (
        Look.TIMESTAMP_UTC,
        dt.datetime.fromisoformat,
        _timestamp_utc_text,
    ),
}
