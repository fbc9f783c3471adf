"""The site: an index made of small result files, whatever they say."""

from __future__ import annotations

import fcntl
import os
import re
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from snapkit.core.verdict import Verdict
from snapkit.errors import ManifestError, StorageError
from snapkit.report import ledger
from snapkit.report.ledger import CACHE
from snapkit.report.pages import style, worst_outcome
from snapkit.report.parameters import Notebook
from snapkit.report.result import Outcome, Result, read_result, result_path, write_result
from snapkit.report.site import age_text, write_index
from snapkit.report.tables import ROWS_SHOWN
from tests.factories import HOSTILE_NAMES

if TYPE_CHECKING:
    from pathlib import Path


def result(notebook: Notebook = Notebook.COVERAGE, outcome: Outcome = Outcome.MATCH) -> Result:
    return Result(
        notebook=notebook,
        title="Coverage",
        snapshot_id="20251101_085916",
        manifest_digest="ab" * 32,
        outcome=outcome,
        summary="All is well.",
        started_at="2025-11-01T09:00:00+00:00",
        finished_at="2025-11-01T09:00:02+00:00",
        seconds=2.0,
    )


NOW = datetime(2025, 11, 10, 12, 0, 0, tzinfo=UTC)


def verified(outcome: Outcome = Outcome.MATCH, **figures: float) -> Result:
    return replace(
        result(Notebook.RESTORE_VERIFICATION, outcome),
        seen_at="2025-11-09T03:00:00+00:00",
        figures=figures,
    )


def put(folder: Path, found: Result) -> Path:
    """Write a result into the folder of its snapshot."""
    return write_result(folder, replace(found, snapshot_id=folder.name))


def index(out: Path) -> ET.Element:
    text = write_index(out, now=NOW).read_text("utf-8")
    body = text[text.index("<body>") : text.index("</html>")]
    return ET.fromstring(body)  # our own


def test_index_says_why_a_night_was_not_proven(tmp_path: Path) -> None:
    good = replace(result(Notebook.NIGHTLY), summary="Proven.")
    bad = replace(result(Notebook.NIGHTLY, Outcome.FAILED), summary="<b>no</b> route to the server")
    put(tmp_path / "20251108_020000", good)
    put(tmp_path / "20251109_020000_failed", bad)
    rows = ["".join(row.itertext()) for row in index(tmp_path).iter("th")]
    assert "20251109_020000_failed<b>no</b> route to the server" in rows
    assert "20251108_020000" in rows


def test_result_round_trips(tmp_path: Path) -> None:
    assert read_result(write_result(tmp_path, result())) == result()


@pytest.mark.parametrize("text", [b"", b"{}", b"[1]", b"\xff"])
def test_result_of_another_form_is_refused(tmp_path: Path, text: bytes) -> None:
    path = result_path(tmp_path, "coverage")
    path.write_bytes(text)
    with pytest.raises(ManifestError):
        read_result(path)


def test_result_of_another_format_is_refused(tmp_path: Path) -> None:
    path = put(tmp_path, replace(result(), format=2))
    with pytest.raises(ManifestError, match="format 2"):
        read_result(path)


def test_result_in_a_folder_that_cannot_be_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError):
        put(tmp_path / "file" / "below", result())


def test_result_leaves_no_partial_file(tmp_path: Path) -> None:
    write_result(tmp_path, result())
    assert [path.name for path in tmp_path.iterdir()] == ["coverage.result.json"]


@pytest.mark.parametrize("verdict", Verdict)
def test_outcome_takes_the_verdict(verdict: Verdict) -> None:
    assert Outcome.of(verdict).value == verdict.value


def test_worst_outcome_of_none_is_unchecked() -> None:
    assert worst_outcome([]) is Outcome.UNCHECKED


def test_worst_outcome_is_a_failure_before_a_mismatch() -> None:
    assert worst_outcome([Outcome.MATCH, Outcome.FAILED, Outcome.MISMATCH]) is Outcome.FAILED


def test_index_without_reports_says_how_to_make_one(tmp_path: Path) -> None:
    assert "There are no reports yet" in "".join(index(tmp_path).itertext())


def test_index_links_pages_and_results_of_each_snapshot(tmp_path: Path) -> None:
    for name in ("20251101_085916", "20251102_085916"):
        put(tmp_path / name, result())
    (tmp_path / "20251102_085916" / "coverage.html").write_text("")
    links = [str(link.get("href")) for link in index(tmp_path).iterfind(".//td/a")]
    assert links == [
        "20251102_085916/coverage.html",
        "20251101_085916/coverage.result.json",
    ]


def test_index_says_each_outcome_in_words(tmp_path: Path) -> None:
    for number, outcome in enumerate(Outcome):
        put(tmp_path / f"2025110{9 - number}_085916", result(outcome=outcome))
    chips = ["".join(link.itertext()) for link in index(tmp_path).iterfind(".//td/a")]
    assert chips == [
        "✔ match", "✘ mismatch", "? unchecked", "✘ failed", "! quarantined", "≠ drift",
    ]  # fmt: skip


