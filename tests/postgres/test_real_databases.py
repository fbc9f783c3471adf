"""Databases that people really have, made by their projects' own migrations, with rows made up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from snapkit.core.verdict import Verdict
from snapkit.prisma import parse
from snapkit.workflows.backup import backup
from snapkit.workflows.check import check
from snapkit.workflows.restore import restore
from snapkit.workflows.verify import verify
from tests.postgres.conftest import run, target_of
from tests.postgres.made_up_rows import fill
from tests.postgres.test_drift_migrations import FOLDERS, SHARED, load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from snapkit.pg.server import EmbeddedServer
    from snapkit.pg.target import Target
    from snapkit.store import Store
    from tests.postgres.conftest import Dump

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason=f"no corpus at {SHARED}")


@pytest.fixture
def pair(server: EmbeddedServer, make_database: Callable[[], str]) -> tuple[Target, Target]:
    """Two empty databases, with the one extension that only superusers may make."""
    source, empty = target_of(make_database()), target_of(make_database())
    for target in (source, empty):
        admin = target_of(server.conninfo(dict(target.keywords)["dbname"]))
        run(admin, "CREATE EXTENSION vector SCHEMA public")
    return source, empty


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_real_database_comes_back(
    folder: Path, pair: tuple[Target, Target], store: Store, dump: Dump
) -> None:
    source, empty = pair
    conninfo = " ".join(f"{word}='{value}'" for word, value in source.keywords)
    load(conninfo, (folder / "migrations.sql").read_text("utf-8"))
    made_up = sum(fill(source).values())
    schema = parse(
        [(path.name, path.read_bytes().decode()) for path in sorted(folder.glob("*.prisma"))]
    )
    before = dump(source)
    snapshot = backup(source, store, schema=schema).snapshot
    assert check(snapshot).verdict is Verdict.MATCH
    entries = snapshot.manifest.data_tables
    assert sum(1 for entry in entries if entry.rows) > len(entries) / 2
    assert snapshot.manifest.rows >= made_up > 0  # migrations bring rows of their own
    assert restore(empty, snapshot).committed
    assert dump(empty) == before
    assert verify(empty, snapshot).objects == ()
    assert restore(source, snapshot, replace=True).committed
    assert dump(source) == before
