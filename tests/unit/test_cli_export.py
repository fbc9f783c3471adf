"""`snapkit export`: documents, exit codes, and what people read."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli import CommandLine
from tests.snapshots import NOON_ID, make_snapshot, part_of

if TYPE_CHECKING:
    from snapkit.store import Snapshot


@pytest.fixture
def cli(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> CommandLine:
    """The command line, in an empty folder, at 80 columns."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("SNAPKIT_STORE", raising=False)
    return CommandLine(capsys)


@pytest.fixture
def snapshot(tmp_path: Path) -> Snapshot:
    """A snapshot in the store that is looked in without `--store`."""
    return make_snapshot(tmp_path / "snapshots")


@pytest.mark.usefixtures("snapshot")
@pytest.mark.parametrize("format_", ["jsonl", "csv", "parquet"])
def test_export_document_names_each_file(cli: CommandLine, format_: str) -> None:
    found = cli("export", "latest", "--format", format_, "--json")
    folder = Path(f"{NOON_ID}-{format_}")
    sizes = {path.name: path.stat().st_size for path in folder.glob(f"*.{format_}")}
    document = found.document
    assert found.code == 0
    assert document.pop("seconds") >= 0
    assert document == {
        "command": "export",
        "exit_code": 0,
        "snapshot": NOON_ID,
        "format": format_,
        "path": str(folder),
        "rows": 202,
        "bytes": sum(sizes.values()),
        "notes": [],
        "tables": [
            {
                "file": f"{name}.{format_}",
                "namespace": "public",
                "name": name,
                "model": None,
                "rows": rows,
                "bytes": sizes[f"{name}.{format_}"],
                "as_text": [],
            }
            for name, rows in (("users", 200), ("orders", 2), ("empty", 0))
        ],
    }


@pytest.mark.usefixtures("snapshot")
def test_export_says_what_was_written_and_where(cli: CommandLine) -> None:
    found = cli("export", "latest", "-f", "csv", "-o", "out")
    assert found.code == 0
    *_, proof, place = found.out.splitlines()
    assert proof.startswith("  every row digested as the manifest says; in ")
    assert place == "  out"
    assert "3 tables" in found.out


@pytest.mark.usefixtures("snapshot")
def test_export_takes_the_tables_that_are_named(cli: CommandLine) -> None:
    found = cli("export", "latest", "--only", "orders", "--only", "empty", "-o", "out", "--json")
    assert {table["name"] for table in found.document["tables"]} == {"orders", "empty"}
    lines = Path("out/orders.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["id"] for line in lines] == ["1", "2"]


@pytest.mark.usefixtures("snapshot")
@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        pytest.param(("latest", "--only", "user"), "no model or table 'user'", id="table"),
        pytest.param(("latest", "--group", "people"), "no group 'people'", id="group"),
        pytest.param(("latest", "--format", "xml"), "invalid value for", id="format"),
        pytest.param(("latest", "-o", "snapshots"), "the folder is not empty", id="folder"),
    ],
)
def test_export_refuses_what_cannot_be_meant(
    cli: CommandLine, arguments: tuple[str, ...], what: str
) -> None:
    found = cli("export", *arguments, "--json")
    assert found.code == 2
    assert found.document["error"]["what"].startswith(what)
    assert [path.name for path in Path().iterdir()] == ["snapshots"]


@pytest.mark.usefixtures("snapshot")
def test_export_replaces_with_force(cli: CommandLine) -> None:
    assert cli("export", "latest", "-o", "out", "-q").code == 0
    assert cli("export", "latest", "-o", "out", "-q").code == 2
    assert cli("export", "latest", "-o", "out", "-q", "--force").code == 0


def test_export_of_a_damaged_snapshot_exits_1(cli: CommandLine, snapshot: Snapshot) -> None:
    (snapshot.path / part_of(snapshot).path).unlink()
    found = cli("export", "latest", "--json")
    assert found.code == 1
    assert "cannot be read" in found.document["error"]["what"]
    assert [path.name for path in Path().iterdir()] == ["snapshots"]


@pytest.mark.usefixtures("snapshot")
def test_export_without_pyarrow_is_wrong_usage(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    found = cli("export", "latest", "--format", "parquet")
    assert found.code == 2
    assert "hint: Run pip install pyarrow, or choose another format." in found.err


@pytest.mark.usefixtures("snapshot")
@pytest.mark.parametrize(
    ("format_", "loaded"), [("csv", "[]"), ("jsonl", "[]"), ("parquet", "['pyarrow']")]
)
def test_export_imports_only_what_it_needs(format_: str, loaded: str, tmp_path: Path) -> None:
    heavy = "{'pandas', 'psycopg', 'pyarrow'}"
    code = (
        "import sys; from snapkit.cli import main; "
        f"main(['export', 'latest', '-q', '-f', '{format_}']); "
        f"print(sorted({heavy} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout == f"{loaded}\n"