def test_index_shows_every_snapshot(tmp_path: Path) -> None:
    for number in range(ROWS_SHOWN + 1):
        put(tmp_path / f"{number:08}_085916", result())
    assert len(index(tmp_path).findall(".//td/a")) == ROWS_SHOWN + 1


def test_index_names_results_that_cannot_be_read(tmp_path: Path) -> None:
    folder = tmp_path / "20251101_085916"
    folder.mkdir()
    (folder / "coverage.result.json").write_text("{")
    assert "20251101_085916/coverage.result.json: result" in "".join(index(tmp_path).itertext())


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_index_shows_hostile_texts_as_text(tmp_path: Path, name: str) -> None:
    put(tmp_path / "20251101_085916", replace(result(), summary=name, title=name))
    put(tmp_path / name.replace("/", "_"), result())
    assert "script" not in {element.tag for element in index(tmp_path).iter()}


def test_style_has_a_dark_colour_for_every_colour_of_a_graph() -> None:
    sheet = style()
    assert '.graph [fill="#ffffff"] { fill: #1c2128; }' in sheet


def banner(out: Path) -> str:
    found = index(out).find(".//div[@role='region']")
    assert found is not None
    return " ".join("".join(found.itertext()).split())


def test_index_begins_with_the_newest_proven_snapshot_and_when_it_was_proven(
    tmp_path: Path,
) -> None:
    put(tmp_path / "20251108_020000", verified())
    put(tmp_path / "20251107_020000", verified())
    assert banner(tmp_path) == (
        "✔ newest proven snapshot: 2 days old "
        "20251108_020000, taken 2025-11-08 02:00:00 UTC, proven 2025-11-09 03:00:00 UTC "
        "by a verification: every row was read back, and every digest matched. "
        "Its age is as of 2025-11-10 12:00:00 UTC, when this page was written; "
        "a page does not grow older by itself."
    )


@pytest.mark.parametrize("outcome", [one for one in Outcome if one is not Outcome.MATCH])
def test_index_takes_nothing_but_a_match_for_a_proof(tmp_path: Path, outcome: Outcome) -> None:
    put(tmp_path / "20251108_020000", verified(outcome))
    put(tmp_path / "20251108_020000", result(Notebook.BACKUP_REPORT))
    assert banner(tmp_path).startswith("? no snapshot is proven As of 2025-11-10 12:00:00 UTC,")


def test_index_counts_newer_snapshots_that_are_not_proven(tmp_path: Path) -> None:
    put(tmp_path / "20251107_020000", verified())
    put(tmp_path / "20251108_020000", verified(Outcome.MISMATCH))
    put(tmp_path / "20251109_020000", result())
    assert "Since then, 2 snapshots or nights were not proven." in banner(tmp_path)


@pytest.mark.parametrize(
    ("hours", "text"),
    [(-1, "0 minutes"), (1, "60 minutes"), (2, "2 hours"), (47.9, "47 hours"), (48, "2 days")],
)
def test_age_is_rounded_down(hours: float, text: str) -> None:
    assert age_text(hours * 3600) == text


def test_index_has_a_row_of_figures_and_a_line_over_snapshots_for_each(tmp_path: Path) -> None:
    for day, rows in ((7, 1000), (8, 2000), (9, 1500)):
        folder = tmp_path / f"2025110{day}_020000"
        figures = {"rows": rows, "stored_bytes": 10 * rows, "backup_seconds": 1.5}
        put(folder, replace(result(Notebook.BACKUP_REPORT), figures=figures))
    put(tmp_path / "20251109_020000", verified(verify_seconds=61))
    body = index(tmp_path)
    cells = body.findall(".//tr[@class='proven']/td")
    assert [cell.text for cell in cells if cell.get("class") == "number"] == [
        "1,500", "15.0 kB", "1.50 s", "1 min 1 s",
    ]  # fmt: skip
    said = [str(chart.get("aria-label")) for chart in body.iter("figure")]
    assert [text.split(" over ")[0] for text in said] == ["Rows", "On disk", "Backup"]
    assert said[0] == (
        "Rows over 3 snapshots, 2025-11-07 02:00 to 2025-11-09 02:00. "
        "Rows: first 1,000, last 1,500, least 1,000, greatest 2,000"
    )


def test_index_marks_rows_for_its_filter(tmp_path: Path) -> None:
    put(tmp_path / "20251107_020000", verified())
    put(tmp_path / "20251107_020000", result(Notebook.SNAPSHOT_DIFF, Outcome.MISMATCH))
    put(tmp_path / "20251108_020000", result(outcome=Outcome.DRIFT))
    body = index(tmp_path)
    rows = body.findall(".//tr[td]")
    assert {row.findtext("th"): row.get("class") for row in rows} == {
        "20251107_020000": "proven",
        "20251108_020000": "unproven faulty",
    }
    labels = [" ".join("".join(label.itertext()).split()) for label in body.iter("label")]
    assert labels == ["all 2", "proven 1", "not proven 1", "with a problem 1"]


