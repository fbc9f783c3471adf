"""The index: made of small result files, whatever they say."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from snapkit.core.verdict import Verdict
from snapkit.errors import ManifestError, StorageError
from snapkit.report.pages import style, worst_outcome, write_index
from snapkit.report.parameters import Notebook
from snapkit.report.result import Outcome, Result, read_result, result_path, write_result
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


def index(out: Path) -> ET.Element:
    text = write_index(out).read_text("utf-8")
    body = text[text.index("<body>") : text.index("</html>")]
    return ET.fromstring(body)  # our own


def test_result_round_trips(tmp_path: Path) -> None:
    assert read_result(write_result(tmp_path, result())) == result()


@pytest.mark.parametrize("text", [b"", b"{}", b"[1]", b"\xff"])
def test_result_of_another_form_is_refused(tmp_path: Path, text: bytes) -> None:
    path = result_path(tmp_path, "coverage")
    path.write_bytes(text)
    with pytest.raises(ManifestError):
        read_result(path)


def test_result_of_another_format_is_refused(tmp_path: Path) -> None:
    path = write_result(tmp_path, replace(result(), format=2))
    with pytest.raises(ManifestError, match="format 2"):
        read_result(path)


def test_result_in_a_folder_that_cannot_be_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError):
        write_result(tmp_path / "file" / "below", result())


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
        write_result(tmp_path / name, result())
    (tmp_path / "20251102_085916" / "coverage.html").write_text("")
    links = [str(link.get("href")) for link in index(tmp_path).iter("a")]
    assert links[1:] == [
        "20251102_085916/coverage.html",
        "20251101_085916/coverage.result.json",
    ]


def test_index_says_each_outcome_in_words(tmp_path: Path) -> None:
    for number, outcome in enumerate(Outcome):
        write_result(tmp_path / f"2025110{9 - number}_085916", result(outcome=outcome))
    chips = ["".join(link.itertext()) for link in index(tmp_path).iter("a")][1:]
    assert chips == [
        "✔ match", "✘ mismatch", "? unchecked", "✘ failed", "! quarantined", "≠ drift",
    ]  # fmt: skip


def test_index_shows_every_snapshot(tmp_path: Path) -> None:
    for number in range(ROWS_SHOWN + 1):
        write_result(tmp_path / f"{number:08}_085916", result())
    assert len(list(index(tmp_path).iter("a"))) == 1 + ROWS_SHOWN + 1


def test_index_names_results_that_cannot_be_read(tmp_path: Path) -> None:
    folder = tmp_path / "20251101_085916"
    folder.mkdir()
    (folder / "coverage.result.json").write_text("{")
    assert "20251101_085916/coverage.result.json: result" in "".join(index(tmp_path).itertext())


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_index_shows_hostile_texts_as_text(tmp_path: Path, name: str) -> None:
    write_result(tmp_path / "20251101_085916", replace(result(), summary=name, title=name))
    write_result(tmp_path / name.replace("/", "_"), result())
    assert "script" not in {element.tag for element in index(tmp_path).iter()}


def test_style_has_a_dark_colour_for_every_colour_of_a_graph() -> None:
    sheet = style()
    assert '.graph [fill="#ffffff"] { fill: #1c2128; }' in sheet
