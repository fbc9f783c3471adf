"""The runner: executed copies, pages and results of every notebook, good and bad."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from snapkit.core.evidence import Evidence, RunKind, encode
from snapkit.errors import ExitCode, NoSnapshotError, UsageError
from snapkit.report import run_reports
from snapkit.report.parameters import Notebook
from snapkit.report.result import Outcome, Result, read_result
from snapkit.workflows.verify import verify
from tests.notebooks.conftest import PASSWORD, ROWS, VARIABLE, Shop

if TYPE_CHECKING:
    from pathlib import Path

    from snapkit.report.runner import ReportSet

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # papermill's and nbclient's


@pytest.fixture(scope="module")
def reports(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> ReportSet:
    """All notebooks, run once, with the copy given by a variable that holds a password."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, shop.secret_dsn)
        out = tmp_path_factory.mktemp("out") / "reports {odd}"
        return run_reports(shop.store, "latest", out, dsn_env=VARIABLE)


def results(reports: ReportSet) -> dict[str, Result]:
    return {page.notebook: read_result(page.result) for page in reports.pages}


def run_one(
    shop: Shop, out: Path, notebook: Notebook, **more: object
) -> tuple[ReportSet, Result, str]:
    """One notebook: the set, its result, and its page."""
    dsn_env = more.pop("dsn_env", None)
    evidence = more.pop("evidence", None)
    found = run_reports(
        shop.store,
        shop.snapshot.id,
        out,
        dsn_env=dsn_env,  # type: ignore[arg-type]
        evidence=evidence,  # type: ignore[arg-type]
        names=[notebook],
        parameters=more,
    )
    return found, read_result(found.pages[0].result), found.pages[0].page.read_text("utf-8")


def test_reports_of_a_good_snapshot_match(reports: ReportSet) -> None:
    assert {page.notebook: page.outcome for page in reports.pages} == dict.fromkeys(
        Notebook, Outcome.MATCH
    )
    assert reports.exit_code is ExitCode.DONE


def test_reports_leave_a_copy_a_page_and_a_result_each(reports: ReportSet) -> None:
    files = {path.name for path in reports.folder.iterdir()}
    assert files >= {
        f"{notebook}{suffix}"
        for notebook in Notebook
        for suffix in (".ipynb", ".html", ".result.json")
    }


def test_reports_are_indexed(reports: ReportSet) -> None:
    text = reports.index.read_text("utf-8")
    links = re.findall(r'href="([^"#]+)"', text)
    assert sorted(links) == sorted(
        f"{reports.snapshot_id}/{notebook}.html" for notebook in Notebook
    )


def test_reports_name_no_password_anywhere(reports: ReportSet) -> None:
    files = [path for path in reports.folder.parent.rglob("*") if path.is_file()]
    assert [path.name for path in files if PASSWORD.encode() in path.read_bytes()] == []
    assert [path.name for path in files if b"sentinel" in path.read_bytes()] == []


def test_coverage_counts_every_row(reports: ReportSet) -> None:
    assert dict(results(reports)["coverage"].facts)["rows"] == str(ROWS)


def test_coverage_total_is_the_sum_of_its_rows(reports: ReportSet) -> None:
    page = (reports.folder / "coverage.html").read_text("utf-8")
    table = re.search(r'<table id="coverage.groups">.*?</table>', page, re.DOTALL)
    assert table is not None
    body, foot = table[0].split("<tfoot>")
    cells = [
        [int(text.replace(",", "")) for text in re.findall(r'class="number">([\d,]+)<', row)]
        for row in [*body.split("<tr")[2:], foot]
    ]
    assert [sum(column) for column in zip(*cells[:-1], strict=True)] == cells[-1]


def test_verification_proves_every_table(reports: ReportSet) -> None:
    facts = dict(results(reports)["restore_verification"].facts)
    assert (facts["tables that match"], facts["orphans"]) == ("7 of 7", "0")


def test_verification_keeps_the_evidence_beside_the_page(
    reports: ReportSet, shop: Shop, tmp_path: Path
) -> None:
    kept = reports.folder / "restore_verification.evidence.json"
    again, result, _ = run_one(shop, tmp_path, Notebook.RESTORE_VERIFICATION, evidence=kept)
    assert result.outcome is Outcome.MATCH
    assert (again.folder / kept.name).read_bytes() == kept.read_bytes()


def test_results_carry_the_manifest_digest(reports: ReportSet, shop: Shop) -> None:
    digests = {result.manifest_digest for result in results(reports).values()}
    assert digests == {shop.snapshot.manifest_digest}


def test_pages_hide_the_code(reports: ReportSet) -> None:
    assert "open_run(" not in (reports.folder / "coverage.html").read_text("utf-8")


def test_pages_show_hostile_names_as_text(reports: ReportSet) -> None:
    for notebook in Notebook:
        text = (reports.folder / f"{notebook}.html").read_text("utf-8")
        assert "<script" not in text
        assert "<img src=x" not in text