def test_index_reads_only_results_that_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "20251107_020000", verified())
    changed = put(tmp_path / "20251108_020000", verified())
    same_size = put(tmp_path / "20251109_020000", verified())
    index(tmp_path)
    put(changed.parent, verified(Outcome.FAILED))
    seen = same_size.stat()
    same_size.write_text(re.sub('"match"', '"drift"', same_size.read_text("utf-8")), "utf-8")
    os.utime(same_size, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    read: list[Path] = []

    def spied(path: Path) -> Result:
        read.append(path)
        return read_result(path)

    monkeypatch.setattr(ledger, "read_result", spied)
    chips = ["".join(link.itertext()) for link in index(tmp_path).iterfind(".//td/a")]
    assert chips == ["≠ drift", "✘ failed", "✔ match"]
    assert read == [same_size, changed]


@pytest.mark.parametrize("cache", [b"", b"{", b'{"version": "0", "lines": {}}', b"\xff"])
def test_index_makes_a_cache_anew_that_it_cannot_use(tmp_path: Path, cache: bytes) -> None:
    put(tmp_path / "20251107_020000", verified())
    (tmp_path / CACHE).write_bytes(cache)
    assert banner(tmp_path).startswith("✔ newest proven snapshot")
    assert (tmp_path / CACHE).read_bytes() != cache


def test_index_waits_for_another_writer(tmp_path: Path) -> None:
    put(tmp_path / "20251107_020000", verified())
    folder = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(write_index, tmp_path)
        with pytest.raises(TimeoutError):
            waiting.result(0.3)
        put(tmp_path / "20251108_020000", verified())
        os.close(folder)
        assert "20251108_020000" in waiting.result(30).read_text("utf-8")


def test_index_forgets_what_is_gone(tmp_path: Path) -> None:
    put(tmp_path / "20251107_020000", verified())
    index(tmp_path)
    gone = put(tmp_path / "20251108_020000", verified())
    index(tmp_path)
    gone.unlink()
    assert "20251108_020000" not in "".join(index(tmp_path).itertext())
    assert "20251108_020000" not in (tmp_path / CACHE).read_text("utf-8")


@pytest.mark.parametrize("other", [Notebook.BACKUP_REPORT, Notebook.NIGHTLY])
@pytest.mark.parametrize("outcome", [Outcome.MISMATCH, Outcome.FAILED])
def test_snapshot_that_is_damaged_is_not_proven(
    tmp_path: Path, other: Notebook, outcome: Outcome
) -> None:
    put(tmp_path / "20251107_020000", verified())
    put(tmp_path / "20251108_020000", verified())
    put(tmp_path / "20251108_020000", result(other, outcome))
    link = index(tmp_path).find(".//div[@class='verdict unchecked']//a")
    assert link is not None
    assert link.text == "20251107_020000"


def test_index_says_by_what_a_snapshot_was_proven(tmp_path: Path) -> None:
    put(tmp_path / "20251108_020000", replace(verified(), proof="a verification of <shop>"))
    assert "by a verification of <shop>: every row" in "".join(index(tmp_path).itertext())


def test_result_that_was_moved_to_another_snapshot_proves_nothing(tmp_path: Path) -> None:
    path = put(tmp_path / "20251107_020000", verified())
    moved = tmp_path / "20251109_020000"
    moved.mkdir()
    (moved / path.name).write_bytes(path.read_bytes())
    text = "".join(index(tmp_path).itertext())
    assert "restore_verification of snapshot 20251107_020000, moved here" in text
    link = index(tmp_path).find(".//div[@class='verdict unchecked']//a")
    assert link is not None
    assert link.text == "20251107_020000"


def test_folder_that_cannot_be_listed_is_named_and_the_others_are_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "20251107_020000", verified())
    (tmp_path / "lost+found").mkdir()
    scan = os.scandir

    def refuse(path: Path) -> object:  # a test that root runs may read everything
        if path.name == "lost+found":
            raise PermissionError(13, "Permission denied")
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    text = "".join(index(tmp_path).itertext())
    assert "lost+found: Permission denied" in text
    assert "20251107_020000" in text


def test_what_could_not_be_read_is_read_again(tmp_path: Path) -> None:
    path = put(tmp_path / "20251107_020000", verified())
    whole = path.read_bytes()
    path.write_bytes(b"{" + whole[1:].replace(b"{", b"[", 1))
    stamp = path.stat()
    assert "is damaged" in "".join(index(tmp_path).itertext())
    path.write_bytes(whole)
    os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert "is damaged" not in "".join(index(tmp_path).itertext())


def test_name_that_is_no_text_is_left_out(tmp_path: Path) -> None:
    put(tmp_path / "20251107_020000", verified())
    (tmp_path / os.fsdecode(b"odd\xff")).mkdir()
    assert "20251107_020000" in "".join(index(tmp_path).itertext())
