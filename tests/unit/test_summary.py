"""What values show of themselves in notebooks: complete, short, and safe with hostile names."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

import pytest
from IPython.core.formatters import DisplayFormatter

from snapkit.core.coverage import coverage
from snapkit.core.plan import plan_restore
from snapkit.core.snapshot_diff import SnapshotDiff, TableDiff
from snapkit.core.summaries import manifest_summary
from snapkit.core.summary import ROWS_SHOWN, Summary, grid
from snapkit.core.text import visible
from snapkit.core.verdict import Finding, Verdict, VerificationReport
from snapkit.prisma import parse
from snapkit.store import Store
from tests.factories import (
    HOSTILE_NAMES,
    make_catalog,
    make_entry,
    make_manifest,
    make_table,
    name_of,
)
from tests.plans import target_of
from tests.reports import shop_catalog, shop_manifest, shop_schema

if TYPE_CHECKING:
    from pathlib import Path

    from snapkit.core.summarized import Summarized


def elements(text: str) -> ET.Element:
    return ET.fromstring(text.replace("<br>", "<br/>"))  # our own


def finding(name: str, verdict: Verdict = Verdict.MATCH) -> Finding:
    return Finding(
        table=name_of(name),
        model=name,
        group=name,
        verdict=verdict,
        expected_rows=1_234,
        expected_digest="ab" * 32,
        reason=name if verdict is Verdict.UNCHECKED else "",
    )


def hostile_values(name: str) -> list[Summarized]:
    manifest = make_manifest(make_entry("t"), not_held=((name, name),))
    return [
        VerificationReport(
            findings=(finding(name, Verdict.UNCHECKED),),
            files=((name, name),),
            unchecked=((name, name),),
        ),
        coverage(None, make_catalog(make_table("t")), manifest),
        SnapshotDiff(
            a="20251101_085916",
            b="20251102_085916",
            tables=(
                TableDiff(
                    table=name_of("t"),
                    model=None,
                    group=None,
                    verdict=Verdict.UNCHECKED,
                    rows_a=1,
                    rows_b=None,
                    reason=name,
                ),
            ),
            changes=(),
            unchecked=((name, name),),
        ),
    ]


@pytest.mark.parametrize("name", [*HOSTILE_NAMES, "<b>", "&lt;", "a\x00b", "\ud800"])
def test_html_shows_a_hostile_name_as_it_is(name: str) -> None:
    for value in hostile_values(name)[::2]:
        root = elements(value._repr_html_())
        tags = {element.tag for element in root.iter()}
        assert visible(name) in "".join(root.itertext())
        assert tags.isdisjoint({"script", "b"})


def test_html_brings_no_colours_and_no_script() -> None:
    text = shop_schema()._repr_html_()
    assert not {"color", "background", "font", "<script", "<style", "http"} & set(text.split('"'))
    styles = {e.get("style") for e in elements(text).iter()} - {None}
    assert styles <= {"text-align: left", "text-align: right"}


def test_html_and_text_say_the_same_figures() -> None:
    report = VerificationReport(findings=(finding("orders", Verdict.MISMATCH),))
    for text in (report._repr_html_(), str(report)):
        assert ("✘ mismatch" in text, "orders" in text, "1,234" in text) == (True, True, True)


def test_report_that_checked_nothing_never_shows_a_match() -> None:
    assert str(VerificationReport(findings=())).startswith("? unchecked")


def test_report_names_what_was_not_looked_at() -> None:
    report = VerificationReport(
        findings=(finding("a"), finding("b", Verdict.UNCHECKED)), unchecked=(("rows", "quick"),)
    )
    assert "1 of 2 tables equal" in str(report)
    assert "quick" in report._repr_html_()


def test_long_table_says_how_many_rows_it_leaves_out() -> None:
    summary = Summary(
        headline="x", grids=(grid("Rows", ("n",), ((n,) for n in range(ROWS_SHOWN + 3))),)
    )
    assert "and 3 more rows" in summary.html()
    assert "and 3 more rows" in summary.text()


def test_empty_table_is_left_out() -> None:
    assert "Rows" not in Summary(headline="x", grids=(grid("Rows", ("n",), ()),)).html()


def test_folded_table_opens_on_a_click() -> None:
    summary = Summary(headline="x", grids=(grid("Rows", ("n",), ((1,),), folded=True),))
    root = elements(summary.html())
    assert [e.text for e in root.iter("summary")] == ["Rows"]
    assert summary.text() == "x\n  Rows"


def test_figures_stand_to_the_right_and_rows_have_a_header() -> None:
    summary = Summary(
        headline="x", grids=(grid("t", ("name", "rows"), (("a", 1_000), ("b", None))),)
    )
    root = elements(summary.html())
    cells = [(e.text, e.get("style")) for e in root.iter("td")]
    assert cells == [("1,000", "text-align: right"), ("-", "text-align: right")]
    assert [e.get("scope") for e in root.iter("th")] == ["col", "col", "row", "row"]


SCHEMA_WITH_PASSWORD = """
datasource db {
  provider = "postgresql"
  url      = "postgresql://u:sentinel@h/d"
}

model User {
  id Int @id
}
"""


def test_schema_shows_groups_and_no_address() -> None:
    schema = parse([("schema.prisma", SCHEMA_WITH_PASSWORD)])
    text = schema._repr_html_() + str(schema)
    assert ("User" in text, "postgresql" in text, "sentinel" in text) == (True, True, False)


def test_plan_says_first_what_it_removes() -> None:
    manifest = make_manifest(make_entry("orders", lines=(b"1\ta",)))
    plan = plan_restore(
        manifest, target_of(make_catalog(make_table("orders")), holding=("orders",)), replace=True
    )
    text = str(plan)
    assert "removes rows" in text.splitlines()[0]
    assert text.index("Tables that lose their rows") < text.index("Steps, in order")


def test_coverage_shows_each_group_and_the_gaps() -> None:
    found = coverage(shop_schema(), shop_catalog(), make_manifest())
    text = str(found)
    assert text.startswith("Coverage: incomplete")
    assert all(name in text for name in ("Sales", "People", "Gaps"))


def test_store_lists_the_newest_snapshots_and_what_cannot_be_read(tmp_path: Path) -> None:
    for day in range(1, ROWS_SHOWN + 3):
        folder = tmp_path / f"202511{day:02}_085916"
        folder.mkdir()
        (folder / "manifest.json").write_text("{}")
    text = str(Store(tmp_path))
    assert f"{ROWS_SHOWN + 2} snapshots" in text
    assert ("20251122_085916" in text, "20251101_085916" in text) == (True, False)
    assert "and 2 more rows" in text


def test_snapshot_doubt_is_shown() -> None:
    assert "of doubtful origin: x" in manifest_summary(shop_manifest(), "x").text()


def test_ipython_keeps_the_summary_as_plain_text() -> None:
    data, _ = DisplayFormatter().format(shop_schema())  # type: ignore[no-untyped-call]
    assert set(data) == {"text/plain", "text/html"}
    assert data["text/plain"] == str(shop_schema())
    assert len(data["text/plain"]) < 2_000
