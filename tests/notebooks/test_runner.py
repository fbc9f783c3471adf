"""The runner: executed copies, pages and results of every notebook, good and bad."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from snapkit.core.evidence import Evidence, RunKind, encode
from snapkit.errors import ExitCode, NoSnapshotError, UsageError
from snapkit.report import run_reports
from snapkit.report.grid import table_id
from snapkit.report.parameters import OF_ONE_SNAPSHOT, Notebook
from snapkit.report.result import Outcome, Result, read_result
from snapkit.report.runner import ReportSet
from snapkit.workflows.verify import verify
from tests.notebooks.conftest import (
    DAMAGED,
    PASSWORD,
    ROWS,
    UNREACHABLE,
    VARIABLE,
    Reported,
    Shop,
)

pytestmark = pytest.mark.xdist_group("reports")  # one worker runs the notebooks, once

EVIDENCE = "restore_verification.evidence.json"
MARK = f"runner-test-{os.getpid()}"


def results(reports: ReportSet) -> dict[str, Result]:
    return {page.notebook: read_result(page.result) for page in reports.pages}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """One notebook, run: the set, its result, and its page."""

    reports: ReportSet
    result: Result
    page: str


def run_one(
    shop: Shop,
    out: Path,
    notebook: Notebook,
    *,
    dsn_env: str | None = None,
    evidence: Path | None = None,
    **more: object,
) -> Ran:
    found = run_reports(
        shop.store,
        shop.snapshot.id,
        out,
        dsn_env=dsn_env,
        evidence=evidence,
        names=[notebook],
        parameters=more,
    )
    (page,) = found.pages
    return Ran(reports=found, result=read_result(page.result), page=page.page.read_text("utf-8"))


def foreign_evidence(shop: Shop) -> Evidence:
    """The record of a drill of another snapshot."""
    return Evidence(
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


def quarantined_evidence(shop: Shop) -> Evidence:
    """The record of a restore that set one row of the first table with rows aside."""
    manifest, report = shop.snapshot.manifest, verify(shop.copy, shop.snapshot)
    place = next(place for place, item in enumerate(report.findings) if item.expected_rows)
    whole = report.findings[place]
    aside = replace(
        whole, observed_rows=whole.expected_rows - 1, observed_digest="ab" * 32, quarantined=1
    )
    findings = (*report.findings[:place], aside, *report.findings[place + 1 :])
    return replace(
        foreign_evidence(shop),
        kind=RunKind.RESTORE,
        snapshot_id=manifest.id,
        manifest_digest=shop.snapshot.manifest_digest,
        report=replace(report, findings=findings),
    )


@pytest.fixture(scope="session")
def verified(
    shop: Shop,
    reports: ReportSet,
    variables: None,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Ran]:
    """The restore verification, once per case, two cases at a time."""
    del variables
    top = tmp_path_factory.mktemp("verified")
    cases: dict[str, dict[str, object]] = {
        "damaged": {"dsn_env": DAMAGED},
        "nothing": {},
        "unreachable": {"dsn_env": UNREACHABLE},
        "again": {"evidence": reports.folder / EVIDENCE},
    }
    for name, made in (("foreign", foreign_evidence), ("quarantined", quarantined_evidence)):
        path = top / f"{name}.json"
        path.write_bytes(encode(made(shop)))
        cases[name] = {"evidence": path}

    def case(name: str) -> Ran:
        return run_one(shop, top / name, Notebook.RESTORE_VERIFICATION, **cases[name])  # type: ignore[arg-type]

    with ThreadPoolExecutor(2) as pool:
        return dict(zip(cases, pool.map(case, cases), strict=True))


@pytest.fixture(scope="session")
def drifted(shop: Shop, variables: None, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """The coverage by the catalog of the damaged copy."""
    del variables
    return run_one(shop, tmp_path_factory.mktemp("drift"), Notebook.COVERAGE, dsn_env=DAMAGED)


@pytest.fixture(scope="session")
def graphs(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Ran]:
    """The picture of one model, and a second run in the same folder, which fails.

    The folder has an executed copy of another notebook, as a run of plain papermill leaves it.
    """
    out = tmp_path_factory.mktemp("graphs")
    (out / shop.snapshot.id).mkdir()
    (out / shop.snapshot.id / "coverage.ipynb").write_text("{}")
    good = run_one(shop, out, Notebook.SCHEMA_GRAPH, focus="User", depth=1)
    picture = (good.reports.folder / "schema_graph.svg").read_text("utf-8")
    return picture, run_one(shop, out, Notebook.SCHEMA_GRAPH, focus="Nobody")


def test_reports_of_a_good_snapshot_match(reports: ReportSet) -> None:
    assert {page.notebook: page.outcome for page in reports.pages} == dict.fromkeys(
        OF_ONE_SNAPSHOT, Outcome.MATCH
    )
    assert reports.exit_code is ExitCode.DONE


def test_reports_leave_a_copy_a_page_and_a_result_each(reports: ReportSet) -> None:
    files = {path.name for path in reports.folder.iterdir()}
    assert files >= {
        f"{notebook}{suffix}"
        for notebook in OF_ONE_SNAPSHOT
        for suffix in (".ipynb", ".html", ".result.json")
    }


def test_reports_are_indexed(reports: ReportSet) -> None:
    text = reports.index.read_text("utf-8")
    links = re.findall(r'href="([^"#]+)"', text)
    assert set(links) == {f"{reports.snapshot_id}/{notebook}.html" for notebook in OF_ONE_SNAPSHOT}


def test_reports_name_no_password_anywhere(reports: ReportSet) -> None:
    files = [path for path in reports.folder.parent.rglob("*") if path.is_file()]
    assert [path.name for path in files if PASSWORD.encode() in path.read_bytes()] == []
    assert [path.name for path in files if b"sentinel" in path.read_bytes()] == []


def test_coverage_counts_every_row(reports: ReportSet) -> None:
    assert dict(results(reports)["coverage"].facts)["rows"] == str(ROWS)


def test_coverage_total_is_the_sum_of_its_rows(reports: ReportSet) -> None:
    page = (reports.folder / "coverage.html").read_text("utf-8")
    start = page.index(f'<div id="{table_id("coverage.groups")}"')
    table = page[start : page.index("</table>", start)]
    rows = [
        [int(text.replace(",", "")) for text in re.findall(r">(\d[\d,]*)</td>", row)]
        for row in table.split("<tr")
    ]
    *body, total = [row for row in rows if row]
    assert len(body) > 1
    assert [sum(column) for column in zip(*body, strict=True)] == total


def test_verification_proves_every_table(reports: ReportSet) -> None:
    facts = dict(results(reports)["restore_verification"].facts)
    assert (facts["tables that match"], facts["orphans"]) == ("7 of 7", "0")


def test_verification_keeps_the_evidence_beside_the_page(
    reports: ReportSet, verified: dict[str, Ran]
) -> None:
    again = verified["again"]
    assert again.result.outcome is Outcome.MATCH
    kept = (again.reports.folder / EVIDENCE).read_bytes()
    assert kept == (reports.folder / EVIDENCE).read_bytes()


def test_results_carry_the_manifest_digest(reports: ReportSet, shop: Shop) -> None:
    digests = {result.manifest_digest for result in results(reports).values()}
    assert digests == {shop.snapshot.manifest_digest}


def test_pages_hide_the_code(reports: ReportSet) -> None:
    assert "open_run(" not in (reports.folder / "coverage.html").read_text("utf-8")


def test_pages_show_hostile_names_as_text(reports: ReportSet) -> None:
    for notebook in OF_ONE_SNAPSHOT:
        text = (reports.folder / f"{notebook}.html").read_text("utf-8")
        assert "<script" not in text
        assert "<img src=x" not in text


def test_verification_of_a_damaged_copy_names_the_rows(verified: dict[str, Ran]) -> None:
    found = verified["damaged"]
    assert (found.result.outcome, found.reports.exit_code) == (
        Outcome.MISMATCH,
        ExitCode.MISMATCH,
    )
    assert len(found.result.problems) == 4
    assert "column users: email: changed" in found.result.problems  # it lost its NOT NULL
    assert "changed@example.org" in found.page
    assert "user7@example.org" in found.page


def test_verification_without_database_or_evidence_is_unchecked(verified: dict[str, Ran]) -> None:
    found = verified["nothing"]
    assert (found.result.outcome, found.reports.exit_code) == (
        Outcome.UNCHECKED,
        ExitCode.FAILED,
    )
    assert "Nothing was verified" in found.page


def test_verification_by_evidence_of_another_snapshot_is_unchecked(
    verified: dict[str, Ran],
) -> None:
    found = verified["foreign"]
    assert found.result.outcome is Outcome.UNCHECKED
    assert "the evidence is of snapshot 20200101_000000" in found.page


def test_verification_shows_quarantined_rows(verified: dict[str, Ran]) -> None:
    found = verified["quarantined"]
    assert (found.result.outcome, found.reports.exit_code) == (
        Outcome.QUARANTINED,
        ExitCode.QUARANTINED,
    )
    words = f"Restored, 1 row quarantined: {ROWS - 1} restored + 1 quarantined = {ROWS}"
    assert words in found.page
    assert words in found.result.summary
    assert ("rows quarantined", "1") in found.result.facts
    header, *_ = (found.reports.folder / "restore_verification.tables.csv").read_text().splitlines()
    assert "quarantined" in header.split(",")


def test_verification_without_quarantined_rows_has_no_column_for_them(reports: ReportSet) -> None:
    header, *_ = (reports.folder / "restore_verification.tables.csv").read_text().splitlines()
    assert "quarantined" not in header.split(",")


def test_failed_run_keeps_its_copy_and_its_page(verified: dict[str, Ran]) -> None:
    found = verified["unreachable"]
    assert (found.result.outcome, found.reports.exit_code) == (Outcome.FAILED, ExitCode.FAILED)
    assert '<div class="verdict failed" role="alert">' in found.page
    executed = found.reports.pages[0].executed.read_text("utf-8")
    assert "sentinel" not in found.page + executed


def test_failed_run_says_so_in_the_index(graphs: tuple[str, Ran]) -> None:
    assert "✘ failed" in graphs[1].reports.index.read_text("utf-8")


def test_failed_run_leaves_no_earlier_result(graphs: tuple[str, Ran]) -> None:
    found = graphs[1]
    assert found.result.outcome is Outcome.FAILED
    files = {path.name for path in found.reports.folder.iterdir()}
    assert files == {
        "coverage.ipynb",
        "schema_graph.ipynb",
        "schema_graph.html",
        "schema_graph.result.json",
    }


def test_page_leads_to_no_page_that_is_not_there(graphs: tuple[str, Ran]) -> None:
    assert "coverage.html" not in graphs[1].page


def test_coverage_of_a_catalog_that_differs_is_drift(drifted: Ran) -> None:
    assert (drifted.result.outcome, drifted.reports.exit_code) == (Outcome.DRIFT, ExitCode.DRIFT)
    assert drifted.result.problems == (
        "drift: nullability users.email: schema has NOT NULL, database has NULL",
    )
    assert "differs from the schema in 1 place" in drifted.page


def test_graph_takes_its_parameters(graphs: tuple[str, Ran]) -> None:
    picture, _ = graphs
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


def test_runner_tells_of_its_progress(reported: Reported) -> None:
    names, done, every = zip(*reported.progress, strict=True)
    assert (names, set(every)) == (OF_ONE_SNAPSHOT, {4})
    assert (done[:2], sorted(done)) == ((0, 0), list(done))


def test_reports_stand_in_their_order(reports: ReportSet) -> None:
    assert [page.notebook for page in reports.pages] == list(OF_ONE_SNAPSHOT)


def test_pages_lead_to_every_other_page(reports: ReportSet) -> None:
    for notebook in OF_ONE_SNAPSHOT:
        text = (reports.folder / f"{notebook}.html").read_text("utf-8")
        navigation = text[: text.index("</nav>")]
        assert [f'href="{other}.html"' in navigation for other in OF_ONE_SNAPSHOT] == [True] * 4


def test_page_of_a_diff_states_the_verdict_and_stands_alone(
    shop: Shop, compared: ReportSet
) -> None:
    page = compared.pages[1]
    assert (page.outcome, compared.exit_code) == (Outcome.MISMATCH, ExitCode.MISMATCH)
    text = page.page.read_text("utf-8")
    assert "The snapshots differ in" in text
    assert shop.snapshot.id in text
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', text)
    assert (compared.folder / "snapshot_diff.tables.csv").is_file()


def test_diff_without_a_second_snapshot_says_so(shop: Shop, tmp_path: Path) -> None:
    found = run_one(shop, tmp_path, Notebook.SNAPSHOT_DIFF)
    assert found.result.outcome is Outcome.FAILED
    assert "no snapshot to compare with" in found.page


TIME = re.compile(r"20\d\d-\d\d-\d\d \d\d:\d\d(:\d\d)?|\d+\.\d+ s\b")


def test_reports_of_the_same_snapshot_are_the_same_but_for_times(
    shop: Shop, reports: ReportSet, variables: None, tmp_path: Path
) -> None:
    del variables
    again = run_reports(shop.store, "latest", tmp_path, dsn_env=VARIABLE)
    for before, after in zip(reports.pages, again.pages, strict=True):
        texts = [TIME.sub("(a time)", one.page.read_text("utf-8")) for one in (before, after)]
        assert texts[0] == texts[1]


def kernels() -> set[str]:
    """The processes of this machine that run a kernel for this very process's children."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if MARK.encode() in (folder / "environ").read_bytes():
                found.add(folder.name)
    return found


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b""
        for path in folder.rglob("*")
    }


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=["Ctrl-C", "killed"])
def test_runner_that_is_ended_leaves_no_process_and_all_files_as_they_were(
    shop: Shop, tmp_path: Path, number: signal.Signals
) -> None:
    code = (
        "import sys; from pathlib import Path; from snapkit.report import run_reports; "
        "run_reports(Path(sys.argv[1]), 'latest', Path(sys.argv[2]))"
    )
    finished, temporary = tmp_path / "out" / shop.snapshot.id, tmp_path / "tmp"
    for folder in (finished, temporary):
        folder.mkdir(parents=True)
    for suffix in ("ipynb", "html", "result.json", "svg"):
        (finished / f"schema_graph.{suffix}").write_text(f"an earlier {suffix}")
    before = contents(tmp_path)
    marked = os.environ | {"SNAPKIT_TEST": MARK, "TMPDIR": str(temporary)}
    runner = subprocess.Popen(
        [sys.executable, "-c", code, shop.store, tmp_path / "out"],
        env=marked,
        stderr=subprocess.DEVNULL,
    )
    started = time.monotonic()
    while len(kernels()) < 4 and time.monotonic() < started + 60:  # itself, two, and a kernel
        time.sleep(0.05)
    assert len(kernels()) >= 4
    runner.send_signal(number)
    runner.wait(30)
    while kernels() and time.monotonic() < started + 90:
        time.sleep(0.05)
    assert kernels() == set()
    assert contents(tmp_path) == before