def test_verification_of_a_damaged_copy_names_the_rows(
    damaged: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, damaged.secret_dsn)
    reports, result, page = run_one(
        damaged, tmp_path, Notebook.RESTORE_VERIFICATION, dsn_env=VARIABLE
    )
    assert (result.outcome, reports.exit_code) == (Outcome.MISMATCH, ExitCode.MISMATCH)
    assert len(result.problems) == 3
    assert "changed@example.org" in page
    assert "user7@example.org" in page


def test_verification_without_database_or_evidence_is_unchecked(shop: Shop, tmp_path: Path) -> None:
    reports, result, page = run_one(shop, tmp_path, Notebook.RESTORE_VERIFICATION)
    assert (result.outcome, reports.exit_code) == (Outcome.UNCHECKED, ExitCode.FAILED)
    assert "Nothing was verified" in page


def test_verification_by_evidence_of_another_snapshot_is_unchecked(
    shop: Shop, tmp_path: Path
) -> None:
    evidence = Evidence(
        kind=RunKind.DRILL,
        snapshot_id="20200101_000000",
        manifest_digest="ab" * 32,
        target="scratch",
        role="drill",
        started_at="2020-01-01T00:00:00+00:00",
        finished_at="2020-01-01T00:00:01+00:00",
        seconds=1.0,
        report=verify(shop.copy, shop.snapshot),
    )
    path = tmp_path / "evidence.json"
    path.write_bytes(encode(evidence))
    _, result, page = run_one(shop, tmp_path, Notebook.RESTORE_VERIFICATION, evidence=path)
    assert result.outcome is Outcome.UNCHECKED
    assert "the evidence is of snapshot 20200101_000000" in page


def test_failed_run_keeps_its_copy_and_its_page(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, f"host=/nowhere dbname=x password='{PASSWORD}'")
    reports, result, page = run_one(shop, tmp_path, Notebook.RESTORE_VERIFICATION, dsn_env=VARIABLE)
    assert (result.outcome, reports.exit_code) == (Outcome.FAILED, ExitCode.FAILED)
    assert '<div class="verdict failed" role="alert">' in page
    assert "sentinel" not in page + (reports.pages[0].executed).read_text("utf-8")


def test_failed_run_says_so_in_the_index(shop: Shop, tmp_path: Path) -> None:
    reports, _, _ = run_one(shop, tmp_path, Notebook.SCHEMA_GRAPH, focus="Nobody")
    assert "✘ failed" in reports.index.read_text("utf-8")


def test_failed_run_leaves_no_earlier_result(shop: Shop, tmp_path: Path) -> None:
    run_one(shop, tmp_path, Notebook.SCHEMA_GRAPH)
    _, result, _ = run_one(shop, tmp_path, Notebook.SCHEMA_GRAPH, focus="Nobody")
    assert result.outcome is Outcome.FAILED
    files = {path.name for path in (tmp_path / shop.snapshot.id).iterdir()}
    assert files == {"schema_graph.ipynb", "schema_graph.html", "schema_graph.result.json"}


def test_graph_takes_its_parameters(shop: Shop, tmp_path: Path) -> None:
    reports, _, _ = run_one(shop, tmp_path, Notebook.SCHEMA_GRAPH, focus="User", depth=1)
    picture = (reports.folder / "schema_graph.svg").read_text("utf-8")
    assert ">User<" in picture
    assert ">Label<" not in picture


@pytest.mark.parametrize(
    "parameters",
    [{"snapshotid": "x"}, {"password": "x"}, {"schema": "postgresql://a:b@c/d"}],
    ids=["unknown", "named like a secret", "holds a secret"],
)
def test_runner_refuses_parameters_before_anything_runs(
    shop: Shop, tmp_path: Path, parameters: dict[str, object]
) -> None:
    with pytest.raises(UsageError):
        run_reports(shop.store, "latest", tmp_path / "out", parameters=parameters)
    assert not (tmp_path / "out").exists()


def test_runner_refuses_an_unknown_notebook(shop: Shop, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no notebook 'nothing'"):
        run_reports(shop.store, "latest", tmp_path, names=["nothing"])


def test_runner_refuses_an_unknown_snapshot(shop: Shop, tmp_path: Path) -> None:
    with pytest.raises(NoSnapshotError):
        run_reports(shop.store, "20200101_000000", tmp_path)


def test_runner_tells_of_its_progress(shop: Shop, tmp_path: Path) -> None:
    said: list[tuple[Notebook, int, int]] = []
    run_reports(
        shop.store,
        "latest",
        tmp_path,
        names=[Notebook.SCHEMA_GRAPH],
        progress=lambda *told: said.append(told),
    )
    assert said == [(Notebook.SCHEMA_GRAPH, 0, 1)]


def test_executed_copy_holds_every_form_of_an_output(reports: ReportSet) -> None:
    document = json.loads((reports.folder / "schema_graph.ipynb").read_text("utf-8"))
    forms = [
        set(output.get("data", {}))
        for cell in document["cells"]
        for output in cell.get("outputs", [])
    ]
    assert any({"image/svg+xml", "text/plain"} <= found for found in forms)
    assert all("text/plain" in found for found in forms)
