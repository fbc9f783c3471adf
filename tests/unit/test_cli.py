"""The command line without a database: usage, help, schemas, output streams."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from snapkit._version import __version__
from tests.cli import COMMANDS, Called, CommandLine

SCHEMA = """
datasource db {
  provider = "postgresql"
  url      = env("DATABASE_URL")
}

/// @namespace People
model User {
  id    Int    @id
  posts Post[]
  @@map("users")
}

/// @namespace Content
model Post {
  id       Int    @id
  authorId Int
  author   User   @relation(fields: [authorId], references: [id])
  parentId Int?
  parent   Post?  @relation("Thread", fields: [parentId], references: [id])
  replies  Post[] @relation("Thread")
}
"""
BROKEN = """model A {
  id Int @id
  x  Foo
}
"""
SECRET = "s3nt1nel-pa55"


@pytest.fixture
def cli(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> CommandLine:
    """The command line, in an empty folder, at 80 columns, with no database in its environment."""
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
def schema(tmp_path: Path) -> Path:
    """A schema of two models, in the place where Prisma looks."""
    path = tmp_path / "prisma" / "schema.prisma"
    path.parent.mkdir()
    path.write_text(SCHEMA, "utf-8")
    return path


def test_version_is_printed(cli: CommandLine) -> None:
    assert cli("--version") == Called(0, f"snapkit {__version__}\n", "")


def test_no_command_prints_the_help_and_is_wrong_usage(cli: CommandLine) -> None:
    found = cli()
    assert (found.code, found.err) == (2, "")
    assert "Usage: snapkit" in found.out


def test_help_names_exactly_the_commands_that_exist(cli: CommandLine) -> None:
    lines = cli("--help").out.splitlines()
    named = [line.split()[0] for line in lines if line.startswith("  ") and line[2].isalpha()]
    assert tuple(name for name in named if name in COMMANDS) == COMMANDS


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_command_has_an_example_and_the_common_options(cli: CommandLine, name: str) -> None:
    found = cli(name, "--help")
    assert found.code == 0
    assert f"Example: snapkit {name}" in found.out
    assert "--json" in found.out
    assert "--quiet" in found.out


@pytest.mark.parametrize("arguments", [("--help",), *((name, "--help") for name in COMMANDS)])
def test_help_fits_80_columns(cli: CommandLine, arguments: tuple[str, ...]) -> None:
    assert max(map(len, cli(*arguments).out.splitlines())) <= 80


@pytest.mark.parametrize(
    ("arguments", "what", "place"),
    [
        (("frob",), "no such command", "snapkit --help"),
        (("models", "--frob"), "no such option: --frob", "snapkit models --help"),
        (("show",), "missing argument 'SNAPSHOT'", "snapkit show --help"),
        (("backup", "--jobs", "many"), "invalid value for", "snapkit backup --help"),
        (("backup", "--jobs", "0"), "invalid value for", "snapkit backup --help"),
    ],
)
def test_wrong_usage_says_what_and_exits_2(
    cli: CommandLine, arguments: tuple[str, ...], what: str, place: str
) -> None:
    found = cli(*arguments)
    assert (found.code, found.out) == (2, "")
    assert found.err.startswith(f"error: {what}")
    assert f"hint: See {place}." in found.err


def test_wrong_usage_is_a_document_with_json(cli: CommandLine) -> None:
    found = cli("backup", "--jobs", "many", "--json")
    assert found.code == 2
    assert found.document["command"] == "backup"
    assert found.document["exit_code"] == 2
    assert set(found.document["error"]) == {"what", "where", "hint"}


@pytest.mark.parametrize("flags", [(), ("--json",), ("--quiet",)])
def test_wrong_usage_never_repeats_a_password(cli: CommandLine, flags: tuple[str, ...]) -> None:
    found = cli("backup", f"postgresql://me:{SECRET}@db/shop", *flags)
    assert found.code == 2
    assert SECRET not in found.out + found.err


def test_models_lists_model_and_table_by_group(cli: CommandLine, schema: Path) -> None:
    assert cli("models", "--schema", schema) == Called(
        0,
        "2 models, 2 groups\n"
        "  model     table     fields  relations\n"
        "People (1)\n"
        "  User      users          2          1\n"
        "Content (1)\n"
        "  Post      Post           6          3\n"
        "  2 models  2 tables       8          4\n",
        "",
    )


@pytest.mark.usefixtures("schema")
def test_models_finds_the_schema_where_prisma_looks(cli: CommandLine) -> None:
    assert cli("models").code == 0


@pytest.mark.usefixtures("schema")
def test_models_document_has_datamodel_mapping_and_groups(cli: CommandLine) -> None:
    document = cli("models", "--json").document
    assert [model["name"] for model in document["datamodel"]["models"]] == ["User", "Post"]
    assert [model["table"]["name"] for model in document["mapping"]["models"]] == ["users", "Post"]
    assert [group["name"] for group in document["groups"]] == ["People", "Content"]
    assert {"command": "models", "exit_code": 0}.items() <= document.items()
    assert document["seconds"] >= 0


@pytest.mark.usefixtures("schema")
def test_json_puts_the_text_for_people_on_standard_error(cli: CommandLine) -> None:
    assert "2 models, 2 groups" in cli("models", "--json").err


@pytest.mark.usefixtures("schema")
@pytest.mark.parametrize("name", ["models", "order"])
def test_quiet_prints_nothing(cli: CommandLine, name: str) -> None:
    assert cli(name, "--quiet") == Called(0, "", "")


@pytest.mark.usefixtures("schema")
def test_quiet_with_json_prints_the_document_alone(cli: CommandLine) -> None:
    found = cli("order", "--quiet", "--json")
    assert found.err == ""
    assert found.document["command"] == "order"


def test_models_without_a_schema_is_wrong_usage(cli: CommandLine, tmp_path: Path) -> None:
    found = cli("models")
    assert found.code == 2
    assert f"at: {tmp_path}" in found.err.replace("\n      ", "")


def test_broken_schema_shows_line_caret_and_what_was_expected(
    cli: CommandLine, tmp_path: Path
) -> None:
    (tmp_path / "broken.prisma").write_text(BROKEN, "utf-8")
    found = cli("models", "--schema", "broken.prisma")
    assert (found.code, found.out) == (1, "")
    assert "at: broken.prisma:3:6 (model A)" in found.err
    assert "  3 |   x  Foo\n    |      ^" in found.err
    assert 'hint: Declare model "Foo".' in found.err


def test_broken_schema_document_has_the_report(cli: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "broken.prisma").write_text(BROKEN, "utf-8")
    document = cli("models", "--schema", "broken.prisma", "--json").document
    assert document["exit_code"] == 1
    assert "^" in document["error"]["report"]
    assert document["error"]["where"].startswith("broken.prisma:3:6")


@pytest.mark.usefixtures("schema")
def test_order_puts_parents_first_and_marks_self_references(cli: CommandLine) -> None:
    assert cli("order").out == (
        "Restore order, parents first: 2 tables, 2 levels, 1 referencing itself (*)\n"
        "0  users\n"
        "1  Post*\n"
    )


@pytest.mark.usefixtures("schema")
def test_order_reversed_puts_children_first(cli: CommandLine) -> None:
    stages = cli("order", "--reverse", "--json").document["stages"]
    assert [stage["tables"][0]["name"] for stage in stages] == ["Post", "users"]


@pytest.mark.usefixtures("schema")
def test_graph_writes_dot_to_standard_output(cli: CommandLine) -> None:
    found = cli("graph")
    assert found.out.startswith("digraph ")
    assert found.err == ""


@pytest.mark.usefixtures("schema")
def test_graph_document_holds_dot_and_edges(cli: CommandLine) -> None:
    document = cli("graph", "--json").document
    assert document["dot"].startswith("digraph ")
    assert {key["child"]["name"] for key in document["foreign_keys"]} == {"Post"}


@pytest.mark.usefixtures("schema")
def test_graph_draws_a_picture(cli: CommandLine, tmp_path: Path) -> None:
    assert cli("graph", "-o", "graph.svg").out == "graph.svg: 2 tables, 0 cycles\n"
    assert "<svg" in (tmp_path / "graph.svg").read_text("utf-8")


@pytest.mark.usefixtures("schema")
@pytest.mark.parametrize(
    "arguments",
    [
        ("--depth", "2"),
        ("--focus", "Nobody"),
        ("--group", "Nowhere"),
        ("-o", "graph.gif"),
        ("--view", "groups", "--focus", "User"),
        ("--view", "circle"),
    ],
)
def test_graph_refuses_what_it_cannot_draw(cli: CommandLine, arguments: tuple[str, ...]) -> None:
    found = cli("graph", *arguments)
    assert (found.code, found.out) == (2, "")


@pytest.mark.usefixtures("schema")
def test_backup_refuses_schema_and_no_schema_together(cli: CommandLine) -> None:
    found = cli("backup", "-d", "x", "--schema", "prisma/schema.prisma", "--no-schema")
    assert found.code == 2
    assert "exclude each other" in found.err


def test_schema_that_is_taken_is_said_where_there_are_two(cli: CommandLine, schema: Path) -> None:
    Path("schema.prisma").write_text("model Other {\n  id Int @id\n}\n", "utf-8")
    found = cli("models", "--json")
    assert [model["name"] for model in found.document["datamodel"]["models"]] == ["User", "Post"]
    assert "The schema is prisma/schema.prisma, not schema.prisma" in found.err
    assert "The schema is" not in cli("models", "--schema", schema).err
    assert "The schema is" not in cli("models", "--quiet").err


def test_database_command_says_that_another_provider_is_not_supported(
    cli: CommandLine, schema: Path
) -> None:
    schema.write_text(SCHEMA.replace("postgresql", "mysql"), "utf-8")
    found = cli("backup", "-d", "x", "--json")
    assert found.code == 2
    what = found.document["error"]["what"]
    assert what == "mysql is not supported: snapkit backs up PostgreSQL"


def test_help_names_every_place_of_a_schema(cli: CommandLine) -> None:
    told = " ".join(cli("models", "--help").out.split())
    assert "what prisma.config.ts or package.json names, else prisma/schema.prisma" in told


def test_restore_refuses_to_record_a_dry_run(cli: CommandLine) -> None:
    assert cli("restore", "latest", "-d", "x", "--dry-run", "--evidence", "e.json").code == 2


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        pytest.param(
            ("--mode", "upsert", "--replace"),
            "--replace removes the rows that are there, --mode upsert keeps them",
            id="replace",
        ),
        pytest.param(
            ("--mode", "upsert", "--on-error", "quarantine"),
            "--mode upsert stops at a bad row; only a restore that replaces sets rows aside",
            id="quarantine",
        ),
        pytest.param(
            ("--mode", "upsert", "--evidence", "e.json"),
            "--mode upsert leaves rows that are not the snapshot's: a record of it proves nothing",
            id="evidence",
        ),
    ],
)
def test_restore_refuses_what_contradicts_its_mode(
    cli: CommandLine, arguments: tuple[str, ...], what: str
) -> None:
    found = cli("restore", "latest", "-d", "x", *arguments, "--json")
    assert (found.code, found.document["error"]["what"]) == (2, what)


def test_restore_knows_three_modes(cli: CommandLine) -> None:
    found = cli("restore", "latest", "-d", "x", "--mode", "merge")
    assert found.code == 2
    assert "insert-missing" in found.err


@pytest.mark.parametrize(
    "name", ["show", "check", "export", "verify", "restore", "drill", "report"]
)
def test_unknown_snapshot_exits_10(cli: CommandLine, name: str) -> None:
    found = cli(name, "20250101_000000", "--json")
    assert found.code == 10
    assert found.document["error"]["what"] == "no snapshot '20250101_000000'"


def test_snapshots_of_an_empty_store_is_an_empty_list(cli: CommandLine) -> None:
    assert cli("snapshots", "--json").document["snapshots"] == []


def test_snapshots_names_what_is_not_complete(cli: CommandLine) -> None:
    Path("snapshots/20251101_120000").mkdir(parents=True)
    assert "20251101_120000 is not complete" in cli("snapshots").out
    document = cli("snapshots", "--json").document
    assert [item["id"] for item in document["incomplete"]] == ["20251101_120000"]
    assert document["snapshots"] == []


def test_store_comes_from_the_environment(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SNAPKIT_STORE", "elsewhere")
    assert cli("snapshots").out == "no snapshots in elsewhere\n"
    assert cli("snapshots", "--store", "named").out == "no snapshots in named\n"


def test_interrupted_demo_into_says_nothing_of_a_server(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("snapkit.cli.commands.demo.find_target", interrupted)
    assert cli("demo", "--into", "x").err == "interrupted; nothing was changed\n"


def test_unreachable_server_exits_12_and_hides_the_password(cli: CommandLine) -> None:
    found = cli("backup", "-d", f"postgresql://me:{SECRET}@127.0.0.1:1/shop", "--json")
    assert found.code == 12
    assert found.document["error"]["where"] == "shop on 127.0.0.1:1 as me"
    assert SECRET not in found.out + found.err


def test_trace_is_shown_for_debugging_without_the_password(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SNAPKIT_DEBUG", "1")
    found = cli("backup", "-d", f"postgresql://me:{SECRET}@127.0.0.1:1/shop")
    assert "Traceback" in found.err
    assert SECRET not in found.out + found.err


def test_database_comes_from_dotenv(cli: CommandLine, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f'DATABASE_URL="postgresql://me:{SECRET}@127.0.0.1:1/of_env"\n')
    found = cli("backup", "--no-schema")
    assert found.code == 12
    assert "of_env on 127.0.0.1:1 as me" in found.err
    assert SECRET not in found.err


def test_unreadable_dotenv_is_named_and_not_quoted(cli: CommandLine, tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(
        b"DATABASE_URL=postgresql://me:" + SECRET.encode() + b"\xff@h/x\n"
    )
    found = cli("backup", "--no-schema")
    assert found.code == 2
    assert "the file .env cannot be read: it is not UTF-8 text" in found.err
    assert SECRET not in found.err


def run_process(
    *arguments: str, stdout: int | None = subprocess.PIPE
) -> subprocess.CompletedProcess[bytes]:
    # Buffered, as for most users: what is left in the buffer is Python's to flush at exit.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return subprocess.run(
        [sys.executable, "-m", "snapkit", *arguments],
        env=environment,
        stdout=stdout,
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
    )


def test_reader_that_goes_away_is_told_nothing(schema: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "snapkit", "models", "--schema", schema],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.wait(60) == 141
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.stderr.close()


def test_full_disk_behind_standard_output_is_a_failure(schema: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = run_process("models", "--schema", str(schema), stdout=full.fileno())
    assert done.returncode == 1
    assert done.stderr.startswith(b"error: no space left on device\n  at: standard output\n")


def test_output_to_a_pipe_has_no_escape_codes(schema: Path) -> None:
    assert b"\x1b" not in run_process("models", "--schema", str(schema)).stdout


def test_help_imports_nothing_heavy() -> None:
    heavy = "{'psycopg', 'numpy', 'pandas', 'papermill', 'rich', 'rustworkx', 'zstandard'}"
    code = (
        "import sys; from snapkit.cli import main; main(['--help']); "
        f"print(sorted({heavy} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_backup_imports_no_notebook_and_no_pandas() -> None:
    heavy = "{'pandas', 'papermill', 'nbconvert', 'graphviz', 'great_tables', 'pydantic'}"
    code = (
        "import sys; from snapkit.cli import main; "
        "code = main(['backup', '--no-schema', '-d', 'postgresql://me@127.0.0.1:1/x']); "
        f"print(code, sorted({heavy} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "12 []\n"
