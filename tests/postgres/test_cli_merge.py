"""`snapkit restore --mode` and parts of a snapshot, from the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len

from tests.cli import CommandLine
from tests.postgres.conftest import run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from snapkit.pg.target import Target
    from tests.cli import Called

    Restore = Callable[..., Called]

TABLE_KEYS = {"namespace", "name", "model", "rows", "inserted", "updated", "kept", "differing"}
DAMAGE = "DELETE FROM visit WHERE id < 4; UPDATE team SET home = 'DE' WHERE id = 2"


@pytest.fixture
def restore(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    sample: Target,
) -> Restore:
    """Restores the snapshot of the sample, at 80 columns, into the sample itself."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("SNAPKIT_STORE", raising=False)
    cli = CommandLine(capsys)
    named = " ".join(f"{key}='{value}'" for key, value in sample.connect_arguments().items())
    assert cli("backup", "-d", named, "--quiet").code == 0

    def call(*arguments: object) -> Called:
        return cli("restore", "latest", "-d", named, "--yes", *arguments)

    return call


@pytest.mark.parametrize(
    ("mode", "figures", "sums"),
    [
        ("insert-missing", {"visit_2024": (3, 0, 0, 0), "team": (0, 0, 4, 1)}, (17, 1)),
        ("upsert", {"visit_2024": (3, 0, 0, 0), "team": (0, 1, 4, 0)}, (18, 0)),
    ],
)
def test_merge_document_accounts_for_every_row(
    restore: Restore,
    sample: Target,
    mode: str,
    figures: dict[str, tuple[int, ...]],
    sums: tuple[int, int],
) -> None:
    run(sample, DAMAGE)
    arguments = ("--mode", mode, "--only", "visit", "--only", "team", "--with-parents", "--json")
    found = restore(*arguments)
    document = found.document
    assert (found.code, document["verdict"], document["committed"]) == (0, "match", True)
    assert all(table.keys() == TABLE_KEYS for table in document["counts"])
    named = {
        table["name"]: tuple(table[word] for word in ("inserted", "updated", "kept", "differing"))
        for table in document["counts"]
    }
    assert figures.items() <= named.items()
    assert sorted(named) == ["country", "player", "team", "visit_2024", "visit_2025", "visit_rest"]
    rows = sum(table["rows"] for table in document["counts"])
    assert (document["rows_restored"] - 4, document["rows_differing"]) == sums
    assert document["rows_restored"] + document["rows_differing"] == rows == 22
    assert document["plan"]["rows"] == rows
    assert {row["key"]["id"] for row in document["rows_named"]} == {"2"}


def test_merge_dry_run_tells_the_plan_and_the_rows(restore: Restore, sample: Target) -> None:
    run(sample, DAMAGE)
    found = restore("--mode", "upsert", "--only", "team", "--only", "player", "--dry-run")
    assert found.code == 0
    assert "upsert rows of player, team, in one statement" in found.out
    assert "  to be updated  team (id='2')" in found.out
    assert "      home: 'DE' in the database, 'VN' in the snapshot" in found.out
    document = restore("--mode", "upsert", "--only", "team", "--dry-run", "--json").document
    assert (document["dry_run"], document["counts"][0]["updated"]) == (True, 1)


def test_merge_fits_80_columns(restore: Restore, sample: Target) -> None:
    run(sample, DAMAGE)
    part = (
        "--only",
        "team",
        "--only",
        "player",
        "--only",
        "visit",
        "--only",
        'odd "space".Ta\'ble; DROP',
    )
    for arguments in (("--dry-run",), (), ("--with-children",)):
        found = restore("--mode", "insert-missing", *part, *arguments)
        assert found.code == 0, found.err
        assert max(map(cell_len, (found.out + found.err).splitlines())) <= 80
        assert not any(sign in found.out for sign in "│─╭\x1b")


@pytest.mark.parametrize("arguments", [("--mode", "insert-missing"), ("--replace",)])
def test_missing_parents_end_a_part_before_it_begins(
    restore: Restore, sample: Target, arguments: tuple[str, ...]
) -> None:
    run(
        sample,
        "DELETE FROM visit; UPDATE team SET home = NULL; DELETE FROM loose;"
        "DELETE FROM country WHERE code = 'de'",
    )
    found = restore("--only", "visit", *arguments)
    assert found.code == 1
    words = " ".join(found.err.split())
    assert "10 rows of visit would refer to rows of country that are neither there" in words
    assert "--with-parents" in words
    assert restore("--only", "visit", "--with-parents", "--mode", "insert-missing").code == 0


def test_mode_replace_is_replace(restore: Restore, sample: Target) -> None:
    run(sample, DAMAGE)
    document = restore("--mode", "replace", "--only", "visit", "--json").document
    assert (document["mode"], document["committed"], document["rows_restored"]) == (
        "replace",
        True,
        10,
    )


def test_group_needs_a_schema(restore: Restore) -> None:
    found = restore("--group", "Sales", "--replace")
    assert found.code == 2
    assert "no group 'Sales' in the snapshot" in found.err
