"""`snapkit report`: pages, their outcomes, and no secret in any of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli import CommandLine
from tests.postgres.conftest import run

if TYPE_CHECKING:
    from snapkit.pg.target import Target

SECRET = "s3nt1nel-pa55"


@pytest.fixture
def cli(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    sample: Target,
) -> CommandLine:
    """The command line, in a folder with one snapshot of the sample."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    found = CommandLine(capsys)
    assert found("backup", "--quiet", "-d", conninfo(sample)).code == 0
    return found


def conninfo(target: Target) -> str:
    """What `-d` takes, with a password that a trusting server ignores."""
    arguments = target.connect_arguments() | {"password": SECRET}
    return " ".join(f"{key}='{value}'" for key, value in arguments.items())


def test_report_of_one_notebook_writes_its_page_also_as_pdf(
    cli: CommandLine, chromium: str
) -> None:
    del chromium
    document = cli("report", "latest", "--notebook", "backup_report", "--pdf", "--json").document
    assert (document["exit_code"], document["outcome"]) == (0, "match")
    (page,) = document["pages"]
    assert page["notebook"] == "backup_report"
    assert 'href="backup_report.pdf"' in Path(page["page"]).read_text("utf-8")
    printed = Path(page["pdf"]).read_bytes()
    assert printed.startswith(b"%PDF-")
    assert b"file:///" not in printed  # no link to where it was made
    assert Path(document["index"]) == Path("reports/index.html").absolute()


def test_report_of_a_database_that_differs_exits_3_and_keeps_the_secret(
    cli: CommandLine, sample: Target
) -> None:
    run(sample, "UPDATE country SET name = 'x'")
    arguments = ("--notebook", "restore_verification", "-d", conninfo(sample))
    found = cli("report", "latest", *arguments)
    assert found.code == 3
    assert found.out.startswith("MISMATCH ")
    assert "\n1 page in " in found.out
    assert SECRET not in found.out + found.err
    written = [path for path in Path("reports").rglob("*") if path.is_file()]
    assert written
    assert not [path for path in written if SECRET.encode() in path.read_bytes()]


def test_report_of_recorded_evidence_needs_no_database(cli: CommandLine, sample: Target) -> None:
    assert cli("verify", "latest", "-d", conninfo(sample), "--evidence", "e.json").code == 0
    arguments = ("--notebook", "restore_verification", "--evidence", "e.json")
    assert cli("report", "latest", *arguments).code == 0


def test_report_refuses_an_unknown_notebook(cli: CommandLine) -> None:
    assert cli("report", "latest", "--notebook", "nope").code == 2


def test_report_as_pdf_without_a_browser_ends_before_it_begins(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    found = cli("report", "latest", "--notebook", "coverage", "--pdf")
    assert found.code == 2
    assert "no Chromium or Chrome to print a PDF with" in found.err
    assert not Path("reports").exists()


def test_report_of_an_unreachable_database_ends_before_it_begins(cli: CommandLine) -> None:
    found = cli("report", "latest", "-d", f"postgresql://me:{SECRET}@127.0.0.1:1/x")
    assert found.code == 12
    assert SECRET not in found.err
    assert not Path("reports").exists()