def test_runner_that_cannot_write_says_why_and_leaves_nothing(shop: Shop, tmp_path: Path) -> None:
    code = (
        "import resource, sys; from pathlib import Path; from snapkit.report import run_reports\n"
        "from snapkit.errors import StorageError\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (12_000, resource.RLIM_INFINITY))\n"
        "try: run_reports(Path(sys.argv[1]), 'latest', Path(sys.argv[2]), names=['coverage'])\n"
        "except StorageError as error: print(error.what, error.where, sep='\\n')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, shop.store, tmp_path / "out"],
        # compiled modules that are cut short would break every later run
        env=os.environ | {"TMPDIR": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    what, where = done.stdout.splitlines()
    assert what.startswith("cannot write ")
    assert what.endswith(": File too large")
    assert (where, done.stderr) == (str(tmp_path / "out" / shop.snapshot.id), "")
    assert contents(tmp_path) == {}


def test_executed_copy_says_where_it_lies(reports: ReportSet) -> None:
    document = json.loads((reports.folder / "schema_graph.ipynb").read_text("utf-8"))
    place = document["metadata"]["papermill"]["output_path"]
    assert place == str(reports.folder / "schema_graph.ipynb")
    assert [path.name for path in reports.folder.glob(".*")] == []


def test_executed_copy_holds_every_form_of_an_output(reports: ReportSet) -> None:
    document = json.loads((reports.folder / "schema_graph.ipynb").read_text("utf-8"))
    forms = [
        set(output.get("data", {}))
        for cell in document["cells"]
        for output in cell.get("outputs", [])
    ]
    assert any({"image/svg+xml", "text/plain"} <= found for found in forms)
    assert all("text/plain" in found for found in forms)
