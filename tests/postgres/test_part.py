"""A part of a snapshot: rows that would lack their parents are named before anything is touched."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from snapkit.core.merge import MergeMode
from snapkit.errors import PlanError
from snapkit.workflows.backup import backup
from snapkit.workflows.merge import merge, preview
from snapkit.workflows.restore import plan, restore
from snapkit.workflows.schema_files import read_schema
from tests.postgres.conftest import run, target_of
from tests.postgres.merging import SOURCE, public

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from snapkit.pg.target import Target
    from snapkit.store import Snapshot, Store
    from tests.postgres.conftest import Dump

INSERT, UPSERT = MergeMode.INSERT_MISSING, MergeMode.UPSERT


@pytest.fixture
def source(make_database: Callable[[], str]) -> Target:
    """The database, as its owner."""
    target = target_of(make_database())
    run(target, SOURCE)
    return target


@pytest.fixture
def snapshot(source: Target, store: Store) -> Snapshot:
    """A snapshot of it."""
    return backup(source, store).snapshot


@pytest.mark.parametrize("mode", MergeMode)
def test_missing_parents_are_said_before_anything_is_touched(
    mode: MergeMode, source: Target, snapshot: Snapshot, dump: Dump
) -> None:
    run(source, "DELETE FROM visit; UPDATE team SET home = NULL; DELETE FROM country")
    before = dump(source)
    with pytest.raises(PlanError) as caught:
        merge(source, snapshot, mode, only=public("visit", "team", "player"))
    text = "5 rows of {0} would refer to rows of country that are neither there nor coming along"
    tables = ["team", "visit"] if mode is UPSERT else ["visit"]  # the teams stay as they are
    expected = [f"{text.format(name)} (foreign key {name}_home_fkey)" for name in tables]
    problems = list(caught.value.problems) or [caught.value.what.partition("merged: ")[2]]
    assert problems == expected
    assert "--with-parents" in caught.value.hint
    assert dump(source) == before
    with pytest.raises(PlanError, match="5 rows of visit would refer"):
        preview(source, snapshot, mode, only=public("visit"))
    assert merge(source, snapshot, mode).committed


LOOSE = """
CREATE TABLE "Site" (id integer PRIMARY KEY);
CREATE TABLE "Page" (id integer PRIMARY KEY, "siteId" integer);
INSERT INTO "Site" VALUES (1), (2);
INSERT INTO "Page" VALUES (1, 1), (2, 2), (3, 2), (4, NULL), (5, 99);
"""
LOOSE_SCHEMA = """
datasource db {
  provider     = "postgresql"
  url          = env("DATABASE_URL")
  relationMode = "prisma"
}
model Site {
  id    Int    @id
  pages Page[]
}
model Page {
  id     Int   @id
  siteId Int?
  site   Site? @relation(fields: [siteId], references: [id])
  @@index([siteId])
}
"""


@pytest.fixture
def loose(empty_target: Target) -> Target:
    """Two tables whose relation only the schema knows; one row was an orphan already."""
    run(empty_target, LOOSE)
    return empty_target


@pytest.fixture
def loose_snapshot(loose: Target, store: Store, tmp_path: Path) -> Snapshot:
    """A snapshot of them."""
    path = tmp_path / "schema.prisma"
    path.write_text(LOOSE_SCHEMA, "utf-8")
    return backup(loose, store, schema=read_schema(path)).snapshot


def test_parents_by_a_relation_that_only_the_schema_knows_are_looked_up(
    loose: Target, loose_snapshot: Snapshot
) -> None:
    run(loose, 'DELETE FROM "Site"; DELETE FROM "Page"')
    with pytest.raises(
        PlanError, match=r"4 rows of Page would refer to rows of Site .*\(relation "
    ):
        merge(loose, loose_snapshot, INSERT, only=public("Page"))
    assert merge(loose, loose_snapshot, INSERT, only=public("Page", "Site")).committed


def test_orphans_that_the_source_had_come_back(loose: Target, loose_snapshot: Snapshot) -> None:
    run(loose, 'DELETE FROM "Page"; INSERT INTO "Page" VALUES (7, 77)')
    found = merge(loose, loose_snapshot, INSERT, only=public("Page"))
    assert found.committed
    assert [(item.rows, item.known) for item in found.report.orphans] == [(2, 2)]


@pytest.mark.parametrize("only", ["Page", "Site"])
def test_replace_of_a_part_says_which_rows_would_lack_parents(
    only: str, loose: Target, loose_snapshot: Snapshot
) -> None:
    run(loose, 'DELETE FROM "Site"; INSERT INTO "Site" VALUES (3)')
    run(loose, 'DELETE FROM "Page" WHERE id > 3; UPDATE "Page" SET "siteId" = 3')
    text = r"(3|4) rows of Page would refer to rows of Site .*\(relation "
    with pytest.raises(PlanError, match=text):
        restore(loose, loose_snapshot, replace=True, only=public(only))
    with pytest.raises(PlanError, match=text):
        plan(loose, loose_snapshot, replace=True, only=public(only))
    assert restore(loose, loose_snapshot, replace=True).committed


def test_replace_of_a_part_names_every_foreign_key_that_would_break(
    source: Target, snapshot: Snapshot, dump: Dump
) -> None:
    run(source, "INSERT INTO country VALUES ('fr', 'x'); UPDATE team SET home = 'fr'")
    run(source, "DELETE FROM visit; DELETE FROM country WHERE code = 'de'")
    before = dump(source)
    with pytest.raises(PlanError, match="5 rows of team would refer to rows of country"):
        restore(source, snapshot, replace=True, only=public("country"))
    with pytest.raises(PlanError, match="5 rows of visit would refer to rows of country"):
        restore(source, snapshot, replace=True, only=public("visit"))
    assert dump(source) == before
    assert restore(
        source, snapshot, replace=True, only=public("visit", "country", "team")
    ).committed
