"""COPY text, against the format's rules."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from snapkit.core.copytext import BLOCK_ROWS, copy_blocks, copy_line

HANOI = dt.timezone(dt.timedelta(hours=7))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param(None, r"\N", id="null"),
        pytest.param("", "", id="empty text is not null"),
        pytest.param(r"\N", r"\\N", id="text that looks like null"),
        pytest.param(r"\.", r"\\.", id="text that looks like the end"),
        pytest.param("a\tb\nc\rd", r"a\tb\nc\rd", id="separators"),
        pytest.param("\b\f\v", r"\b\f\v", id="control characters with a letter"),
        pytest.param("\x01\x7f", "\x01\x7f", id="control characters as they are"),
        pytest.param("Chợ 🧧", "Chợ 🧧", id="unicode"),
        pytest.param(True, "t", id="true"),
        pytest.param(False, "f", id="false"),
        pytest.param(2**63 - 1, "9223372036854775807", id="bigint"),
        pytest.param(0.1 + 0.2, "0.30000000000000004", id="float in full"),
        pytest.param(Decimal("1.50"), "1.50", id="decimal keeps its zeros"),
        pytest.param(b"\x00\\", r"\\x005c", id="bytes"),
        pytest.param(b"", r"\\x", id="no bytes"),
        pytest.param(dt.date(2024, 2, 29), "2024-02-29", id="date"),
        pytest.param(dt.time(7, 30), "07:30:00", id="time"),
        pytest.param(
            dt.datetime(2025, 11, 1, 8, 30, 0, 1, HANOI),
            "2025-11-01 08:30:00.000001+07:00",
            id="moment with offset",
        ),
        pytest.param((), "{}", id="empty array"),
        pytest.param((1, None, -3), "{1,NULL,-3}", id="numbers with a null"),
        pytest.param(("NULL", None, ""), '{"NULL",NULL,""}', id="null, the word and the value"),
        pytest.param(('a"b', "c\\d", "{e,f}"), r'{"a\\"b","c\\\\d","{e,f}"}', id="array quoting"),
        pytest.param((True, 0.5), "{t,0.5}", id="array of booleans and floats"),
        pytest.param((b"\x01",), r'{"\\\\x01"}', id="array of bytes"),
        pytest.param((dt.date(2024, 2, 29),), "{2024-02-29}", id="array of dates"),
    ],
)
def test_copy_line_encodes_a_value(value: object, text: str) -> None:
    assert copy_line((value,)).decode() == text


def test_copy_line_separates_values_by_tabs() -> None:
    assert copy_line((1, None, "a\tb")) == b"1\t\\N\ta\\tb"


def test_copy_line_refuses_a_nul_character() -> None:
    with pytest.raises(ValueError, match="NUL"):
        copy_line(("a\0b",))


def test_copy_line_refuses_an_unknown_type() -> None:
    with pytest.raises(TypeError, match="set"):
        copy_line(({1},))


@pytest.mark.parametrize("rows", [0, 1, BLOCK_ROWS, BLOCK_ROWS + 1])
def test_copy_blocks_hold_every_row_once(rows: int) -> None:
    text = b"".join(copy_blocks((number,) for number in range(rows)))
    assert text == b"".join(f"{number}\n".encode() for number in range(rows))


def test_copy_blocks_are_bounded() -> None:
    blocks = list(copy_blocks((number,) for number in range(2 * BLOCK_ROWS + 1)))
    assert [block.count(b"\n") for block in blocks] == [BLOCK_ROWS, BLOCK_ROWS, 1]
