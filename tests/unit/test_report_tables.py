"""Tables of a report: what a reader sees, and that nothing in them is markup."""

from __future__ import annotations

import csv
import io
import re
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

import pytest

from snapkit.core.text import visible
from snapkit.report.cells import Link
from snapkit.report.grid import row_id
from snapkit.report.result import Outcome
from snapkit.report.tables import ROWS_SHOWN, Kind, cell_text, data_table
from snapkit.report.text import seconds_text, size_text
from tests.factories import HOSTILE_NAMES

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS = (("name", Kind.CODE), ("rows", Kind.NUMBER), ("verdict", Kind.OUTCOME))


def elements(html: str) -> ET.Element:
    return ET.fromstring(f"<div>{html}</div>")  # our own


def tags(root: ET.Element) -> set[str]:
    return {element.tag for element in root.iter()}


def words(root: ET.Element) -> list[str]:
    """What is read, cell by cell."""
    return ["".join(cell.itertext()) for cell in root.iter() if cell.tag in {"td", "th"}]


def test_table_headers_have_a_scope() -> None:
    root = elements(data_table("t", "c", COLUMNS, [("a", 1, Outcome.MATCH)]).to_html())
    assert [cell.get("scope") for cell in root.iter("th")] == ["col", "col", "col", "row"]


def test_table_cells_name_their_headers() -> None:
    root = elements(data_table("t", "c", COLUMNS, [("a", 1, Outcome.MATCH)]).to_html())
    ids = {element.get("id") for element in root.iter()}
    named = {name for cell in root.iter("td") for name in cell.get("headers", "").split()}
    assert named
    assert named <= ids


def test_table_is_named_by_its_caption() -> None:
    root = elements(data_table("t", "Rows by table", COLUMNS, [("a", 1, None)]).to_html())
    (table,) = root.iter("table")
    (title,) = (cell for cell in root.iter() if cell.get("id") == table.get("aria-labelledby"))
    assert title.text == "Rows by table"
    assert [region.get("aria-label") for region in root.iter() if region.get("role")] == [
        "Rows by table"
    ]


def test_table_numbers_stand_right_with_separators() -> None:
    root = elements(data_table("t", "c", COLUMNS, [("a", 12763, None)]).to_html())
    (cell,) = (cell for cell in root.iter("td") if cell.text == "12,763")
    assert "gt_right" in cell.get("class", "").split()


def test_table_is_the_same_each_time() -> None:
    table = data_table("t.u", "c", COLUMNS, [("a", 1, Outcome.MATCH)], total=("Total", 1, ""))
    assert table.to_html() == table.to_html()


def test_table_rows_have_the_ids_that_links_lead_to() -> None:
    root = elements(data_table("a.b", "c", COLUMNS, [("x", 1, None), ("y", 2, None)]).to_html())
    (cell,) = (cell for cell in root.iter() if cell.get("id") == row_id("a.b", 2))
    assert cell.text == "y"


def test_table_total_is_the_last_row() -> None:
    rows = [("a", 1200, None), ("b", None, None)]
    root = elements(data_table("t", "c", COLUMNS, rows, total=("Total", 1200, "")).to_html())
    assert words(root)[-3:] == ["Total", "1,200", ""]


def test_table_total_that_is_no_sum_is_refused() -> None:
    with pytest.raises(ValueError, match="the total of 'rows' is 3, the rows sum up to 2"):
        data_table("t", "c", COLUMNS, [("a", 2, None)], total=("Total", 3, ""))


def test_table_asks_for_nothing() -> None:
    table = data_table("t", "c", COLUMNS, [("a", 1, Outcome.MATCH)])
    assert re.findall(r"url\(|@import|src=|https?:", table.to_html()) == []


