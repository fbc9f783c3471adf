"""Sections in this process: the same each time, and what they show stands in files beside them."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from snapkit import report
from snapkit.report.growth import growth
from snapkit.report.parameters import Notebook
from snapkit.report.result import files_beside
from snapkit.report.run import BackupRun
from snapkit.report.runner import find_notebooks
from snapkit.report.sources import PAGES
from snapkit.store import Store

if TYPE_CHECKING:
    from snapkit.report.runner import ReportSet
    from tests.notebooks.conftest import Shop

_SECTION = re.compile(r"report\.(\w+)\(run\)")


def sections(notebook: Notebook) -> list[str]:
    """The names of the functions that a notebook calls on its run, in order."""
    document = json.loads((find_notebooks() / f"{notebook}.ipynb").read_text("utf-8"))
    cells = ["".join(c["source"]) for c in document["cells"] if c["cell_type"] == "code"]
    return [name for cell in cells for name in _SECTION.findall(cell) if name != "conclude"]


def html(run: object, name: str) -> str:
    """What a page shows of a section."""
    found = getattr(report, name)(run)._repr_mimebundle_()
    forms = found[0] if isinstance(found, tuple) else found
    return str(forms.get("text/html") or forms["image/svg+xml"])


@pytest.fixture(scope="module")
def run(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> BackupRun:
    out = tmp_path_factory.mktemp("sections")
    made = report.open_run("backup_report", store=str(shop.store), out=str(out))
    assert isinstance(made, BackupRun)
    return made


def test_page_is_the_same_each_time(run: BackupRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PAGES, "coverage,backup_report")
    shown = [[html(run, name) for name in sections(Notebook.BACKUP_REPORT)] for _ in range(2)]
    assert shown[0] == shown[1]


def test_timeline_has_every_part_that_was_read(run: BackupRun, shop: Shop) -> None:
    report.backup_timeline(run)
    with (run.folder / "backup_report.timeline.csv").open(encoding="utf-8") as file:
        acts = list(csv.DictReader(file))
    read = {act["what"]: int(act["rows"]) for act in acts if act["by"] == "reader 1"}
    held = {str(entry.table): entry.rows for entry in shop.snapshot.manifest.data_tables}
    assert {name: rows for name, rows in read.items() if rows} == {
        name: rows for name, rows in held.items() if rows
    }
    assert {"connect and lock", "read the rows", "DDL"} <= {act["what"] for act in acts}
    assert all(0 <= float(act["from"]) <= float(act["to"]) for act in acts)


def test_growth_shows_from_the_second_snapshot_on(run: BackupRun, shop: Shop) -> None:
    assert "first snapshot of this database" in html(run, "backup_growth_figure")
    (point,) = growth(Store(shop.store), shop.snapshot).points
    earlier = replace(point, id="20200101_000000", rows=10, taken=point.taken.replace(year=2020))
    grown = replace(run, growth=replace(run.growth, points=(earlier, point), older=3))
    assert "rows: first 10, last 72" in html(grown, "backup_growth_figure")
    shown = html(grown, "backup_growth")
    assert "2 snapshots of this database, up to this one; 3 older snapshots not looked at" in shown
    assert shown.index(point.id) < shown.index(earlier.id)


def test_result_names_the_files_with_every_figure(reports: ReportSet) -> None:
    for page in reports.pages:
        result = json.loads(page.result.read_text("utf-8"))
        named = {item["name"]: item["digest"] for item in result["files"]}
        found = files_beside(reports.folder, page.notebook)
        assert named == {item.name: item.digest for item in found}
        linked = re.findall(r'href="([^"#/]+\.csv)"', page.page.read_text("utf-8"))
        assert set(linked) <= named.keys()


def test_checks_on_a_page_are_those_of_its_result(reports: ReportSet) -> None:
    for page in reports.pages:
        checks = json.loads(page.result.read_text("utf-8"))["checks"]
        text = page.page.read_text("utf-8")
        assert checks
        for check in checks:
            assert check["target"] == check["passed"] + check["failed"] + check["unchecked"]
            assert re.search(rf">{re.escape(check['name'])}<", text.replace("&#x27;", "'"))


def test_rows_lead_to_rows_of_other_pages_that_are_there(reports: ReportSet) -> None:
    pages = {page.page.name: page.page.read_text("utf-8") for page in reports.pages}
    ids = {name: set(re.findall(r'id="([^"]+)"', text)) for name, text in pages.items()}
    links = {
        (name, other)
        for text in pages.values()
        for name, other in re.findall(r'href="(\w+\.html)#(of-[^"]+)"', text)
    }
    assert {name for name, _ in links} == {
        "coverage.html", "schema_graph.html", "restore_verification.html",
    }  # fmt: skip
    assert [link for link in links if link[1] not in ids[link[0]]] == []


def test_rows_lead_nowhere_without_the_runner(run: BackupRun) -> None:
    assert 'href="' not in html(run, "backup_largest").replace('href="backup_report.tables', "")
    assert Path(run.folder / "backup_report.tables.csv").is_file()
