"""`snapkit requeue` against a real server: exit codes, documents, and what people read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len

from snapkit.errors import StorageError
from snapkit.pg.session import connect
from snapkit.store import QuarantineFolder
from tests.cli import Called, CommandLine
from tests.postgres.conftest import run

if TYPE_CHECKING:
    from collections.abc import Callable

    from snapkit.pg.target import Target

SCHEMA = """
datasource db {
  provider = "postgresql"
  url      = env("DATABASE_URL")
}

model User {
  id   Int    @id
  name String
}
"""
RULE = "DELETE FROM note; ALTER TABLE note ADD CONSTRAINT short CHECK (length(body) < 8)"


@pytest.fixture
def cli(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    sample: Target,
) -> CommandLine:
    """The command line in an empty folder, at 80 columns; the environment names the sample."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("SNAPKIT_STORE", raising=False)
    arguments = sample.connect_arguments()
    monkeypatch.setenv("DATABASE_URL", " ".join(f"{key}='{arguments[key]}'" for key in arguments))
    return CommandLine(capsys)


@pytest.fixture
def quarantined(cli: CommandLine, sample: Target) -> Called:
    """A restore that set one row of `note` aside."""
    assert cli("backup", "--quiet").code == 0
    run(sample, RULE)
    found = cli("restore", "latest", "--replace", "--yes", "--on-error", "quarantine")
    assert found.code == 4
    return found


def names_in_store() -> list[str]:
    return sorted(path.name for path in Path("snapshots/quarantine").iterdir())


def test_restore_says_how_its_bad_rows_are_tried_again(quarantined: Called) -> None:
    assert f"snapkit requeue {names_in_store()[0]} tries them again" in quarantined.out


@pytest.mark.usefixtures("quarantined")
def test_list_shows_rows_and_reasons_without_a_database(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "host=/nonexistent")
    (name,) = names_in_store()
    found = cli("requeue", "--list", "latest")
    assert found.code == 0
    assert f"quarantine {name}" in found.out
    assert "1 row of note: " in found.out
    assert "note: body='Đặng Thị Hồng'" in found.out
    (folder,) = cli("requeue", "--list", name, "--json").document["quarantines"]
    assert (folder["quarantine"], folder["rows"]) == (name, 1)
    assert folder["reasons"][0] | {"message": ""} == {
        "namespace": "public", "name": "note", "sqlstate": "23514", "constraint": "short",
        "message": "", "rows": 1,
    }  # fmt: skip
    assert folder["rows_named"][0]["values"] == {"body": "Đặng Thị Hồng"}


def test_list_of_an_empty_store_is_no_error(cli: CommandLine) -> None:
    assert cli("requeue", "--list").out == "nothing is quarantined in snapshots\n"
    assert cli("requeue", "--list", "--json").document["quarantines"] == []


def test_requeue_loads_and_exits_0(cli: CommandLine, sample: Target, quarantined: Called) -> None:
    assert quarantined.code == 4
    (name,) = names_in_store()
    run(sample, "ALTER TABLE note DROP CONSTRAINT short")
    tried = cli("requeue", "--dry-run")
    assert (tried.code, names_in_store()) == (0, [name])
    assert "1 row would go into" in tried.out
    document = cli("requeue", name, "--json").document
    assert {
        "command": "requeue", "exit_code": 0, "quarantine": name, "dry_run": False,
        "committed": True, "settled": False, "rows_loaded": 1, "rows_present": 0,
        "rows_quarantined": 0, "successor": None,
        "retired": str(Path("snapshots/quarantine", f"{name}.requeued")),
        "tables": [{
            "namespace": "public", "name": "note", "rows": 1, "loaded": 1, "present": 0,
            "refused": 0, "not_tried": 0,
        }],
    }.items() <= document.items()  # fmt: skip
    assert cli("verify", "latest", "--quiet").code == 0
    again = cli("requeue", name, "--json")
    assert (again.code, again.document["error"]["what"]) == (
        10,
        f"quarantine {name!r} was requeued already",
    )