def test_table_says_an_outcome_in_a_word_and_a_sign() -> None:
    root = elements(data_table("t", "c", COLUMNS, [("a", 1, Outcome.MISMATCH)]).to_html())
    assert "✘ mismatch" in "".join(root.itertext())


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_table_shows_hostile_texts_as_text(name: str) -> None:
    table = data_table(name, name, [(name, Kind.TEXT)], [(name,)])
    root = elements(table.to_html())
    assert tags(root) <= {"div", "style", "table", "thead", "tbody", "tr", "th", "td"}
    assert words(root) == [visible(name), visible(name), visible(name, 200)]


@pytest.mark.parametrize("name", [*HOSTILE_NAMES, "{{x}}", "**bold**", "&amp;"])
def test_table_shows_hostile_totals_and_cells_as_text(name: str) -> None:
    columns = (("a", Kind.TEXT), ("b", Kind.TEXT), ("c", Kind.LINK))
    link = Link(text=name, href=name, title=name)
    root = elements(
        data_table("t", "c", columns, [(name, name, link)], total=(name,) * 3).to_html()
    )
    assert tags(root) <= {"div", "style", "table", "thead", "tbody", "tr", "th", "td", "a"}
    assert set(words(root)[4:]) <= {visible(name), visible(name, 200)}


def test_table_shows_marks_of_direction() -> None:
    root = elements(data_table("t", "c", COLUMNS, [("a\u202eb\u200f", 1, None)]).to_html())
    assert "a‹U+202E›b‹U+200F›" in words(root)  # noqa: RUF001


def test_table_shows_a_part_of_many_rows_and_says_so(tmp_path: Path) -> None:
    rows = [("a", number, Outcome.MATCH) for number in range(ROWS_SHOWN + 7)]
    table = data_table("t", "c", COLUMNS, rows, folder=tmp_path)
    cells = elements(table.to_html()).iter("th")
    assert len([cell for cell in cells if cell.get("scope") == "row"]) == ROWS_SHOWN
    assert table.more == f"7 more rows are not shown. All {ROWS_SHOWN + 7} rows:"


def test_table_csv_has_every_row(tmp_path: Path) -> None:
    rows = [(name, 1, Outcome.MATCH) for name in HOSTILE_NAMES] * (ROWS_SHOWN // 5)
    data_table("t", "c", COLUMNS, rows, folder=tmp_path)
    with (tmp_path / "t.csv").open(newline="", encoding="utf-8") as file:
        assert [row[0] for row in csv.reader(file)][1:] == [row[0] for row in rows]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)"])
def test_table_csv_runs_no_formula(text: str) -> None:
    table = data_table("t", "c", [("name", Kind.TEXT)], [(text,)])
    (_, (cell,)) = csv.reader(io.StringIO(table.to_csv().decode()))
    assert cell == f"'{text}"


def test_table_frame_keeps_values_as_they_are() -> None:
    frame = data_table("t", "c", COLUMNS, [("a", 2**62, None), ("b", None, None)]).frame
    assert list(frame["rows"]) == [2**62, None]


def test_table_without_rows_is_a_sentence() -> None:
    table = data_table("t", "Faults", COLUMNS, [])
    assert (str(table), table.to_html()) == (
        "Faults: there are none.",
        "<p>Faults: there are none.</p>",
    )


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (None, Kind.NUMBER, "–"),  # noqa: RUF001
        (12763, Kind.NUMBER, "12,763"),
        (Outcome.UNCHECKED, Kind.OUTCOME, "? unchecked"),
        (1.5, Kind.SECONDS, "1.50 s"),
        ("a\nb", Kind.TEXT, "a␊b"),
    ],
)
def test_cell_reads_by_its_kind(value: object, kind: Kind, text: str) -> None:
    assert cell_text(value, kind) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (123_456, "123 kB"), (5 * 10**15, "5,000 TB")],
)
def test_size_text_has_three_digits_and_a_unit(size: int, text: str) -> None:
    assert size_text(size) == text


@pytest.mark.parametrize(("seconds", "text"), [(0.424, "0.42 s"), (200.0, "3 min 20 s")])
def test_seconds_text_is_for_people(seconds: float, text: str) -> None:
    assert seconds_text(seconds) == text
