"""Values as lines of PostgreSQL's COPY text format, in the form in which the server prints them.

A snapshot's digests are made over what the server prints, so rows that never were in a server (of
old JSON files) must be written as it would write them: `1e+15` and not `1000000000000000.0`.

Source: PostgreSQL manual, COPY, "Text Format"; Arrays, "Array Input and Output Syntax"; Binary Data
Types. Floats follow PostgreSQL's d2s.c and f2s.c.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import struct
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

BLOCK_ROWS = 1024

_SPECIAL: Final = re.compile(r"[\\\n\t\r\x08\f\v\0]")
_ESCAPES: Final = {
    "\\": "\\\\",
    "\n": "\\n",
    "\t": "\\t",
    "\r": "\\r",
    "\b": "\\b",
    "\f": "\\f",
    "\v": "\\v",
}
_QUOTED_IN_ARRAY: Final = re.compile(r'[{}",\\ \t\n\r\v\f]')
_DOUBLE_DIGITS: Final = 17
_SINGLE_DIGITS: Final = 9
_SMALLEST_FIXED: Final = -4  # powers of ten: below it, and from the next two on, with an exponent
_DOUBLE_FIXED: Final = 15
_SINGLE_FIXED: Final = 6
_HALVES_FROM: Final = 2.0**49  # below, a number halfway between two doubles has over 17 digits

_SINGLE_HALVES_FROM: Final = 2.0**17  # the same of `real` and 9 digits


def text_line(values: Iterable[str | None]) -> bytes:
    """Encode one row of values that are text already, as the server prints them.

    Args:
        values: One per column; None for NULL.

    Returns:
        The line, UTF-8, without its newline.

    Raises:
        ValueError: A text with a NUL character or half a surrogate pair: PostgreSQL holds neither.
    """
    return "\t".join([r"\N" if value is None else _escape(value) for value in values]).encode()


def copy_line(row: Iterable[object]) -> bytes:
    """Encode one row of Python values.

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
    return text_line(map(_text, row))


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


def array_text(elements: Iterable[str | None]) -> str:
    """Write an array of one dimension.

    Args:
        elements: Each as the server prints it alone; None for NULL.

    Returns:
        Such as `{a,"b c",NULL}`; only what must be is in quotes.
    """
    return "{" + ",".join(map(_element, elements)) + "}"


def bytes_text(value: bytes) -> str:
    r"""Write a bytea, such as `\x00ff`."""
    return "\\x" + value.hex()


def float_text(value: float, *, single: bool = False) -> str:
    """Write a float with the fewest digits that mean it, as `extra_float_digits = 1` does.

    Args:
        value: A double; with `single`, one that is rounded to `real`.
        single: Whether the column is `real`.

    Returns:
        Such as `0.1`, `1e+15` or `-Infinity`.

    Raises:
        OverflowError: The value is beyond what `real` holds.
    """
    if single and math.isfinite(value):
        value = _as_single(value)
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    sign = "-" if math.copysign(1, value) < 0 else ""
    if not value:
        return sign + "0"
    _, digits, exponent = Decimal(_shortest(abs(value), single=single)).normalize().as_tuple()
    assert isinstance(exponent, int)  # noqa: S101 -- it is a letter for NaN and infinities only
    text = "".join(map(str, digits))
    power = exponent + len(text) - 1
    if not _SMALLEST_FIXED <= power < (_SINGLE_FIXED if single else _DOUBLE_FIXED):
        fraction = f".{text[1:]}" if len(text) > 1 else ""
        return f"{sign}{text[0]}{fraction}e{'-' if power < 0 else '+'}{abs(power):02}"
    if exponent >= 0:
        return sign + text + "0" * exponent
    if power >= 0:
        return f"{sign}{text[: power + 1]}.{text[power + 1 :]}"
    return f"{sign}0.{'0' * (-power - 1)}{text}"


def _shortest(value: float, *, single: bool) -> str:
    """The fewest digits that lie strictly nearer to a float than to its neighbours.

    Python takes digits that lie halfway too, where a reader would round back to it; PostgreSQL does
    not. Such digits exist only for numbers that have no fraction.
    """
    if not single and value < _HALVES_FROM:
        return repr(value)
    if single and value < _SINGLE_HALVES_FROM:
        texts = (f"{value:.{digits}e}" for digits in range(_SINGLE_DIGITS))
        return next(text for text in texts if _as_single(float(text)) == value)
    below, above = _neighbours(value, single=single)
    low, high = (Fraction(value) + below) / 2, (Fraction(value) + above) / 2
    most = _SINGLE_DIGITS if single else _DOUBLE_DIGITS
    for digits in range(most):
        text = f"{value:.{digits}e}"
        if low < Fraction(text) < high:
            return text
    return f"{value:.{most - 1}e}"


def _neighbours(value: float, *, single: bool) -> tuple[Fraction, Fraction]:
    if single:
        (bits,) = struct.unpack("<I", struct.pack("<f", value))
        (below,) = struct.unpack("<f", struct.pack("<I", bits - 1))
        (above,) = struct.unpack("<f", struct.pack("<I", bits + 1))
    else:
        below, above = math.nextafter(value, 0), math.nextafter(value, math.inf)
    if math.isfinite(above):
        return Fraction(below), Fraction(above)
    return Fraction(below), 2 * Fraction(value) - Fraction(below)


def _as_single(value: float) -> float:
    single: float
    (single,) = struct.unpack("<f", struct.pack("<f", value))
    return single


def _escape(text: str) -> str:
    if _SPECIAL.search(text) is None:
        return text
    if "\0" in text:
        raise ValueError(f"a NUL character in {text!r}")
    return _SPECIAL.sub(lambda found: _ESCAPES[found[0]], text)


def _element(text: str | None) -> str:
    if text is None:
        return "NULL"
    if text and text.upper() != "NULL" and _QUOTED_IN_ARRAY.search(text) is None:
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _text(value: object) -> str | None:
    if value is None:
        return None
    encode = _TEXTS.get(type(value))
    if encode is None:
        raise TypeError(f"no COPY text for {type(value).__name__}: {value!r}")
    return encode(value)


def _bool(value: bool) -> str:  # noqa: FBT001 -- the value, not a flag
    return "t" if value else "f"


def _array(value: tuple[object, ...]) -> str:
    return array_text(map(_text, value))


_TEXTS: Final[dict[type, Callable[..., str]]] = {
    str: str,
    int: str,
    float: float_text,
    Decimal: str,
    bool: _bool,
    bytes: bytes_text,
    dt.date: str,
    dt.time: str,
    dt.datetime: str,
    tuple: _array,
}
