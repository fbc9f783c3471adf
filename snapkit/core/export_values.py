r"""Values of a snapshot for readers that know no PostgreSQL: what becomes of each column type.

In JSON, numbers are those that every reader holds exactly: `smallint`, `integer`, `oid`, `real` and
`double precision`; `bigint` and `numeric` are texts, as are NaN and the infinities. `json` and
`jsonb` are themselves, so NULL leaves such a key out: null is a value of theirs. `bytea` is base64,
arrays are lists (in a `json[]`, NULL and json's null look alike), all else is the text that
PostgreSQL prints. An array that cannot surely be taken apart is that text, too: one that counts
from another number than 1, and some of types whose separator only the server knows.

In CSV, every value is the text that PostgreSQL prints, as in its own COPY … CSV: NULL is nothing,
an empty text is two quotes. A NULL of a table of one column is an empty line.

Source: RFC 8259, section 6 (numbers); RFC 4180; PostgreSQL manual, Data Types; Arrays, "Array Input
and Output Syntax"; COPY, "CSV Format".
"""

from __future__ import annotations

import base64
import re
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

from snapkit.core.column_types import ColumnType, read_type

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from snapkit.core.manifest import ColumnEntry

Row: TypeAlias = "list[str | None]"
Nested: TypeAlias = "str | list[Nested] | None"


class ExportFormat(StrEnum):
    """What a snapshot is exported as; the value is the files' ending."""

    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"


_OWN_NULL: Final = frozenset({"json", "jsonb"})  # types with a null of their own
_NOT_FINITE: Final = frozenset({"NaN", "Infinity", "-Infinity"})
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_MEANING: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_ARRAY_TOKEN: Final = re.compile(r'(\{)|"([^"\\]*(?:\\.[^"\\]*)*)"|([^{},"\\]+)', re.DOTALL)
_SEMICOLONS: Final = "box"  # the one built-in type whose arrays are not separated by commas
# What an element without quotes may hold where another separator stands: PostGIS takes `:`, a
# domain over `box` has `;`, and commas within its brackets.
_DOUBTFUL: Final = re.compile(r"[:;(]")
_CSV_SPECIAL: Final = re.compile(r'[",\r\n]')


def split_line(line: str) -> Row:
    r"""Split a COPY text line into values.

    Args:
        line: Without its newline.

    Returns:
        One value per column; None for `\N`. A line of a table without columns gives one empty text.
    """
    return [
        value if "\\" not in value else (None if value == r"\N" else _ESCAPE.sub(_meant, value))
        for value in line.split("\t")
    ]


def _meant(found: re.Match[str]) -> str:
    return _MEANING.get(found[1], found[1])


def read_array(type_: ColumnType, text: str) -> list[Nested]:
    """Read an array as PostgreSQL prints it.

    Args:
        type_: What it is an array of.
        text: Such as `{a,"b c",NULL}`; dimensions are lists in lists.

    Returns:
        Its elements as texts; None for NULL.

    Raises:
        ValueError: It counts its elements from another number than 1, they may be separated by
            another sign than a comma, or it is no array.
    """
    if type_.namespace is None and type_.name == _SEMICOLONS:
        raise ValueError("elements that are not separated by commas")
    doubtful = _DOUBTFUL if type_.namespace is not None else None
    if not text.startswith("{"):
        raise ValueError("not an array that begins at 1")
    found, end = _elements(text, 1, doubtful)
    if end != len(text):
        raise ValueError("something follows the array")
    return found


def _elements(text: str, place: int, doubtful: re.Pattern[str] | None) -> tuple[list[Nested], int]:
    """Read what follows an opening brace; also where it ends."""
    found: list[Nested] = []
    if text.startswith("}", place):
        return found, place + 1
    while True:
        token = _ARRAY_TOKEN.match(text, place)
        if token is None:
            raise ValueError("an element is missing")
        opening, quoted, plain = token.groups()
        place = token.end()
        if opening is not None:
            inner, place = _elements(text, place, doubtful)
            found.append(inner)
        elif quoted is not None:
            found.append(_ESCAPE.sub(r"\1", quoted) if "\\" in quoted else quoted)
        elif doubtful is not None and doubtful.search(plain):
            raise ValueError("an element that may be several")
        else:
            found.append(None if plain == "NULL" else plain)
        place += 1
        if text.startswith("}", place - 1):
            return found, place
        if not text.startswith(",", place - 1):
            raise ValueError("elements that are not separated by commas")


