"""Values for readers that know no PostgreSQL, type by type."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from snapkit.core.column_types import read_type
from snapkit.core.copytext import array_text, text_line
from snapkit.core.export_values import Row, bytes_of, csv_line, json_lines, read_array, split_line
from snapkit.core.manifest import ColumnEntry

HOSTILE = (
    "",
    " ",
    "NULL",
    "null",
    "\\N",
    "\\.",
    "\\",
    "\\\\n",
    '"',
    '""',
    "it's",
    "a,b;c",
    "{x}",
    "\r\n",
    "tab\tand\vfeed\f\b",
    "\x01\x1f\x7f",
    "\x85\u2028\u2029\ufeff",
    "</script>",
    "=1+1",
    "Đơn hàng 🛒",
)


def as_json(type_: str, value: str | None) -> Any:  # noqa: ANN401 -- JSON
    """What a reader makes of one value; KeyError where its key was left out."""
    return json.loads(json_lines([ColumnEntry(name="c", type=type_)])([value]))["c"]


@pytest.mark.parametrize(
    ("type_", "text", "value"),
    [
        pytest.param("boolean", "t", True, id="true"),
        pytest.param("boolean", "f", False, id="false"),
        pytest.param("smallint", "-32768", -32768, id="smallint"),
        pytest.param("integer", "2147483647", 2**31 - 1, id="integer"),
        pytest.param("oid", "4294967295", 2**32 - 1, id="oid"),
        pytest.param("bigint", "9007199254740993", "9007199254740993", id="bigint is text"),
        pytest.param("numeric(10,2)", "1.50", "1.50", id="numeric is text"),
        pytest.param("double precision", "1e+15", 1e15, id="double"),
        pytest.param("double precision", "5e-324", 5e-324, id="least double"),
        pytest.param("double precision", "NaN", "NaN", id="NaN"),
        pytest.param("real", "-Infinity", "-Infinity", id="infinity"),
        pytest.param("real", "0.1", 0.1, id="real"),
        pytest.param("text", "NaN", "NaN", id="text of a number's name"),
        pytest.param("jsonb", '{"a": [1.10, null]}', {"a": [1.1, None]}, id="jsonb"),
        pytest.param("jsonb", "null", None, id="null of jsonb"),
        pytest.param("json", ' {"a":\n1,\r\n"b" :\t2} ', {"a": 1, "b": 2}, id="json on 3 lines"),
        pytest.param("bytea", "\\x00ff5c", "AP9c", id="bytea is base64"),
        pytest.param("bytea", "\\x", "", id="no bytes"),
        pytest.param("date", "0044-03-15 BC", "0044-03-15 BC", id="date"),
        pytest.param('public."Status"', "t", "t", id="enum"),
        pytest.param("public.boolean", "t", "t", id="type of a built-in name"),
        pytest.param('"char"', "a", "a", id="quoted type"),
        pytest.param("integer[]", "{1,NULL,-3}", [1, None, -3], id="array"),
        pytest.param("integer[]", "{}", [], id="empty array"),
        pytest.param("integer[]", "{{1,2},{NULL,4}}", [[1, 2], [None, 4]], id="dimensions"),
        pytest.param("integer[]", "[0:1]={1,2}", "[0:1]={1,2}", id="array from 0"),
        pytest.param("boolean[]", "{t,f,NULL}", [True, False, None], id="booleans"),
        pytest.param("bigint[]", "{1}", ["1"], id="array of bigint"),
        pytest.param("bytea[]", '{"\\\\x00ff",NULL}', ["AP8=", None], id="array of bytea"),
        pytest.param("json[]", '{1," [ 1 ]","null",NULL}', [1, [1], None, None], id="json[]"),
        pytest.param("time(3) without time zone[]", "{24:00:00}", ["24:00:00"], id="times"),
        pytest.param("box[]", "{(2,2),(1,1);(4,4),(3,3)}", "{(2,2),(1,1);(4,4),(3,3)}", id="boxes"),
    ],
)
def test_json_holds(type_: str, text: str, value: object) -> None:
    found = as_json(type_, text)
    assert found == value
    assert type(found) is type(value)


def test_json_keeps_the_sign_of_zero() -> None:
    assert json_lines([ColumnEntry(name="c", type="real")])(["-0"]) == b'{"c":-0.0}\n'


def test_json_keeps_the_digits_of_json() -> None:
    line = json_lines([ColumnEntry(name="c", type="json")])
    assert line(['{"a": 1.00e2, "a": 10000000000000000001}']) == (
        b'{"c":{"a": 1.00e2, "a": 10000000000000000001}}\n'
    )


def test_json_null_is_null() -> None:
    assert as_json("text", None) is None
    assert as_json("jsonb[]", None) is None


@pytest.mark.parametrize("type_", ["json", "jsonb"])
def test_json_leaves_null_of_a_json_column_out(type_: str) -> None:
    with pytest.raises(KeyError):
        as_json(type_, None)


@pytest.mark.parametrize("text", HOSTILE)
def test_json_holds_hostile_text_on_one_line(text: str) -> None:
    line = json_lines([ColumnEntry(name=text, type="text")])([text])
    assert line.count(b"\n") == 1
    assert json.loads(line) == {text: text}


def test_json_of_a_row_without_columns_is_an_empty_object() -> None:
    assert json_lines([])([]) == b"{}\n"


def test_json_takes_only_rows_of_its_columns() -> None:
    with pytest.raises(ValueError, match="zip"):
        json_lines([ColumnEntry(name="c", type="text")])(["a", "b"])


@pytest.mark.parametrize("text", HOSTILE)
def test_line_is_split_into_what_it_was_made_of(text: str) -> None:
    row = [text, None, text]
    assert split_line(text_line(row).decode()) == row


@pytest.mark.parametrize("type_", ["text", "public.citext"])
def test_array_is_read_into_what_it_was_made_of(type_: str) -> None:
    elements = [*HOSTILE, None]
    assert read_array(read_type(type_), array_text(elements)) == elements


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        pytest.param("text", "", id="nothing"),
        pytest.param("text", "[0:0]={a}", id="from 0"),
        pytest.param("text", "{a", id="no end"),
        pytest.param("text", "{a,", id="no element at the end"),
        pytest.param("text", "{,a}", id="no element"),
        pytest.param("text", "{a,}", id="no last element"),
        pytest.param("text", '{"a"b}', id="no comma"),
        pytest.param("text", '{"a}', id="open quote"),
        pytest.param("text", "{a}}", id="more after it"),
        pytest.param("box", "{(1,1),(0,0)}", id="box"),
        pytest.param("public.geometry", "{0101:0102}", id="colon of PostGIS"),
        pytest.param("public.geometry", '{"a":"b"}', id="colon after quotes"),
        pytest.param("public.my_box", "{(1,1),(0,0)}", id="domain over box"),
    ],
)
def test_array_that_cannot_surely_be_taken_apart_is_refused(type_: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"element|array"):
        read_array(read_type(type_), text)


def test_array_of_a_long_text_is_read() -> None:
    element = 'a\\"' * 1_000_000
    assert read_array(read_type("text"), array_text([element])) == [element]


def test_bytes_in_another_form_are_refused() -> None:
    with pytest.raises(ValueError, match="not hexadecimal"):
        bytes_of("\\000\\377")


@pytest.mark.parametrize(
    ("row", "line"),
    [
        pytest.param(["a", "b"], "a,b", id="plain"),
        pytest.param([None, ""], ',""', id="null and empty text"),
        pytest.param([None], "", id="one null"),
        pytest.param([], "", id="no columns"),
        pytest.param(['say "no"'], '"say ""no"""', id="quotes"),
        pytest.param(["a\nb", "c\rd", "e,f"], '"a\nb","c\rd","e,f"', id="separators"),
        pytest.param(["\\."], '"\\."', id="end of data"),
        pytest.param([" a "], " a ", id="spaces"),
    ],
)
def test_csv_line_is(row: Row, line: str) -> None:
    assert csv_line(row) == f"{line}\r\n".encode()


def test_csv_reader_finds_hostile_text() -> None:
    text = csv_line(list(HOSTILE)).decode()
    assert list(csv.reader(io.StringIO(text, newline=""))) == [list(HOSTILE)]
