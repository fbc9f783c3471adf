"""The command line against a real server: exit codes, documents, and what people read."""

from __future__ import annotations

import json
import re
import secrets
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len

from snapkit.pg.session import connect
from snapkit.pg.target import Target
from snapkit.store import Store
from tests.cli import CommandLine
from tests.postgres.conftest import run, target_of

if TYPE_CHECKING:
    from snapkit.pg.server import EmbeddedServer

SECRET = "s3nt1nel-pa55"
TABLE_KEYS = {"namespace", "name", "rows", "verdict", "missing", "extra", "changed"}


@dataclass(frozen=True, slots=True)
class Shop:
    """The sample, a snapshot of it, and an empty database; each named as `-d` takes it."""

    source: Target
    copy: Target

    @property
    def to_source(self) -> str:
        return conninfo(self.source)

    @property
    def to_copy(self) -> str:
        return conninfo(self.copy)


def conninfo(target: Target) -> str:
    """What `-d` takes."""
    return " ".join(f"{key}='{value}'" for key, value in target.connect_arguments().items())


@pytest.fixture
def cli(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> CommandLine:
    """The command line in an empty folder, at 80 columns, with no database in its environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    for name in (
        "DATABASE_URL",
        "PGDATABASE",
        "PGHOST",
        "PGHOSTADDR",
        "PGSERVICE",
        "SNAPKIT_STORE",
    ):
        monkeypatch.delenv(name, raising=False)
    return CommandLine(capsys)


@pytest.fixture
def server_role(server: EmbeddedServer) -> str:
    """A role that may connect and nothing else."""
    name = f"nobody_{secrets.token_hex(4)}"
    server.create_role(name)
    return name


@pytest.fixture
def shop(cli: CommandLine, sample: Target, empty_target: Target) -> Shop:
    """A source with one snapshot in `./snapshots`."""
    found = Shop(sample, empty_target)
    assert cli("backup", "-d", found.to_source, "--quiet").code == 0
    return found


@pytest.fixture
def restored(cli: CommandLine, shop: Shop) -> Shop:
    """The same, restored into the copy."""
    assert cli("restore", "latest", "-d", shop.to_copy, "--quiet").code == 0
    return shop


def test_backup_document_has_the_figures_of_the_snapshot(cli: CommandLine, sample: Target) -> None:
    found = cli("backup", "-d", conninfo(sample), "--json")
    assert found.code == 0
    manifest = Store(Path("snapshots")).open("latest").manifest
    assert {
        "command": "backup", "exit_code": 0, "snapshot": manifest.id, "rows": manifest.rows,
        "tables": len(manifest.data_tables), "bytes": manifest.size,
    }.items() <= found.document.items()  # fmt: skip
    assert found.document["orphans"] == 1


def test_backup_says_what_it_holds_and_what_was_wrong_already(
    cli: CommandLine, sample: Target
) -> None:
    found = cli("backup", "-d", conninfo(sample))
    assert found.code == 0
    assert re.search(r"snapshot \d{8}_\d{6} of database test_", found.out)
    assert "note: 1 row of loose without a parent in country" in found.out
    assert "reading " in found.err


def test_backup_takes_the_database_from_the_environment(
    cli: CommandLine, sample: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", conninfo(sample))
    assert cli("backup", "--quiet").code == 0


def test_snapshots_lists_each_and_sums_them(cli: CommandLine, shop: Shop) -> None:
    assert cli("backup", "-d", shop.to_source, "--quiet").code == 0
    items = cli("snapshots", "--json").document["snapshots"]
    assert len(items) == 2
    *_, total = cli("snapshots").out.splitlines()
    assert total.startswith("2 snapshots")
    assert f" {2 * items[0]['rows']:,} " in total


@pytest.mark.usefixtures("shop")
def test_snapshots_names_one_that_cannot_be_read(cli: CommandLine) -> None:
    manifest = next(Path("snapshots").glob("*/manifest.json"))
    manifest.write_text("{", "utf-8")
    found = cli("snapshots")
    assert "unreadable" in found.out
    assert "cannot be read: manifest is not JSON" in found.out


@pytest.mark.usefixtures("shop")
def test_show_totals_equal_the_sums_of_its_rows(cli: CommandLine) -> None:
    document = cli("show", "latest", "--json").document
    assert document["rows"] == sum(table["rows"] for table in document["tables"])
    lines = cli("show", "latest").out.splitlines()
    total = next(line for line in lines if re.match(r"\d+ tables ", line))
    assert f" {document['rows']:,} " in total


@pytest.mark.usefixtures("shop")
def test_check_of_a_whole_snapshot_matches(cli: CommandLine) -> None:
    document = cli("check", "latest", "--json").document
    assert (document["exit_code"], document["verdict"]) == (0, "match")
    assert all(table.keys() >= TABLE_KEYS for table in document["tables"])


@pytest.mark.usefixtures("shop")
def test_quick_check_says_that_rows_were_not_unpacked(cli: CommandLine) -> None:
    found = cli("check", "latest", "--quick")
    assert found.code == 0
    assert "unchecked  rows: --quick does not unpack them" in found.out
    assert " rows," not in found.out


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("flags", [(), ("--quick",)])
def test_check_names_the_table_whose_part_is_damaged(
    cli: CommandLine, flags: tuple[str, ...]
) -> None:
    part = next(Path("snapshots").glob("*/data/*country*"))
    data = bytearray(part.read_bytes())
    data[len(data) // 2] ^= 1
    part.write_bytes(data)
    document = cli("check", "latest", "--json", *flags).document
    assert (document["exit_code"], document["verdict"]) == (3, "mismatch")
    wrong = [table["name"] for table in document["tables"] if table["verdict"] == "mismatch"]
    assert wrong == ["country"]


def test_restore_into_an_empty_database_is_proven(cli: CommandLine, shop: Shop) -> None:
    document = cli("restore", "latest", "-d", shop.to_copy, "--json").document
    assert {
        "command": "restore", "exit_code": 0, "verdict": "match", "rows_quarantined": 0,
        "committed": True,
    }.items() <= document.items()  # fmt: skip
    manifest = Store(Path("snapshots")).open("latest").manifest
    assert document["snapshot"] == manifest.id
    assert document["tables"] == len(manifest.data_tables)
    assert document["rows_restored"] == manifest.rows


def test_restore_shows_the_plan_before_the_verdict(cli: CommandLine, shop: Shop) -> None:
    lines = cli("restore", "latest", "-d", shop.to_copy).out.splitlines()
    assert lines[0].startswith("plan  snapshot ")
    assert any(line.startswith("MATCH  ") for line in lines)


def test_restore_dry_run_prints_every_step_and_touches_nothing(
    cli: CommandLine, shop: Shop
) -> None:
    found = cli("restore", "latest", "-d", shop.to_copy, "--dry-run")
    assert found.code == 0
    assert re.search(r"^ +1  run the snapshot's DDL, pre-data$", found.out, re.MULTILINE)
    assert "compare digests, then commit" in found.out
    with connect(shop.copy) as session:
        assert session.scalar("SELECT count(*) FROM pg_class WHERE relname = 'country'") == 0


def test_restore_refuses_a_target_that_holds_rows(cli: CommandLine, restored: Shop) -> None:
    found = cli("restore", "latest", "-d", restored.to_copy, "--json")
    assert found.code == 1
    assert "the target is not empty" in found.document["error"]["what"]
    assert "--replace" in found.document["error"]["hint"]


def test_restore_replace_names_what_loses_its_rows(cli: CommandLine, restored: Shop) -> None:
    run(restored.copy, "UPDATE country SET name = 'x'")
    found = cli("restore", "latest", "-d", restored.to_copy, "--replace", "--yes")
    assert found.code == 0
    assert "losing their rows first: " in found.out
    assert cli("verify", "latest", "-d", restored.to_copy, "--quiet").code == 0


def test_restore_only_leaves_the_other_tables_alone(cli: CommandLine, restored: Shop) -> None:
    run(restored.copy, "DELETE FROM note; UPDATE player SET team = 1")
    arguments = ("restore", "latest", "-d", restored.to_copy, "--replace", "-y", "--only", "note")
    document = cli(*arguments, "--json").document
    assert (document["exit_code"], document["tables"]) == (0, 1)
    verdicts = cli("verify", "latest", "-d", restored.to_copy, "--json").document["tables"]
    wrong = [table["name"] for table in verdicts if table["verdict"] == "mismatch"]
    assert wrong == ["player"]


def test_verify_names_the_changed_the_missing_and_the_extra_row(
    cli: CommandLine, restored: Shop
) -> None:
    run(restored.copy, "UPDATE country SET name = 'Vietnam' WHERE code = 'vn'")
    run(restored.copy, "DELETE FROM visit WHERE id = 1")
    run(restored.copy, "INSERT INTO empty VALUES (7, NULL)")
    document = cli("verify", "latest", "-d", restored.to_copy, "--json").document
    assert (document["exit_code"], document["verdict"]) == (3, "mismatch")
    named = {(row["name"], row["change"]): row for row in document["rows_named"]}
    assert set(named) == {("country", "changed"), ("visit_2024", "missing"), ("empty", "extra")}
    assert named["country", "changed"]["key"] == {"code": "vn"}
    assert named["country", "changed"]["columns"] == [
        {"column": "name", "snapshot": "Việt Nam", "database": "Vietnam"}
    ]
    assert named["empty", "extra"]["key"] == {"id": "7"}


def test_verify_tells_people_the_verdict_first_and_the_totals_last(
    cli: CommandLine, restored: Shop
) -> None:
    run(restored.copy, "UPDATE country SET name = 'Vietnam' WHERE code = 'vn'")
    lines = cli("verify", "latest", "-d", restored.to_copy).out.splitlines()
    assert lines[0].startswith("MISMATCH  ")
    assert "country: 1 changed" in lines
    assert "           name: 'Việt Nam' -> 'Vietnam'" in lines
    total, matching, wrong, unchecked = map(
        int, re.findall(r"\d+", next(line for line in lines if line.startswith("tables ")))
    )
    assert total == matching + wrong + unchecked
    assert wrong == 1


def test_verify_names_as_many_rows_as_asked_for_and_counts_all(
    cli: CommandLine, restored: Shop
) -> None:
    run(restored.copy, "DELETE FROM category")
    found = cli("verify", "latest", "-d", restored.to_copy, "--rows", "3")
    assert found.code == 3
    assert "category: 20 missing" in found.out
    assert found.out.count("  missing  ") == 3
    assert "… and 17 more rows; --rows N names more, --rows-to FILE all" in found.out


@pytest.mark.parametrize("flags", [(), ("--sql",)], ids=["copy", "sql"])
def test_verify_of_a_faithful_copy_matches(
    cli: CommandLine, restored: Shop, flags: tuple[str, ...]
) -> None:
    document = cli("verify", "latest", "-d", restored.to_copy, "--json", *flags).document
    assert (document["exit_code"], document["verdict"]) == (0, "match")


def test_verify_shows_hidden_characters_instead_of_printing_them(
    cli: CommandLine, restored: Shop
) -> None:
    run(restored.copy, "UPDATE country SET name = E'\\x1b[31m\\u202ered[bold]' WHERE code = 'vn'")
    found = cli("verify", "latest", "-d", restored.to_copy)
    assert found.code == 3
    assert "\x1b" not in found.out
    assert "\u202e" not in found.out
    assert "'\\x1b[31m\\u202ered[bold]'" in found.out


def test_verify_against_an_empty_database_is_a_mismatch(cli: CommandLine, shop: Shop) -> None:
    document = cli("verify", "latest", "-d", shop.to_copy, "--json").document
    assert document["exit_code"] == 3
    assert {table["reason"] for table in document["tables"]} == {"the database has no such table"}


def test_verify_records_evidence_that_can_be_read_back(cli: CommandLine, restored: Shop) -> None:
    assert cli("verify", "latest", "-d", restored.to_copy, "--evidence", "kept/e.json").code == 0
    evidence = json.loads(Path("kept/e.json").read_text("utf-8"))
    assert (evidence["kind"], evidence["role"]) == ("verify", "app")


def test_evidence_that_cannot_be_written_ends_a_restore_before_it_begins(
    cli: CommandLine, shop: Shop
) -> None:
    Path("file").touch()
    found = cli("restore", "latest", "-d", shop.to_copy, "--evidence", "file/e.json")
    assert found.code == 1
    assert "cannot write the evidence" in found.err
    with connect(shop.copy) as session:
        assert session.scalar("SELECT count(*) FROM pg_class WHERE relname = 'country'") == 0


@pytest.mark.usefixtures("shop")
def test_drill_proves_and_times_a_restore(cli: CommandLine) -> None:
    document = cli("drill", "latest", "--json", "--evidence", "drill.json").document
    assert (document["exit_code"], document["verdict"]) == (0, "match")
    assert 0 < document["rto_seconds"] <= document["seconds"]
    assert json.loads(Path("drill.json").read_text("utf-8"))["kind"] == "drill"


def test_drill_that_cannot_use_what_it_restored_exits_3(cli: CommandLine, shop: Shop) -> None:
    run(shop.source, "CREATE VIEW broken AS SELECT 1 / (length(name) * 0) AS x FROM country")
    assert cli("backup", "-d", shop.to_source, "--quiet").code == 0
    found = cli("drill", "latest", "--json")
    assert (found.code, found.document["exit_code"]) == (3, 3)
    assert "division by zero" in found.out


def test_diff_counts_and_names_rows_and_exits_3(cli: CommandLine, shop: Shop) -> None:
    run(shop.source, "UPDATE country SET name = 'Elsewhere' WHERE code = 'VN'")
    run(shop.source, "DELETE FROM note; CREATE TABLE fresh (id int PRIMARY KEY)")
    assert cli("backup", "-d", shop.to_source, "--quiet").code == 0
    before, after = Store(Path("snapshots")).ids()
    found = cli("diff", before, after, "--json", "--rows-to", "rows.csv")
    document = found.document
    assert (found.code, document["exit_code"], document["verdict"]) == (3, 3, "mismatch")
    assert document["snapshots"] == [before, after]
    sums = document["totals"]
    assert sums["rows"] - sums["removed"] + sums["added"] == sums["rows_found"]
    tables = {table["name"]: table for table in document["tables"]}
    assert (tables["country"]["changed"], tables["note"]["removed"]) == (1, 8)
    assert sum(table["removed"] for table in tables.values()) == sums["removed"]
    assert [change["name"] for change in document["schema"]].count("fresh") == 1
    (row,) = [row for row in document["rows_named"] if row["name"] == "country"]
    assert [value["b"] for value in row["columns"]] == ["Elsewhere"]
    assert len(Path("rows.csv").read_text("utf-8").splitlines()) == 1 + 1 + 8
    part = cli("diff", before, after, "--only", "note", "--json").document
    assert [table["name"] for table in part["tables"] if table["compared"]] == ["note"]
    assert cli("diff", before, before, "--quiet").code == 0
    assert cli("diff", before, after, "--group", "nowhere").code == 2


@pytest.mark.usefixtures("shop")
def test_drill_refuses_a_folder_without_programs(cli: CommandLine, tmp_path: Path) -> None:
    found = cli("drill", "latest", "--pg-bindir", tmp_path)
    assert found.code == 2
    assert "no initdb and no postgres" in found.err


def test_coverage_of_a_whole_snapshot_is_complete(cli: CommandLine, shop: Shop) -> None:
    found = cli("coverage", "-d", shop.to_source, "--snapshot", "latest", "--json")
    assert (found.code, found.document["verdict"]) == (0, "complete")
    sums = [group["totals"]["tables"] for group in found.document["groups"]]
    assert sum(sums) == found.document["totals"]["tables"]


def test_coverage_names_a_table_that_the_snapshot_lacks(cli: CommandLine, shop: Shop) -> None:
    run(shop.source, "CREATE TABLE later (id integer PRIMARY KEY)")
    found = cli("coverage", "-d", shop.to_source, "--snapshot", "latest")
    assert found.code == 5
    assert "gap    later: missing from snapshot" in found.out


def test_coverage_finds_drift_between_schema_and_database(cli: CommandLine, shop: Shop) -> None:
    Path("schema.prisma").write_text("model Ghost {\n  id Int @id\n}\n", "utf-8")
    found = cli("coverage", "-d", shop.to_source, "--json")
    assert found.code == 5
    assert ("missing table", "Ghost") in {
        (item["kind"], item["name"]) for item in found.document["drift"]
    }


def test_coverage_needs_something_to_compare_with(cli: CommandLine, shop: Shop) -> None:
    found = cli("coverage", "-d", shop.to_source)
    assert found.code == 2
    assert "nothing to compare the database with" in found.err


def test_order_of_a_database_names_its_cycle(cli: CommandLine, shop: Shop) -> None:
    found = cli("order", "-d", shop.to_source)
    assert "cycle of 2: player, team" in found.out


def test_graph_of_a_database_has_its_tables(cli: CommandLine, shop: Shop) -> None:
    document = cli("graph", "-d", shop.to_source, "--json").document
    assert {"country", "Ta'ble; DROP"} <= {table["name"] for table in document["tables"]}


def test_demo_into_builds_the_shop(cli: CommandLine, empty_target: Target) -> None:
    document = cli("demo", "--into", conninfo(empty_target), "--json").document
    assert (document["exit_code"], document["rows"], document["filled"]) == (0, 54_923, 37)


def test_demo_into_refuses_a_database_with_tables(cli: CommandLine, sample: Target) -> None:
    found = cli("demo", "--into", conninfo(sample))
    assert found.code == 1
    assert "the database already holds" in found.err


def test_output_fits_80_columns_and_has_no_frames(cli: CommandLine, restored: Shop) -> None:
    takes_database = {"backup", "coverage", "restore", "verify", "order"}
    for arguments in (
        ("backup",), ("backup", "--schema", "none.prisma"), ("coverage", "--snapshot", "latest"),
        ("snapshots",), ("show", "latest"), ("check", "latest"), ("restore", "latest"),
        ("restore", "latest", "--dry-run", "--replace"), ("restore", "latest", "--replace"),
        ("restore", "latest", "--replace", "--yes"),
        ("verify", "latest"), ("order",), ("drill", "latest"),
    ):  # fmt: skip
        database = ("-d", restored.to_copy) if arguments[0] in takes_database else ()
        found = cli(*arguments, *database)
        lines = (found.out + found.err).splitlines()
        assert lines, arguments
        assert max(map(cell_len, lines)) <= 80, arguments
        assert not any(sign in found.out for sign in "│─╭\x1b"), arguments


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        (
            {"dbname": 'nobody\'s "database"'},
            "no database 'nobody\\'s \"database\"' on this server",
        ),
        ({"user": "stranger"}, "no role 'stranger' on this server"),
        ({"host": "/nonexistent"}, "no server listens on this socket"),
    ],
    ids=["database", "role", "server"],
)
def test_what_cannot_be_reached_exits_12(
    cli: CommandLine, sample: Target, changed: dict[str, str], what: str
) -> None:
    arguments = sample.connect_arguments() | changed
    text = " ".join(
        f"{key}='{value.replace(chr(39), chr(92) + chr(39))}'" for key, value in arguments.items()
    )
    found = cli("backup", "-d", f"{text} password={SECRET}", "--json")
    assert found.code == 12
    assert found.document["error"]["what"] == what
    assert SECRET not in found.out + found.err


def test_wrong_password_exits_12_and_is_not_repeated(
    cli: CommandLine, server: EmbeddedServer, sample: Target, server_role: str
) -> None:
    admin = target_of(server.conninfo())
    with connect(admin) as session:
        session.execute(f"ALTER ROLE {server_role} PASSWORD 'right'".encode())
        rules = Path(session.scalar("SHOW hba_file"))
        rules.write_text(
            f"local all {server_role} scram-sha-256\n{rules.read_text('utf-8')}", "utf-8"
        )
        session.execute("SELECT pg_catalog.pg_reload_conf()")
    arguments = sample.connect_arguments() | {"user": server_role}
    text = " ".join(f"{key}='{value}'" for key, value in arguments.items())
    wrong = cli("backup", "-d", f"{text} password={SECRET}", "--json")
    assert (wrong.code, wrong.document["error"]["what"]) == (12, "the server refused the password")
    assert SECRET not in wrong.out + wrong.err
    missing = cli("backup", "-d", text, "--json").document["error"]["what"]
    assert missing == "the server asks for a password and none was given"


def test_backup_by_a_role_without_rights_leaves_nothing_behind(
    cli: CommandLine, sample: Target, server_role: str
) -> None:
    arguments = sample.connect_arguments() | {"user": server_role}
    text = " ".join(f"{key}='{value}'" for key, value in arguments.items())
    found = cli("backup", "-d", text)
    assert found.code == 1
    assert "hint: " in found.err
    assert not any(Path("snapshots").glob("*"))


@pytest.fixture
def blind(shop: Shop, server_role: str) -> str:
    """The source as a role that may read every table, and no sequence."""
    run(
        shop.source,
        f'GRANT USAGE ON SCHEMA "odd ""space""" TO {server_role};'
        f'GRANT SELECT ON ALL TABLES IN SCHEMA public, "odd ""space""" TO {server_role}',
    )
    return " ".join(
        f"{key}='{value}'"
        for key, value in (shop.source.connect_arguments() | {"user": server_role}).items()
    )