def bytes_of(text: str) -> bytes:
    r"""Read a bytea.

    Args:
        text: Such as `\x00ff`.

    Returns:
        The bytes.

    Raises:
        ValueError: It is written in another form.
    """
    if not text.startswith("\\x"):
        raise ValueError("a bytea that is not hexadecimal")
    return bytes.fromhex(text[2:])


def json_lines(columns: Sequence[ColumnEntry]) -> Callable[[Row], bytes]:
    """Choose how a table's rows are written as JSON.

    Args:
        columns: As the manifest has them.

    Returns:
        A function from a row to one object, UTF-8, with its newline.
    """
    types = [read_type(column.type) for column in columns]
    heads = [msgspec.json.encode(column.name) + b":" for column in columns]
    writers = [_json_writer(type_) for type_ in types]
    nulls = [
        b"" if str(type_) in _OWN_NULL else head + b"null"
        for head, type_ in zip(heads, types, strict=True)
    ]

    def line(row: Row) -> bytes:
        parts = [
            null if value is None else head + write(value)
            for head, write, null, value in zip(heads, writers, nulls, row, strict=True)
        ]
        return b"{" + b",".join(filter(None, parts)) + b"}\n"

    return line


def _json_writer(type_: ColumnType) -> Callable[[str], bytes]:
    one: Callable[[str], bytes] = msgspec.json.encode
    if type_.namespace is None:
        one = _JSON_WRITERS.get(type_.name, one)
    return partial(_json_list, type_, one) if type_.is_list else one


def _json_list(type_: ColumnType, one: Callable[[str], bytes], text: str) -> bytes:
    try:
        elements = read_array(type_, text)
    except ValueError:
        return msgspec.json.encode(text)
    return _json_elements(one, elements)


def _json_elements(one: Callable[[str], bytes], elements: list[Nested]) -> bytes:
    parts = [
        b"null"
        if element is None
        else (_json_elements(one, element) if isinstance(element, list) else one(element))
        for element in elements
    ]
    return b"[" + b",".join(parts) + b"]"


def _json_number(text: str) -> bytes:
    if text == "-0":  # which many a reader takes for an integer, and these have no -0
        return b"-0.0"
    return msgspec.json.encode(text) if text in _NOT_FINITE else text.encode()


def _json_itself(text: str) -> bytes:
    """A newline can stand between values only: in texts it is escaped."""
    return text.replace("\n", " ").replace("\r", " ").encode()


def _json_bytes(text: str) -> bytes:
    return msgspec.json.encode(base64.b64encode(bytes_of(text)).decode())


def _json_boolean(text: str) -> bytes:
    return b"true" if text == "t" else b"false"


_JSON_WRITERS: Final[dict[str, Callable[[str], bytes]]] = {
    "boolean": _json_boolean,
    "smallint": str.encode,
    "integer": str.encode,
    "oid": str.encode,
    "real": _json_number,
    "double precision": _json_number,
    "json": _json_itself,
    "jsonb": _json_itself,
    "bytea": _json_bytes,
}


def csv_line(row: Row) -> bytes:
    """Write a record.

    Args:
        row: One value per column; None for NULL.

    Returns:
        The record, UTF-8, with its line end, CR LF.
    """
    return (",".join(map(_csv_value, row)) + "\r\n").encode()


def _csv_value(value: str | None) -> str:
    if value is None:
        return ""
    # `\.` alone would end the data for PostgreSQL
    if value and value != "\\." and not _CSV_SPECIAL.search(value):
        return value
    return '"' + value.replace('"', '""') + '"'
