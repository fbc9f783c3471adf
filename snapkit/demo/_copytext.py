"""Python values as lines of PostgreSQL's COPY text format.

Source: PostgreSQL manual, COPY, "Text Format"; Arrays, "Array Value Input"; Binary Data Types.
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

BLOCK_ROWS = 1024

_SPECIAL = re.compile(r"[\\\n\t\r\x08\f\v\0]")
_ESCAPES = {
    "\\": "\\\\",
    "\n": "\\n",
    "\t": "\\t",
    "\r": "\\r",
    "\b": "\\b",
    "\f": "\\f",
    "\v": "\\v",
}


def copy_line(row: tuple[object, ...]) -> bytes:
    """Encode one row.

    Args:
        row: One value per column: `None`, `str` (also for enums, json, uuid and inet), `bool`,
            `int`, `float`, `Decimal`, `bytes`, `date`, `time`, `datetime`, or a tuple of these for
            an array of one dimension.

    Returns:
        The line, UTF-8, without its newline.

    Raises:
        TypeError: A value of another type.
        ValueError: A text with a NUL character, which PostgreSQL cannot hold.
    """
    return "\t".join(map(_field, row)).encode()


def copy_blocks(rows: Iterable[tuple[object, ...]]) -> Iterator[bytes]:
    """Encode rows into blocks of BLOCK_ROWS lines; each line ends in a newline.

    Args:
        rows: As for `copy_line`; consumed once.

    Yields:
        Blocks of COPY text.

    Raises:
        TypeError: As for `copy_line`.
        ValueError: As for `copy_line`.
    """
    lines: list[bytes] = []
    for row in rows:
        lines.append(copy_line(row))
        if len(lines) == BLOCK_ROWS:
            yield b"\n".join((*lines, b""))
            lines.clear()
    if lines:
        yield b"\n".join((*lines, b""))


def _field(value: object) -> str:
    encode = _FIELDS.get(type(value))
    if encode is None:
        raise TypeError(f"no COPY text for {type(value).__name__}: {value!r}")
    return encode(value)


def _escape(text: str) -> str:
    if _SPECIAL.search(text) is None:
        return text
    if "\0" in text:
        raise ValueError(f"a NUL character in {text!r}")
    return _SPECIAL.sub(lambda found: _ESCAPES[found[0]], text)


def _null(_: None) -> str:
    return "\\N"


def _bool(value: bool) -> str:  # noqa: FBT001 -- the value, not a flag
    return "t" if value else "f"


def _bytes(value: bytes) -> str:
    return "\\\\x" + value.hex()


def _array(value: tuple[object, ...]) -> str:
    return _escape("{" + ",".join(map(_element, value)) + "}")


def _element(value: object) -> str:
    if value is None:
        return "NULL"
    # In quotes: a bare NULL, an empty string, a comma or a brace would mean something else.
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, bytes):
        return '"\\\\x' + value.hex() + '"'
    text = _field(value)
    return text if isinstance(value, (int, float, Decimal)) else f'"{text}"'


_FIELDS: dict[type, Callable[..., str]] = {
    type(None): _null,
    str: _escape,
    int: str,
    float: repr,
    Decimal: str,
    bool: _bool,
    bytes: _bytes,
    dt.date: str,
    dt.time: str,
    dt.datetime: str,
    tuple: _array,
}