@pytest.mark.usefixtures("quarantined")
def test_run_that_did_not_end_is_listed_and_settled(
    cli: CommandLine, sample: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(sample, "ALTER TABLE note DROP CONSTRAINT short")

    def fail(*_: object) -> None:
        raise StorageError("cannot use file x: Input/output error", "here", "Look at the disk.")

    with monkeypatch.context() as patch:
        patch.setattr(QuarantineFolder, "complete", fail)
        failed = cli("requeue", "--json")
    assert failed.code == 1
    assert "the rows are in the database" in failed.document["error"]["what"]
    assert cli("requeue", "--list", "--json").document["quarantines"][0]["has_unfinished_run"]
    found = cli("requeue")
    assert found.code == 0
    assert "SETTLED  1 row had gone in before" in found.out
    assert cli("verify", "latest", "--quiet").code == 0


@pytest.mark.usefixtures("quarantined")
def test_requeue_of_rows_refused_again_exits_4(cli: CommandLine, sample: Target) -> None:
    unchanged = cli("requeue", "latest")
    assert unchanged.code == 4
    assert "UNCHANGED  nothing could be loaded" in unchanged.out
    assert "still quarantined  1 row, with reasons, in" in unchanged.out
    run(sample, "ALTER TABLE note RENAME CONSTRAINT short TO brief")
    found = cli("requeue", "latest", "--json").document
    assert (found["exit_code"], found["rows_quarantined"]) == (4, 1)
    assert found["reasons"][0]["constraint"] == "brief"
    assert Path(found["successor"], "rows.jsonl").is_file()


@pytest.mark.usefixtures("quarantined")
def test_requeue_that_does_not_read_back_exits_3(cli: CommandLine, sample: Target) -> None:
    rows = next(Path("snapshots/quarantine").glob("*/rows.jsonl"))
    edited = rows.read_text().replace('"line":"Đặng Thị Hồng"', r'"line":"\\x41"')
    rows.write_text(edited)  # the server takes it, and prints A
    run(sample, "ALTER TABLE note DROP CONSTRAINT short")
    found = cli("requeue")
    assert found.code == 3
    assert "Everything was rolled back." in found.err
    with connect(sample) as session:
        assert session.scalar("SELECT count(*) FROM public.note") == 7


@pytest.mark.parametrize(
    ("arguments", "code", "what"),
    [
        (("nobody",), 10, "no quarantine 'nobody'"),
        (("snapshots/nothing",), 10, "no quarantined rows in 'snapshots/nothing'"),
        (("--only", "nobody"), 2, "no row of a table 'nobody' is quarantined there"),
        (("--list", "--dry-run"), 2, "--list only shows what is quarantined"),
        (("-d", "host=/nonexistent"), 12, "no server listens on this socket"),
    ],
)
@pytest.mark.usefixtures("quarantined")
def test_what_cannot_be_done_is_said(
    cli: CommandLine, arguments: tuple[str, ...], code: int, what: str
) -> None:
    found = cli("requeue", *arguments, "--json")
    assert (found.code, found.document["error"]["what"]) == (code, what)


@pytest.mark.usefixtures("quarantined")
def test_output_fits_80_columns(cli: CommandLine, sample: Target) -> None:
    for arguments in (("--list",), ("--list", "latest"), (), ("--dry-run",)):
        found = cli("requeue", *arguments)
        assert max(map(cell_len, (found.out + found.err).splitlines())) <= 80, arguments
    run(sample, "ALTER TABLE note DROP CONSTRAINT short")
    assert max(map(cell_len, cli("requeue").out.splitlines())) <= 80


def test_rows_of_json_files_are_loaded_as_far_as_they_have_values(
    cli: CommandLine, make_database: Callable[[], str], tmp_path: Path
) -> None:
    database = make_database()
    with connect(database) as session:
        session.execute('CREATE TABLE public."User" (id integer PRIMARY KEY, name text NOT NULL)')
    (tmp_path / "schema.prisma").write_text(SCHEMA)
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "User.json").write_text(
        '[{"id": 1, "name": "a"}, {"id": 1, "name": "twin"}, {"id": "x", "name": "b"}]'
    )
    done = cli("import-json", "old", "-d", database, "--on-error", "quarantine")
    assert done.code == 4
    assert "snapkit requeue --list latest shows them" in done.out
    listed = cli("requeue", "--list", "latest")
    assert "row 3 of User.json" in listed.out
    found = cli("requeue", "-d", database, "--json").document
    assert (found["exit_code"], found["rows_loaded"], found["rows_quarantined"]) == (4, 1, 1)
    assert found["rows_of_json_files"] == 1
    rest = cli("requeue", "-d", database)  # what is left is never tried
    assert rest.code == 4
    assert "1 row of JSON files cannot be loaded as they stand" in " ".join(rest.out.split())


def test_requeue_names_what_a_killed_restore_set_aside_and_loads_it(
    cli: CommandLine, sample: Target, quarantined: Called
) -> None:
    (folder,) = Path("snapshots/quarantine").glob("2*")
    hidden = folder.rename(folder.with_name(f".{folder.name}.partial"))
    assert f"snapkit requeue {folder.name}" in quarantined.out
    assert cli("requeue", "--list", "--json").document["unsettled"] == [folder.name]
    assert f"{folder.name}: a restore into database" in cli("requeue", "--list").out
    run(sample, "ALTER TABLE note DROP CONSTRAINT short")
    found = cli("requeue", "--json")
    assert (found.code, found.document["rows_loaded"]) == (0, 1)
    assert not hidden.exists()