def test_graph_order_and_coverage_need_no_right_on_sequences(cli: CommandLine, blind: str) -> None:
    assert cli("graph", "-d", blind, "--json").code == 0
    assert cli("order", "-d", blind).code == 0
    assert cli("coverage", "-d", blind, "--snapshot", "latest").code == 0


def test_verify_calls_sequences_that_it_may_not_read_unchecked(
    cli: CommandLine, blind: str
) -> None:
    document = cli("verify", "latest", "-d", blind, "--json").document
    assert (document["exit_code"], document["verdict"]) == (1, "unchecked")
    assert {item["verdict"] for item in document["sequences"]} == {"unchecked"}
    assert all(item["next_value"] is None for item in document["sequences"])
    found = cli("verify", "latest", "-d", blind)
    assert "the role may not read where it stands" in " ".join(found.out.split())


def test_backup_refuses_sequences_that_it_may_not_read(cli: CommandLine, blind: str) -> None:
    found = cli("backup", "-d", blind)
    assert found.code == 1
    assert "may not read where sequences stand" in found.err


def test_restore_tells_people_a_few_reasons_and_documents_all(cli: CommandLine, blind: str) -> None:
    arguments = ("restore", "latest", "-d", blind, "--replace")
    problems = cli(*arguments, "--json").document["error"]["problems"]
    tables = [problem for problem in problems if "does not own table" in problem]
    assert len(tables) > 10
    lines = cli(*arguments).err.splitlines()
    assert len([line for line in lines if line.startswith("  - ")]) < 8


