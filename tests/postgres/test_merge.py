"""Merges: rows of a snapshot put into tables of a live database that keep their own."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING

import pytest

from snapkit.core.merge import MergeMode
from snapkit.core.verdict import Verdict
from snapkit.demo import build
from snapkit.errors import DatabaseError, LockedError, MismatchError, PlanError
from snapkit.pg.locks import awaiting, lock_tables
from snapkit.pg.session import connect
from snapkit.workflows import merge as workflow
from snapkit.workflows.backup import backup
from snapkit.workflows.merge import merge, preview
from snapkit.workflows.restore import LOCK
from tests.postgres.conftest import role_with, run, target_of
from tests.postgres.merging import DAMAGE, OWN, SOURCE, counts_of, public, value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from snapkit.core.merge_plan import MergePlan
    from snapkit.core.names import TableName
    from snapkit.core.progress import Done, Work
    from snapkit.pg.server import EmbeddedServer
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


@pytest.fixture
def clerk(server: EmbeddedServer, source: Target) -> Iterator[Target]:
    """The same, as a role that may read, insert and update, and owns nothing."""
    with role_with(
        server,
        source,
        "SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public",
        "SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public",
    ) as target:
        yield target


@pytest.mark.parametrize("fixture", ["source", "clerk"], ids=["owner", "SELECT, INSERT, UPDATE"])
def test_upsert_makes_a_damaged_database_as_it_was(
    fixture: str, source: Target, snapshot: Snapshot, dump: Dump, request: pytest.FixtureRequest
) -> None:
    target: Target = request.getfixturevalue(fixture)
    before = dump(source)
    run(source, DAMAGE)
    assert dump(source) != before
    found = merge(target, snapshot, UPSERT)
    assert (found.committed, found.report.verdict) == (True, Verdict.MATCH)
    assert counts_of(found.counts) == {
        "category": (1, 1, 3, 0),
        "country": (0, 0, 2, 0),
        "odd": (1, 1, 1, 0),
        "player": (1, 0, 4, 0),
        "team": (1, 1, 3, 0),
        "visit_2024": (1, 0, 2, 0),
        "visit_rest": (1, 0, 1, 0),
    }
    assert found.rows_restored == snapshot.manifest.rows
    assert dump(source) == before


@pytest.mark.parametrize("fixture", ["source", "clerk"], ids=["owner", "SELECT, INSERT, UPDATE"])
def test_insert_missing_leaves_what_is_there(
    fixture: str, source: Target, snapshot: Snapshot, dump: Dump, request: pytest.FixtureRequest
) -> None:
    target: Target = request.getfixturevalue(fixture)
    run(source, DAMAGE)
    run(source, OWN)
    before = dump(source)
    found = merge(target, snapshot, INSERT)
    assert found.committed
    differing = {str(item.table): item.differing for item in found.counts if item.differing}
    assert differing == {"category": 1, "odd": 1, "team": 1}
    assert found.rows_restored == snapshot.manifest.rows - 3
    assert {(str(row.table), row.values[0].database) for row in found.named} == {
        ("category", None),
        ("odd", '{"k":  1}'),
        ("team", None),
    }
    lost = set(before) - set(dump(source))
    assert not [line for line in lost if line.startswith("INSERT")]


def test_upsert_keeps_rows_that_the_snapshot_does_not_have(
    source: Target, snapshot: Snapshot
) -> None:
    run(source, OWN)
    assert merge(source, snapshot, UPSERT).committed
    assert value(source, "SELECT count(*) FROM public.odd WHERE b = 'own'") == 1
    assert value(source, "SELECT count(*) FROM public.empty") == 1
    assert value(source, "SELECT count(*) FROM public.visit WHERE id = 100") == 1


def test_preview_counts_and_touches_nothing(source: Target, snapshot: Snapshot, dump: Dump) -> None:
    run(source, DAMAGE)
    before = dump(source)
    seen = preview(source, snapshot, UPSERT)
    assert dump(source) == before
    assert seen.counts == merge(source, snapshot, UPSERT).counts
    assert [str(row) for row in seen.named if row.table.name == "team"] == [
        "team (id='3') changed: home: 'vn' -> NULL"
    ]


def test_merge_of_an_unchanged_database_keeps_every_row(source: Target, snapshot: Snapshot) -> None:
    found = merge(source, snapshot, UPSERT)
    assert sum(item.kept for item in found.counts) == snapshot.manifest.rows


def test_settings_that_were_wiped_come_back_and_nothing_else(
    make_database: Callable[[], str], store: Store, dump: Dump
) -> None:
    shop = target_of(make_database())
    with connect(shop) as session:
        build(session)
    snapshot = backup(shop, store).snapshot
    before = dump(shop)
    run(shop, "TRUNCATE website_setting RESTART IDENTITY")
    found = merge(shop, snapshot, INSERT, only=public("website_setting"))
    assert found.committed
    assert counts_of(found.counts) == {"website_setting": (57, 0, 0, 0)}
    assert len(found.plan.untouched) == len(snapshot.manifest.data_tables) - 1
    assert dump(shop) == before


TAGS = """
CREATE TABLE tag (name public.citext PRIMARY KEY, note text);
CREATE TABLE use (
    id integer PRIMARY KEY, tag public.citext REFERENCES tag ON UPDATE CASCADE
);
INSERT INTO tag VALUES ('Red', 'a'), ('Blue', 'b');
INSERT INTO use VALUES (1, 'RED'), (2, 'blue');
"""


@pytest.fixture
def tags(server: EmbeddedServer, empty_target: Target) -> Target:
    """Tables whose keys are the same in any case."""
    admin = target_of(server.conninfo(dict(empty_target.keywords)["dbname"]))
    run(admin, "CREATE EXTENSION citext")
    run(empty_target, TAGS)
    return empty_target


def test_citext_keys_are_told_apart_as_their_index_does(tags: Target, store: Store) -> None:
    snapshot = backup(tags, store).snapshot
    run(tags, "DELETE FROM use; DELETE FROM tag WHERE name = 'blue'; UPDATE tag SET name = 'rED'")
    found = merge(tags, snapshot, INSERT)
    assert counts_of(found.counts) == {"tag": (1, 0, 0, 1), "use": (2, 0, 0, 0)}
    run(tags, "DELETE FROM use")
    found = merge(tags, snapshot, UPSERT)
    assert counts_of(found.counts) == {"tag": (0, 1, 1, 0), "use": (2, 0, 0, 0)}
    assert value(tags, "SELECT name::text FROM public.tag WHERE note = 'a'") == "Red"


def test_rows_that_would_change_with_their_parents_stop_an_upsert(
    tags: Target, store: Store, dump: Dump
) -> None:
    snapshot = backup(tags, store).snapshot
    run(tags, "UPDATE tag SET name = 'rED' WHERE note = 'a'")
    before = dump(tags)
    with pytest.raises(PlanError) as caught:
        merge(tags, snapshot, UPSERT, only=public("tag"))
    assert caught.value.what.endswith(
        "1 row of tag would get other values in (name), to which rows of use refer: those would "
        "change with them (foreign key use_tag_fkey, ON UPDATE CASCADE)"
    )
    assert dump(tags) == before


def test_table_without_a_key_is_refused_and_named(empty_target: Target, store: Store) -> None:
    run(empty_target, "CREATE TABLE note (body text); INSERT INTO note VALUES ('a')")
    snapshot = backup(empty_target, store).snapshot
    with pytest.raises(PlanError, match="table note has no key: its rows cannot be told apart"):
        merge(empty_target, snapshot, INSERT)


def test_merge_into_an_empty_database_is_refused(snapshot: Snapshot, empty_target: Target) -> None:
    with pytest.raises(PlanError, match="a merge needs a database that has its tables"):
        merge(empty_target, snapshot, INSERT)


def test_identity_that_no_update_can_set_stops_an_upsert(
    empty_target: Target, store: Store
) -> None:
    run(
        empty_target,
        "CREATE TABLE t (code text PRIMARY KEY, n integer GENERATED ALWAYS AS IDENTITY);"
        "INSERT INTO t VALUES ('a'), ('b')",
    )
    snapshot = backup(empty_target, store).snapshot
    run(empty_target, "DELETE FROM t WHERE code = 'a'; INSERT INTO t VALUES ('a')")
    with pytest.raises(PlanError, match=r"1 row of t would get other values in \(n\)"):
        merge(empty_target, snapshot, UPSERT)
    assert merge(empty_target, snapshot, INSERT).committed


def test_columns_of_another_type_stop_a_merge_and_name_a_row(
    source: Target, snapshot: Snapshot
) -> None:
    run(source, "ALTER TABLE country ALTER name TYPE varchar(3) USING left(name, 3)")
    with pytest.raises(DatabaseError, match="too long"):
        merge(source, snapshot, INSERT)
    run(source, "ALTER TABLE country ALTER name TYPE char(40)")
    with pytest.raises(MismatchError, match=r"rows of country do not read back .* changed: name: "):
        merge(source, snapshot, INSERT)


@pytest.mark.parametrize(
    "another",
    [
        "CREATE UNIQUE INDEX one ON odd (b)",
        "ALTER TABLE odd ADD UNIQUE (b) DEFERRABLE INITIALLY DEFERRED",
    ],
    ids=["at once", "late"],
)
def test_row_that_collides_by_another_key_rolls_everything_back(
    another: str, source: Target, snapshot: Snapshot, dump: Dump
) -> None:
    run(source, DAMAGE)
    run(source, f"DELETE FROM odd; {another}")
    before = dump(source)
    with pytest.raises(DatabaseError, match="duplicate key") as caught:
        merge(source, snapshot, UPSERT)
    assert "--mode replace" in caught.value.hint
    assert dump(source) == before


TRIGGER = """
CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN NEW.name := 'spoilt'; RETURN NEW; END $$;
CREATE TRIGGER spoil BEFORE INSERT OR UPDATE ON country FOR EACH ROW EXECUTE FUNCTION spoil();
"""


def test_triggers_are_quiet_for_owners_and_as_before_afterwards(
    source: Target, snapshot: Snapshot, dump: Dump
) -> None:
    run(source, TRIGGER)
    before = dump(source)
    run(source, "DELETE FROM visit; DELETE FROM country WHERE code = 'de'")
    assert merge(source, snapshot, INSERT).committed
    assert dump(source) == before


def test_trigger_that_spoils_rows_is_found_and_rolled_back(
    clerk: Target, source: Target, snapshot: Snapshot, dump: Dump
) -> None:
    run(source, TRIGGER)
    run(source, "DELETE FROM visit; DELETE FROM country WHERE code = 'de'")
    before = dump(source)
    found = merge(clerk, snapshot, INSERT)
    assert (found.committed, found.rows_restored) == (False, 0)
    assert [str(item.table) for item in found.report.mismatches] == ["country"]
    assert any("trigger spoil of country fires" in note for note in found.plan.notes)
    assert dump(source) == before


def test_trigger_that_drops_rows_is_found(
    clerk: Target, source: Target, snapshot: Snapshot
) -> None:
    run(source, TRIGGER.replace("RETURN NEW", "RETURN NULL"))
    run(source, "DELETE FROM visit; DELETE FROM country WHERE code = 'de'")
    found = merge(clerk, snapshot, INSERT, only=public("country"))
    assert not found.committed
    assert "rows instead of" in found.report.mismatches[0].reason


@pytest.mark.parametrize("right", ["SELECT", "INSERT", "UPDATE"])
def test_role_without_a_right_is_refused(
    right: str, clerk: Target, source: Target, snapshot: Snapshot
) -> None:
    run(source, f'REVOKE {right} ON odd FROM "{dict(clerk.keywords)["user"]}"')
    with pytest.raises(PlanError, match=f"lacks {right} on table odd"):
        preview(clerk, snapshot, UPSERT)


def test_role_that_may_only_insert_inserts(
    clerk: Target, source: Target, snapshot: Snapshot, dump: Dump
) -> None:
    before = dump(source)
    run(source, "DELETE FROM odd WHERE a = 2")
    run(source, f'REVOKE UPDATE ON odd FROM "{dict(clerk.keywords)["user"]}"')
    found = merge(clerk, snapshot, INSERT, only=public("odd"))
    assert found.committed
    assert any("odd cannot be locked against writers" in note for note in found.plan.notes)
    after = [line for line in dump(source) if not line.startswith(("GRANT", "REVOKE"))]
    assert after == [line for line in before if not line.startswith(("GRANT", "REVOKE"))]


def test_parent_that_the_role_cannot_read_is_named(
    clerk: Target, source: Target, snapshot: Snapshot
) -> None:
    run(source, f'REVOKE SELECT ON country FROM "{dict(clerk.keywords)["user"]}"')
    with pytest.raises(PlanError, match="lacks SELECT on table country, where foreign key"):
        merge(clerk, snapshot, INSERT, only=public("visit"))


def test_row_security_that_hides_rows_is_refused(
    clerk: Target, source: Target, snapshot: Snapshot
) -> None:
    run(source, "ALTER TABLE odd ENABLE ROW LEVEL SECURITY")
    with pytest.raises(PlanError, match="row security would hide rows of table odd"):
        merge(clerk, snapshot, INSERT)


@pytest.mark.parametrize("fixture", ["source", "clerk"], ids=["owner", "UPDATE on the sequence"])
def test_sequence_moves_forward_and_never_back(
    fixture: str, source: Target, snapshot: Snapshot, request: pytest.FixtureRequest
) -> None:
    target: Target = request.getfixturevalue(fixture)
    run(source, "DELETE FROM visit; ALTER SEQUENCE visit_id_seq RESTART")
    assert merge(target, snapshot, INSERT, only=public("visit")).committed
    assert value(source, "SELECT nextval('public.visit_id_seq')") == 6
    run(source, "SELECT setval('visit_id_seq', 500)")
    assert merge(target, snapshot, UPSERT, only=public("visit")).committed
    assert value(source, "SELECT nextval('public.visit_id_seq')") == 501


def test_sequence_that_the_role_may_not_move_rolls_the_merge_back(
    clerk: Target, source: Target, snapshot: Snapshot
) -> None:
    run(source, f'REVOKE UPDATE ON SEQUENCE visit_id_seq FROM "{dict(clerk.keywords)["user"]}"')
    run(source, "DELETE FROM visit; ALTER SEQUENCE visit_id_seq RESTART")
    found = merge(clerk, snapshot, INSERT, only=public("visit"))
    assert (found.committed, found.report.verdict) == (False, Verdict.MISMATCH)
    assert any("lacks UPDATE on it" in note for note in found.plan.notes)
    assert value(source, "SELECT count(*) FROM public.visit") == 0


def test_other_restore_is_waited_for_by_nobody(source: Target, snapshot: Snapshot) -> None:
    with connect(source) as other:
        other.advisory_lock(LOCK)
        with pytest.raises(LockedError, match="another run holds the lock"):
            merge(source, snapshot, INSERT)


def test_writer_in_the_way_is_named(
    source: Target, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workflow, "lock_tables", partial(lock_tables, wait_seconds=1))
    with connect(source, application_name="shop till") as other:
        other.begin()
        other.execute("UPDATE public.country SET name = 'x'")
        with pytest.raises(LockedError, match=r"\(shop till\) of role app with RowExclusiveLock"):
            merge(source, snapshot, UPSERT)
        other.rollback()


def test_holder_of_a_row_that_is_needed_is_named(
    source: Target, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workflow, "awaiting", partial(awaiting, wait_seconds=1))
    run(source, "DELETE FROM visit")
    with connect(source, application_name="shop till") as other:
        other.begin()
        other.execute("SELECT FROM public.country FOR UPDATE")
        with pytest.raises(LockedError, match=r"\(shop till\) of role app with RowShareLock"):
            merge(source, snapshot, INSERT, only=public("visit"))
        other.rollback()


def test_concurrent_writer_waits_for_the_end(source: Target, snapshot: Snapshot) -> None:
    run(source, DAMAGE)
    writer = threading.Thread(target=run, args=(source, "INSERT INTO odd VALUES (7, 'late')"))

    class Starting:
        """Starts the writer when the rows are read back."""

        def begin(self, what: str, work: Sequence[Work] = ()) -> None:  # noqa: ARG002 -- the protocol's name
            if what.startswith("reading back"):
                writer.start()
                writer.join(0.3)
                assert writer.is_alive(), "the writer should wait"

        def advance(self, table: TableName, done: Done) -> None:
            """Nothing."""

        def end(self, table: TableName) -> None:
            """Nothing."""

    found = merge(source, snapshot, UPSERT, progress=Starting())
    writer.join()
    assert found.committed
    assert value(source, "SELECT count(*) FROM public.odd") == 4


def test_announcement_ends_a_merge_before_anything_is_touched(
    source: Target, snapshot: Snapshot, dump: Dump
) -> None:
    run(source, DAMAGE)
    before = dump(source)

    def refuse(plan: MergePlan) -> None:
        raise RuntimeError(str(plan.rows))

    with pytest.raises(RuntimeError, match=str(snapshot.manifest.rows)):
        merge(source, snapshot, UPSERT, announce=refuse)
    assert dump(source) == before


@pytest.mark.parametrize("mode", MergeMode)
def test_table_as_wide_as_tables_can_be_is_merged(
    mode: MergeMode, empty_target: Target, store: Store, dump: Dump
) -> None:
    columns = ", ".join(f"c{place} integer" for place in range(1599))
    run(empty_target, f"CREATE TABLE wide (id integer PRIMARY KEY, {columns})")
    run(
        empty_target, "INSERT INTO wide (id, c0, c1598) SELECT i, i, i FROM generate_series(1, 3) i"
    )
    snapshot = backup(empty_target, store).snapshot
    before = dump(empty_target)
    run(empty_target, "DELETE FROM wide WHERE id = 1; UPDATE wide SET c1598 = 0 WHERE id = 2")
    found = merge(empty_target, snapshot, mode)
    is_upsert = mode is UPSERT
    assert found.report.verdict is Verdict.MATCH
    assert counts_of(found.counts) == {"wide": (1, 1, 1, 0) if is_upsert else (1, 0, 1, 1)}
    assert (dump(empty_target) == before) is is_upsert
