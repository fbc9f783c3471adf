"""Requeue: quarantined rows loaded once more, none lost and none twice, whatever happens."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from snapkit.core.names import TableName
from snapkit.core.plan import OnError
from snapkit.core.verdict import Verdict
from snapkit.errors import (
    LockedError,
    MismatchError,
    NoSnapshotError,
    PlanError,
    StorageError,
)
from snapkit.pg.session import Session, connect
from snapkit.store import QuarantineFolder
from snapkit.workflows.backup import backup, utc_now
from snapkit.workflows.requeue import requeue
from snapkit.workflows.restore import LOCK, restore
from snapkit.workflows.verify import verify
from tests.postgres.conftest import run, target_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapkit.pg.server import EmbeddedServer
    from snapkit.pg.target import Target
    from snapkit.store import Snapshot, Store
    from tests.postgres.conftest import Dump

SOURCE = """
CREATE TABLE country (code text PRIMARY KEY, name text NOT NULL);
INSERT INTO country VALUES ('vn', 'Việt Nam'), ('de', 'Deutschland');
-- A cycle of two, NOT NULL on both sides and not deferrable.
CREATE TABLE team (id integer PRIMARY KEY, captain integer NOT NULL, home text REFERENCES country);
CREATE TABLE player (id integer PRIMARY KEY,
    team integer NOT NULL REFERENCES team ON DELETE CASCADE);
ALTER TABLE team ADD CONSTRAINT "the captain" FOREIGN KEY (captain) REFERENCES player;
WITH a AS (INSERT INTO team SELECT i, i * 10, 'vn' FROM generate_series(1, 20) i),
     b AS (INSERT INTO player SELECT i * 10, i FROM generate_series(1, 20) i) SELECT 1;