def test_restore_of_a_snapshot_without_a_part_touches_nothing(cli: CommandLine, shop: Shop) -> None:
    next(Path("snapshots").glob("*/data/*country*")).unlink()
    found = cli("restore", "latest", "-d", shop.to_copy, "--json")
    assert found.code == 1
    assert "1 part is missing or not of its size: data/" in found.document["error"]["what"]


def test_restore_of_a_damaged_part_says_one_thing(
    cli: CommandLine, sample: Target, empty_target: Target
) -> None:
    letters = "àéîõüçñßøåæœžšđł"  # two bytes each: what a wrong bit unpacks to is no UTF-8
    run(
        sample,
        f"CREATE TABLE large AS SELECT translate(md5(i::text), '0123456789abcdef', '{letters}')"
        " FROM generate_series(1, 20000) AS i",
    )
    assert cli("backup", "-d", conninfo(sample), "--quiet").code == 0
    part = max(Path("snapshots").glob("*/data/*.zst"), key=lambda path: path.stat().st_size)
    data = bytearray(part.read_bytes())
    data[len(data) // 2] ^= 1
    part.write_bytes(data)
    # A process of its own: pytest gives logging a handler, and users have none.
    done = subprocess.run(
        [sys.executable, "-m", "snapkit", "restore", "-d", conninfo(empty_target), "latest", "-q"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert re.findall(r"^(?! {4}) *(\S+)", done.stderr, re.MULTILINE) == ["error:", "at:", "hint:"]


@pytest.mark.usefixtures("shop")
def test_snapshot_of_another_format_is_refused_by_number(cli: CommandLine) -> None:
    manifest = next(Path("snapshots").glob("*/manifest.json"))
    document = json.loads(manifest.read_text("utf-8")) | {"format": 99}
    manifest.write_text(json.dumps(document), "utf-8")
    found = cli("check", "latest")
    assert found.code == 1
    assert "cannot read manifest format 99" in found.err


@pytest.mark.usefixtures("shop")
def test_snapshot_without_a_manifest_is_no_snapshot(cli: CommandLine) -> None:
    manifest = next(Path("snapshots").glob("*/manifest.json"))
    manifest.unlink()
    found = cli("check", manifest.parent.name)
    assert found.code == 10
    assert "is not complete: it has no manifest" in found.err


def test_restore_with_quarantine_says_what_it_set_aside(cli: CommandLine, shop: Shop) -> None:
    run(
        shop.source,
        "DELETE FROM note; ALTER TABLE note ADD CONSTRAINT short CHECK (length(body) < 8)",
    )
    arguments = ("restore", "latest", "-d", shop.to_source, "--replace", "--yes")
    found = cli(*arguments, "--on-error", "quarantine", "--json")
    document = found.document
    assert (found.code, document["exit_code"]) == (4, 4)
    assert (document["rows_restored"], document["rows_quarantined"]) == (56, 1)
    assert Path(document["quarantine"], "rows.jsonl").is_file()
    assert "note: 1 row of 8 set aside" in found.err


@pytest.mark.usefixtures("shop")
def test_failed_drill_leaves_no_earlier_evidence(cli: CommandLine) -> None:
    record = Path("drill.json")
    record.write_text("of a run long ago")
    part = next(Path("snapshots").glob("*/data/*-note.0.copy.zst"))
    part.write_bytes(part.read_bytes()[:-4])
    assert cli("drill", "latest", "--evidence", str(record)).code == 1
    assert not record.exists()


def test_small_database_needs_nothing_that_is_slow_to_import(
    database_pair: tuple[str, str], tmp_path: Path
) -> None:
    source, target = database_pair
    run(target_of(source), "CREATE TABLE t AS SELECT g FROM generate_series(1, 1000) AS g")
    heavy = {"numpy", "pandas", "rich.console", "snapkit.core.merge_plan", "snapkit.prisma"}
    code = f"""
import sys
from snapkit.cli import main
store = ["--quiet", "--store", {str(tmp_path)!r}]
codes = [
    main(["backup", "--no-schema", "-d", {source!r}, *store]),
    main(["check", "latest", *store]),
    main(["restore", "latest", "-d", {target!r}, *store]),
    main(["verify", "latest", "-d", {target!r}, *store]),
]
print(codes, sorted({heavy!r} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[0, 0, 0, 0] []\n"
