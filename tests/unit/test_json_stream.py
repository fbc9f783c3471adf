"""A JSON array, read value by value: wherever it is cut, and whatever is wrong with it."""

from __future__ import annotations

import json
import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from snapkit.core.json_stream import Doubled, JsonArray, NotJsonError

if TYPE_CHECKING:
    from collections.abc import Iterator

ROWS = (
    '[ {"id": 1, "név": "á\\n\\ud83d\\ude00"},\n  {"id": -2.50e-3, "x": [true, null, {}]} , "é" ]\n'
)


def pieces(text: str, size: int) -> Iterator[str]:
    """The text, cut every few characters."""
    return (text[place : place + size] for place in range(0, len(text), size))


def values_of(text: str, size: int = 7) -> list[Any]:
    return list(JsonArray(pieces(text, size)))


def fault_of(text: str, size: int = 7) -> tuple[str, int, int]:
    """What is wrong, in which row, and how many values came before it was found."""
    before = 0
    array = JsonArray(pieces(text, size))
    with pytest.raises(NotJsonError) as caught:  # noqa: PT012 -- how many came before it counts
        for _ in array:
            before += 1
    return caught.value.what, caught.value.row, before


@pytest.mark.parametrize("size", range(1, len(ROWS) + 1))
def test_array_reads_the_same_wherever_it_is_cut(size: int) -> None:
    assert values_of(ROWS, size) == [
        {"id": 1, "név": "á\n😀"},
        {"id": Decimal("-0.00250"), "x": [True, None, {}]},
        "é",
    ]


@pytest.mark.parametrize("text", ["[]", " \r\n\t[ \n ] \n", "[\n]"])
def test_array_may_be_empty(text: str) -> None:
    assert values_of(text, 1) == []


def test_array_ignores_empty_chunks() -> None:
    assert list(JsonArray(["", "[1", "", "", "2,", "3]", ""])) == [12, 3]


def test_array_keeps_the_digits_of_numbers() -> None:
    text = "[9007199254740993, -0.10, 1e400, 1E-7, 123456789012345678901234567890.5]"
    assert list(map(str, values_of(text))) == [
        "9007199254740993",
        "-0.10",
        "1E+400",
        "1E-7",
        "123456789012345678901234567890.5",
    ]


def test_array_reads_numbers_of_more_digits_than_python_makes_an_int_of() -> None:
    digits = "7" * 5000
    (found,) = values_of(f"[{digits}]")
    assert (type(found), str(found)) == (Decimal, digits)


def test_array_gives_what_python_writes_of_infinities_as_floats() -> None:
    found = values_of("[NaN, Infinity, -Infinity]")
    assert [type(value) for value in found] == [float] * 3
    assert math.isnan(found[0])
    assert found[1:] == [math.inf, -math.inf]


def test_object_with_a_name_twice_says_which() -> None:
    (row, nested) = values_of('[{"a": 1, "b": 2, "a": 3, "b": 4, "c": 5}, {"x": {"y": 1, "y": 2}}]')
    assert isinstance(row, Doubled)
    assert (row, row.names) == ({"a": 3, "b": 4, "c": 5}, ("a", "b"))
    assert not isinstance(nested, Doubled)
    assert isinstance(nested["x"], Doubled)


def test_source_is_the_text_of_the_value_that_was_read_last() -> None:
    array = JsonArray(pieces(ROWS, 5))
    sources = [array.source for _ in array]
    assert sources == [
        '{"id": 1, "név": "á\\n\\ud83d\\ude00"}',
        '{"id": -2.50e-3, "x": [true, null, {}]}',
        '"é"',
    ]


@pytest.mark.parametrize("size", [1, 3, 1000])
@pytest.mark.parametrize(
    ("text", "what", "row", "before"),
    [
        pytest.param("", "it is empty", 0, 0, id="nothing"),
        pytest.param(" \n", "it is empty", 0, 0, id="blanks"),
        pytest.param('{"a": [1]}', "it is not an array", 0, 0, id="object"),
        pytest.param('{"a":1}\n{"a":2}\n', "it is not an array", 0, 0, id="json lines"),
        pytest.param("\ufeff\ufeff[1]", "it is not an array", 0, 0, id="two byte order marks"),
        pytest.param("[1, 2][3]", "something follows its array", 0, 2, id="concatenated"),
        pytest.param("[1], 2", "something follows its array", 0, 1, id="comma after the end"),
        pytest.param('[{"a": 1} {"a": 2}]', "a comma is missing", 1, 1, id="no comma"),
        pytest.param("[1,]", "expecting value", 2, 1, id="comma before the end"),
        pytest.param("[,1]", "expecting value", 1, 0, id="comma at the beginning"),
        pytest.param("[tru]", "expecting value", 1, 0, id="half a word"),
        pytest.param("['a']", "expecting value", 1, 0, id="single quotes"),
        pytest.param("[+1]", "expecting value", 1, 0, id="plus sign"),
        pytest.param("[01]", "a comma is missing", 1, 1, id="leading zero"),
        pytest.param('["a\nb"]', "invalid control character", 1, 0, id="line break in a text"),
        pytest.param(
            "[1, 1e99999999999999999999]",
            "a number is beyond what any column holds",
            2,
            1,
            id="exponent beyond Decimal",
        ),
        pytest.param("[1, " + "[" * 100_000, "it is nested too deeply", 2, 1, id="too deep"),
    ],
)
def test_fault_is_named_with_its_row(
    text: str, what: str, row: int, before: int, size: int
) -> None:
    found = fault_of(text, size if len(text) < 1000 else 1000)
    assert found == (what, row, before)


@pytest.mark.parametrize("size", [1, 4, 1000])
def test_truncated_array_says_so_wherever_it_ends(size: int) -> None:
    text = '[{"id": 1, "a": null}, {"id": -25, "b": [true, {"c": "d\\u00e9"}]}'
    second = text.index(', {"id": -25') + 1
    for end in range(1, len(text) + 1):
        what, row, before = fault_of(text[:end], size)
        assert what.startswith(("it ends before its array does", "invalid \\uxxxx escape")), end
        assert before == (0 if end < second - 1 else 2 if end == len(text) else 1)
        assert row in {before, before + 1}


def test_array_is_decoded_a_bounded_number_of_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """A long value in small chunks is not decoded once per chunk."""
    from snapkit.core import json_stream  # noqa: PLC0415 -- to be patched

    calls = []
    decoder = json_stream._DECODER

    class Counting:
        def raw_decode(self, text: str, place: int) -> tuple[Any, int]:
            calls.append(len(text))
            return decoder.raw_decode(text, place)

    monkeypatch.setattr(json_stream, "_DECODER", Counting())
    long = json.dumps(["x" * 1_000_000])
    assert values_of(long, 1000) == ["x" * 1_000_000]
    assert len(calls) < 20


def test_array_holds_no_more_than_one_row_and_one_chunk() -> None:
    row = json.dumps({"id": 1, "text": "x" * 5000})
    taken = 0

    def chunks() -> Iterator[str]:
        nonlocal taken
        yield "["
        for number in range(2000):
            taken += 1
            yield row + ("," if number < 1999 else "]")

    array = JsonArray(chunks())
    for read, _ in enumerate(array, start=1):
        assert taken <= read + 2
    assert taken == 2000