-- Children before their parents, in an identity that takes no values, beside a generated column.
CREATE TABLE category (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, parent integer REFERENCES category,
    label text NOT NULL, loud text GENERATED ALWAYS AS (upper(label)) STORED
);
INSERT INTO category (parent, label)
SELECT CASE WHEN i < 20 THEN i + 1 END, 'label ' || i FROM generate_series(1, 20) i;
CREATE TABLE visit (id bigserial, at date NOT NULL, home text REFERENCES country,
    PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE visit_2024 PARTITION OF visit FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE visit_rest PARTITION OF visit DEFAULT;
INSERT INTO visit (at, home) SELECT DATE '2024-06-01' + i * 100, 'de' FROM generate_series(0, 9) i;
CREATE TABLE note (body text);
INSERT INTO note VALUES ('twice'), ('twice'), (E'tab\\t'), (NULL);
CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN NEW.body := NEW.body || '!'; RETURN NEW; END $$;
CREATE TRIGGER spoil BEFORE INSERT ON note FOR EACH ROW EXECUTE FUNCTION public.spoil();
ALTER TABLE note ENABLE ALWAYS TRIGGER spoil;
"""
NOTE = TableName("public", "note")
COUNTRY = TableName("public", "country")


@pytest.fixture
def shop(empty_target: Target) -> Target:
    run(empty_target, SOURCE)
    return empty_target


@pytest.fixture
def snapshot(shop: Target, store: Store) -> Snapshot:
    return backup(shop, store).snapshot


def quarantine(shop: Target, store: Store, snapshot: Snapshot, rule: str) -> QuarantineFolder:
    """Restore under a rule that some rows break."""
    run(shop, "TRUNCATE country, visit, category, note CASCADE; " + rule)
    result = restore(
        shop,
        snapshot,
        replace=True,
        on_error=OnError.QUARANTINE,
        quarantine=lambda: store.quarantine(snapshot.id, utc_now()),
    )
    assert result.quarantine is not None
    return QuarantineFolder(result.quarantine)


def values(target: Target, query: str) -> list[tuple[object, ...]]:
    with connect(target) as session:
        return session.rows(query.encode())


def names_in(store: Store) -> list[str]:
    return sorted(item.name for item in (store.root / "quarantine").iterdir())


NO_VN = "ALTER TABLE country ADD CONSTRAINT rule CHECK (code <> 'vn')"
NO_TWICE = "ALTER TABLE note ADD CONSTRAINT rule CHECK (body <> 'twice')"


def test_rows_go_in_once_their_reason_is_gone(
    shop: Target, store: Store, snapshot: Snapshot
) -> None:
    folder = quarantine(shop, store, snapshot, NO_TWICE)
    run(shop, "ALTER TABLE note DROP CONSTRAINT rule")
    result = requeue(shop, folder)
    assert (result.committed, result.loaded, result.left) == (True, 2, 0)
    assert verify(shop, snapshot).verdict is Verdict.MATCH  # by digests, the trigger kept quiet
    assert names_in(store) == [f"{folder.path.name}.requeued"]


def test_cycle_goes_in_with_the_parent_that_it_lacked(
    shop: Target, store: Store, snapshot: Snapshot
) -> None:
    folder = quarantine(shop, store, snapshot, NO_VN)
    run(shop, "ALTER TABLE country DROP CONSTRAINT rule")
    result = requeue(shop, folder)
    assert {(str(item.table), item.loaded) for item in result.tables} == {
        ("country", 1), ("team", 20), ("player", 20),
    }  # fmt: skip
    assert verify(shop, snapshot).verdict is Verdict.MATCH


def test_deferred_keys_are_looked_at_row_by_row(shop: Target, store: Store) -> None:
    run(
        shop,
        'ALTER TABLE team ALTER CONSTRAINT "the captain" DEFERRABLE INITIALLY DEFERRED;'
        "ALTER TABLE team ALTER CONSTRAINT team_home_fkey DEFERRABLE INITIALLY DEFERRED",
    )
    snapshot = backup(shop, store).snapshot
    folder = quarantine(shop, store, snapshot, NO_VN)
    run(shop, "ALTER TABLE country DROP CONSTRAINT rule; ALTER TABLE team ADD CHECK (id <> 7)")
    result = requeue(shop, folder)
    assert {(str(item.table), item.loaded, item.refused) for item in result.tables} == {
        ("country", 1, 0), ("team", 19, 1), ("player", 19, 1),
    }  # fmt: skip
    assert sorted((reason.sqlstate, str(reason.table)) for reason, _ in result.reasons) == [
        ("23503", "player"), ("23514", "team"),
    ]  # fmt: skip


def test_rows_that_refer_to_each_other_go_in_whatever_their_order(
    shop: Target, store: Store, snapshot: Snapshot
) -> None:
    rule = "ALTER TABLE category ADD CONSTRAINT rule CHECK (id < 15)"
    folder = quarantine(shop, store, snapshot, rule)
    run(shop, "ALTER TABLE category DROP CONSTRAINT rule; ALTER TABLE category ADD CHECK (id <> 9)")
    result = requeue(shop, folder)
    (table,) = result.tables
    assert (table.rows, table.loaded, table.refused) == (20, 11, 9)  # 9, and the 8 below it
    assert values(shop, "SELECT count(*), min(id) FROM public.category") == [(11, 10)]


def test_partitions_take_their_rows(shop: Target, store: Store, snapshot: Snapshot) -> None:
    rule = "ALTER TABLE country ADD CONSTRAINT rule CHECK (code <> 'de')"
    folder = quarantine(shop, store, snapshot, rule)
    run(shop, "ALTER TABLE country DROP CONSTRAINT rule")
    assert requeue(shop, folder).loaded == 11
    assert verify(shop, snapshot).verdict is Verdict.MATCH


def test_rows_refused_again_stay_with_their_new_reason(
    shop: Target, store: Store, snapshot: Snapshot
) -> None:
    folder = quarantine(shop, store, snapshot, NO_VN)
    run(
        shop,
        "ALTER TABLE country DROP CONSTRAINT rule;"
        "ALTER TABLE player ADD CONSTRAINT fresh CHECK (id > 100)",
    )
    result = requeue(shop, folder)
    assert (result.loaded, result.left) == (21, 20)
    assert result.successor is not None
    text = (result.successor / "rows.jsonl").read_text()
    rows = [json.loads(line) for line in text.splitlines()]
    assert {(row["name"], row["constraint"]) for row in rows} == {
        ("player", "fresh"), ("team", "the captain"),
    }  # fmt: skip
    assert store.open_quarantine("latest").path == result.successor
    run(shop, "ALTER TABLE player DROP CONSTRAINT fresh")
    assert requeue(shop, store.open_quarantine("latest")).left == 0
    assert verify(shop, snapshot).verdict is Verdict.MATCH


def test_nothing_is_written_where_nothing_changes(
    shop: Target, store: Store, snapshot: Snapshot, dump: Dump
) -> None:
    folder = quarantine(shop, store, snapshot, NO_TWICE)
    before, there = dump(shop), names_in(store)
    result = requeue(shop, folder)
    assert (result.committed, result.loaded, result.left) == (False, 0, 2)
    assert (dump(shop), names_in(store)) == (before, there)


def test_dry_run_says_what_would_go_in_and_touches_nothing(
    shop: Target, store: Store, snapshot: Snapshot, dump: Dump
) -> None:
    folder = quarantine(shop, store, snapshot, NO_TWICE)
    run(shop, "ALTER TABLE note DROP CONSTRAINT rule")
    before, there = dump(shop), names_in(store)
    result = requeue(shop, folder, dry_run=True)
    assert (result.committed, result.loaded, result.left) == (False, 2, 0)
    assert (dump(shop), names_in(store)) == (before, there)


def test_triggers_are_quiet_and_as_they_were_afterwards(
    shop: Target, store: Store, snapshot: Snapshot, dump: Dump
) -> None:
    before = dump(shop)
    folder = quarantine(shop, store, snapshot, NO_TWICE)
    run(shop, "ALTER TABLE note DROP CONSTRAINT rule")
    requeue(shop, folder)
    assert dump(shop) == before


def test_rows_that_are_there_already_are_said_to_be(
    shop: Target, store: Store, snapshot: Snapshot
) -> None:
    folder = quarantine(shop, store, snapshot, NO_VN)
    run(shop, "ALTER TABLE country DROP CONSTRAINT rule")
    run(shop, "INSERT INTO country VALUES ('vn', 'Việt Nam')")
    result = requeue(shop, folder)
    assert (result.loaded, result.present, result.left) == (40, 1, 0)


def test_row_whose_key_is_taken_by_another_stays(
    shop: Target, store: Store, snapshot: Snapshot
) -> None:
    folder = quarantine(shop, store, snapshot, NO_VN)
    run(shop, "ALTER TABLE country DROP CONSTRAINT rule")
    run(shop, "INSERT INTO country VALUES ('vn', 'Vietnam')")
    result = requeue(shop, folder)
    assert (result.loaded, result.present, result.left) == (40, 0, 1)
    assert [(reason.sqlstate, reason.constraint) for reason, _ in result.reasons] == [
        ("23505", "country_pkey")
    ]
    assert values(shop, "SELECT name FROM public.country WHERE code = 'vn'") == [("Vietnam",)]


def test_row_without_a_key_is_not_loaded_beside_its_equal_unasked(
    shop: Target, store: Store, snapshot: Snapshot
) -> None:
    folder = quarantine(shop, store, snapshot, NO_TWICE)
    run(shop, "ALTER TABLE note DROP CONSTRAINT rule; ALTER TABLE note DISABLE TRIGGER spoil")
    run(shop, "INSERT INTO note VALUES ('twice')")
    result = requeue(shop, folder)
    assert (result.loaded, result.left) == (0, 2)
    assert "an equal row is in the table already" in result.reasons[0][0].message
    assert requeue(shop, store.open_quarantine("latest"), equal_rows=True).loaded == 2
    assert values(shop, "SELECT count(*) FROM public.note WHERE body = 'twice'") == [(3,)]


def test_crash_after_the_commit_loads_nothing_twice(
    shop: Target, store: Store, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = NO_TWICE + "; " + NO_VN
    folder = quarantine(shop, store, snapshot, rule)
    run(shop, "ALTER TABLE note DROP CONSTRAINT rule")  # a table without a key
    with monkeypatch.context() as patch:
        patch.setattr(QuarantineFolder, "complete", _die)
        with pytest.raises(KeyboardInterrupt):
            requeue(shop, folder)
    again = requeue(shop, store.open_quarantine("latest"))
    assert (again.is_settled, again.committed, again.loaded, again.left) == (True, True, 2, 41)
    assert "an earlier run loaded these rows" in again.notes[0]
    assert values(shop, "SELECT count(*) FROM public.note") == [(4,)]
    assert again.successor == store.open_quarantine("latest").path
    assert names_in(store) == [f"{folder.path.name}.requeued", again.successor.name]
    record = json.loads((folder.path.with_name(names_in(store)[0]) / "requeued.json").read_text())
    assert [(item["name"], item["loaded"]) for item in record["tables"]] == [
        ("country", 0), ("note", 2), ("player", 0), ("team", 0),
    ]  # fmt: skip


def test_crash_while_the_folder_is_renamed_is_made_good(
    shop: Target, store: Store, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = quarantine(shop, store, snapshot, NO_TWICE + "; " + NO_VN)
    run(shop, "ALTER TABLE note DROP CONSTRAINT rule")
    rename = Path.rename

    def refuse(path: Path, target: Path) -> Path:
        if path == folder.path:
            raise OSError(5, "Input/output error")
        return rename(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", refuse)
        with pytest.raises(StorageError, match="the rows are in the database"):
            requeue(shop, folder)
    again = requeue(shop, store.open_quarantine(folder.path.name))
    assert (again.is_settled, again.loaded, again.left) == (True, 2, 41)
    assert again.successor is not None
    assert names_in(store) == [f"{folder.path.name}.requeued", again.successor.name]


def test_crash_before_the_commit_loses_nothing(
    shop: Target, store: Store, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = quarantine(shop, store, snapshot, NO_TWICE + "; " + NO_VN)
    run(shop, "ALTER TABLE note DROP CONSTRAINT rule")
    with monkeypatch.context() as patch:
        patch.setattr(Session, "commit", _die)
        with pytest.raises(KeyboardInterrupt):
            requeue(shop, folder)
    assert values(shop, "SELECT count(*) FROM public.note") == [(2,)]
    again = requeue(shop, store.open_quarantine("latest"))
    assert (again.is_settled, again.loaded, again.left) == (False, 2, 41)
    assert again.successor is not None
    assert names_in(store) == [f"{folder.path.name}.requeued", again.successor.name]


def test_rows_of_an_unfinished_run_are_not_loaded_into_another_database(
    shop: Target, store: Store, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = quarantine(shop, store, snapshot, NO_TWICE)
    run(shop, "ALTER TABLE note DROP CONSTRAINT rule")
    with monkeypatch.context() as patch:
        patch.setattr(QuarantineFolder, "complete", _die)
        with pytest.raises(KeyboardInterrupt):
            requeue(shop, folder)
    journal = folder.path / "requeue.json"
    journal.write_text(journal.read_text().replace('"system": "', '"system": "9'))
    with pytest.raises(PlanError, match="nobody knows whether the rows are in database"):
        requeue(shop, folder)


def test_requeued_folder_is_not_found_again(shop: Target, store: Store, snapshot: Snapshot) -> None:
    folder = quarantine(shop, store, snapshot, NO_TWICE)
    run(shop, "ALTER TABLE note DROP CONSTRAINT rule")
    requeue(shop, folder)
    for name in (folder.path.name, str(folder.path.with_name(folder.path.name + ".requeued"))):
        with pytest.raises(NoSnapshotError, match="was requeued already"):
            store.open_quarantine(name)


def test_full_disk_rolls_everything_back(
    shop: Target, store: Store, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch, dump: Dump
) -> None:
    folder = quarantine(shop, store, snapshot, NO_TWICE + "; " + NO_VN)
    run(shop, "ALTER TABLE note DROP CONSTRAINT rule")
    before, there = dump(shop), names_in(store)

    def full(_: object) -> None:
        raise StorageError("cannot use file: No space left on device", "here", "Free some space.")

    monkeypatch.setattr("snapkit.store._quarantine.QuarantineWriter.seal", full)
    with pytest.raises(StorageError, match="No space left"):
        requeue(shop, folder)
    assert (dump(shop), names_in(store), folder.journal()) == (before, there, None)


def test_only_the_tables_that_are_named_are_tried(
    shop: Target, store: Store, snapshot: Snapshot
) -> None:
    folder = quarantine(shop, store, snapshot, NO_TWICE + "; " + NO_VN)
    run(shop, "ALTER TABLE note DROP CONSTRAINT rule; DROP TABLE country CASCADE")
    with pytest.raises(PlanError, match="the target has no table country"):
        requeue(shop, folder)
    result = requeue(shop, folder, only=[NOTE])
    assert (result.loaded, result.left) == (2, 41)
    assert {(str(i.table), i.kept) for i in result.tables if i.kept} == {
        ("country", 1), ("player", 20), ("team", 20),
    }  # fmt: skip
    old = (folder.path.with_name(folder.path.name + ".requeued") / "rows.jsonl").read_bytes()
    assert result.successor is not None
    new = (result.successor / "rows.jsonl").read_bytes().splitlines()
    assert sorted(new) == sorted(row for row in old.splitlines() if b'"note"' not in row)


@pytest.fixture
def clerk(server: EmbeddedServer, shop: Target) -> Iterator[Target]:
    """A role that owns nothing and may read and insert rows, and read sequences."""
    name = f"clerk_{secrets.token_hex(4)}"
    server.create_role(name)
    database = dict(shop.keywords)["dbname"]
    run(
        shop,
        f'GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA public TO "{name}";'
        f'GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO "{name}"',
    )
    yield target_of(server.conninfo(database, name))
    run(target_of(server.conninfo(database)), f'DROP OWNED BY "{name}"; DROP ROLE "{name}"')


def test_insert_and_select_are_enough(
    clerk: Target, shop: Target, store: Store, snapshot: Snapshot
) -> None:
    folder = quarantine(shop, store, snapshot, NO_VN)
    run(shop, "ALTER TABLE country DROP CONSTRAINT rule")
    assert requeue(clerk, folder).left == 0
    assert verify(shop, snapshot).verdict is Verdict.MATCH


def test_trigger_that_changes_rows_is_found_by_reading_back(
    clerk: Target, shop: Target, store: Store, snapshot: Snapshot, dump: Dump
) -> None:
    folder = quarantine(shop, store, snapshot, NO_TWICE)
    run(shop, "ALTER TABLE note DROP CONSTRAINT rule")
    before, there = dump(shop), names_in(store)
    with pytest.raises(MismatchError, match="does not hold what it held before"):
        requeue(clerk, folder)
    assert (dump(shop), names_in(store)) == (before, there)


def test_missing_right_is_named_before_anything_is_tried(
    clerk: Target, shop: Target, store: Store, snapshot: Snapshot
) -> None:
    folder = quarantine(shop, store, snapshot, NO_TWICE)
    role = dict(clerk.keywords)["user"]
    run(shop, f'REVOKE INSERT ON note FROM "{role}"')
    with pytest.raises(PlanError, match="lacks INSERT on table note"):
        requeue(clerk, folder)


def test_others_may_go_on_writing(shop: Target, store: Store, snapshot: Snapshot) -> None:
    folder = quarantine(shop, store, snapshot, NO_VN)
    run(shop, "ALTER TABLE country DROP CONSTRAINT rule")
    with psycopg.connect(**shop.connect_arguments()) as other:  # type: ignore[arg-type]
        other.execute("INSERT INTO country VALUES ('fr', 'France')")
        assert requeue(shop, folder).left == 0
        other.commit()
    assert values(shop, "SELECT count(*) FROM public.country") == [(3,)]


def test_sequence_is_moved_beyond_what_went_in(
    shop: Target, store: Store, snapshot: Snapshot
) -> None:
    rule = "ALTER TABLE category ADD CONSTRAINT rule CHECK (id < 20)"
    folder = quarantine(shop, store, snapshot, rule)
    run(shop, "ALTER TABLE category DROP CONSTRAINT rule; ALTER SEQUENCE category_id_seq RESTART")
    result = requeue(shop, folder)
    assert result.notes == ("sequence category_id_seq was moved on to 21",)
    run(shop, "INSERT INTO category (label) VALUES ('new')")


def test_one_run_at_a_time(shop: Target, store: Store, snapshot: Snapshot) -> None:
    folder = quarantine(shop, store, snapshot, NO_TWICE)
    with connect(shop) as other:
        other.advisory_lock(LOCK)
        with pytest.raises(LockedError):
            requeue(shop, folder)


def test_edited_row_goes_in_as_it_was_edited(
    shop: Target, store: Store, snapshot: Snapshot
) -> None:
    folder = quarantine(shop, store, snapshot, NO_TWICE)
    place = folder.path / "rows.jsonl"
    place.write_text(place.read_text().replace('"line":"twice"', '"line":"once"', 1))
    result = requeue(shop, folder)
    assert (result.loaded, result.left) == (1, 1)
    assert values(shop, "SELECT count(*) FROM public.note WHERE body = 'once'") == [(1,)]


def test_edited_row_that_lacks_a_value_is_refused_alone(
    shop: Target, store: Store, snapshot: Snapshot
) -> None:
    folder = quarantine(shop, store, snapshot, NO_VN)
    place = folder.path / "rows.jsonl"
    place.write_text(place.read_text().replace("vn\\tViệt Nam", "vn", 1))
    run(shop, "ALTER TABLE country DROP CONSTRAINT rule")
    result = requeue(shop, folder, only=[COUNTRY])
    assert (result.loaded, result.reasons[0][0].sqlstate) == (0, "22P04")


def _die(*_: object) -> None:
    raise KeyboardInterrupt
