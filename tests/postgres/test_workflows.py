"""Backup, check, restore, verify and drill, end to end, against a real server."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from snapkit.core.names import TableName
from snapkit.core.plan import OnError, RestoreMode
from snapkit.core.verdict import RowChange, Verdict
from snapkit.errors import DatabaseError, LockedError, ManifestError, PlanError, StorageError
from snapkit.pg.session import Session, connect
from snapkit.workflows.backup import backup, utc_now
from snapkit.workflows.check import check
from snapkit.workflows.drill import drill
from snapkit.workflows.quarantine import settle_in
from snapkit.workflows.restore import LOCK, RestoreResult, plan, restore
from snapkit.workflows.verify import verify
from tests.postgres.conftest import run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from snapkit.core.progress import Done, Work
    from snapkit.pg.target import Target
    from snapkit.store import Snapshot, Store
    from tests.postgres.conftest import Dump

ODD = TableName('odd "space"', "Ta'ble; DROP")


def public(name: str) -> TableName:
    return TableName("public", name)


def test_backup_names_every_table_with_its_rows(sample: Target, store: Store) -> None:
    manifest = backup(sample, store).snapshot.manifest
    rows = {str(entry.table): entry.rows for entry in manifest.data_tables}
    assert rows == {
        "category": 20,
        "country": 2,
        "empty": 0,
        "loose": 2,
        "note": 8,
        "nothing": 2,
        "player": 5,
        "team": 5,
        "visit_2024": 3,
        "visit_2025": 3,
        "visit_rest": 4,
        str(ODD): 3,
    }


def test_backup_in_several_processes_gives_the_same_digests(sample: Target, store: Store) -> None:
    one = backup(sample, store, jobs=1).snapshot.manifest
    two = backup(sample, store, jobs=2).snapshot.manifest
    assert [e.digest for e in one.tables] == [e.digest for e in two.tables]


def test_backup_records_orphans_of_the_source(sample: Target, store: Store) -> None:
    manifest = backup(sample, store).snapshot.manifest
    assert [(o.foreign_key.child.name, o.rows) for o in manifest.orphans] == [("loose", 1)]


def test_backup_refuses_a_role_that_sees_fewer_rows(sample: Target, store: Store) -> None:
    run(sample, "ALTER TABLE note ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
    with pytest.raises(DatabaseError, match="note: row security would hide rows"):
        backup(sample, store)
    assert store.ids() == ()


class Interrupting:
    """Ctrl-C at the first table."""

    def begin(self, what: str, work: Sequence[Work] = ()) -> None:
        """Let it begin."""

    def advance(self, table: TableName, done: Done) -> None:  # noqa: ARG002  # the protocol's name
        """Interrupt it."""
        if done.rows:
            raise KeyboardInterrupt

    def end(self, table: TableName) -> None:
        """Nothing."""


@pytest.mark.parametrize("jobs", [1, 2])
def test_backup_that_is_interrupted_leaves_nothing(sample: Target, store: Store, jobs: int) -> None:
    with pytest.raises(KeyboardInterrupt):
        backup(sample, store, jobs=jobs, progress=Interrupting())
    assert not store.root.exists()


def test_check_of_a_fresh_snapshot_matches(sample: Target, store: Store) -> None:
    report = check(backup(sample, store).snapshot)
    assert (report.verdict, report.files, report.unchecked) == (Verdict.MATCH, (), ())


def test_restore_into_an_empty_database_is_the_source_again(
    sample: Target, empty_target: Target, store: Store, dump: Dump
) -> None:
    result = restore(empty_target, backup(sample, store).snapshot)
    assert (result.committed, result.rows_restored) == (True, 57)
    assert dump(empty_target) == dump(sample)


def test_restore_over_itself_changes_nothing(sample: Target, store: Store, dump: Dump) -> None:
    before = dump(sample)
    snapshot = backup(sample, store).snapshot
    result = restore(sample, snapshot, replace=True)
    assert (result.plan.mode, result.committed) == (RestoreMode.REPLACE, True)
    assert dump(sample) == before


def test_restore_undoes_damage(sample: Target, store: Store, dump: Dump) -> None:
    before = dump(sample)
    snapshot = backup(sample, store).snapshot
    run(
        sample,
        "UPDATE category SET label = 'x' WHERE id = 3; DELETE FROM note;"
        " INSERT INTO country VALUES ('fr', 'France'); SELECT setval('alone', 5000)",
    )
    restore(sample, snapshot, replace=True)
    run(sample, "REFRESH MATERIALIZED VIEW label_count")
    assert dump(sample) == before


def test_restore_refuses_a_target_with_rows(sample: Target, store: Store, dump: Dump) -> None:
    before = dump(sample)
    snapshot = backup(sample, store).snapshot
    with pytest.raises(PlanError, match=r"not empty: 11 of its tables hold rows"):
        restore(sample, snapshot)
    assert dump(sample) == before


def test_restore_that_does_not_match_is_never_visible(
    sample: Target, empty_target: Target, store: Store, dump: Dump
) -> None:
    """A trigger changes rows while they are loaded: the row count is right, the data are not."""
    untouched = dump(empty_target)
    snapshot = backup(sample, store).snapshot
    run(sample, "DELETE FROM note")
    run(empty_target, "CREATE TABLE note (body text)")
    other = dump(empty_target)
    run(
        empty_target,
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql"
        " AS 'BEGIN NEW.body := 1; RETURN NEW; END';"
        "CREATE TRIGGER t BEFORE INSERT ON note FOR EACH ROW EXECUTE FUNCTION f();"
        "CREATE RULE quiet AS ON UPDATE TO note DO INSTEAD NOTHING",
    )
    assert untouched != other
    result = restore(empty_target, snapshot, only=[public("note")])
    assert result.committed  # user triggers are quiet during the load
    run(empty_target, "TRUNCATE note; ALTER TABLE note ALTER body TYPE varchar(3) USING ''")
    with pytest.raises(DatabaseError, match="value too long"):
        restore(empty_target, snapshot, only=[public("note")])
    run(empty_target, "ALTER TABLE note ALTER body TYPE char(30)")
    result = restore(empty_target, snapshot, only=[public("note")])
    assert (result.committed, result.report.verdict) == (False, Verdict.MISMATCH)
    with connect(empty_target) as session:
        assert session.scalar("SELECT count(*) FROM public.note") == 0


def test_restore_of_one_table_leaves_the_others_alone(sample: Target, store: Store) -> None:
    snapshot = backup(sample, store).snapshot
    run(sample, "DELETE FROM note; UPDATE category SET label = 'kept' WHERE id = 1")
    result = restore(sample, snapshot, replace=True, only=[public("note")])
    assert (result.committed, result.rows_restored) == (True, 8)
    with connect(sample) as session:
        assert session.scalar("SELECT label FROM public.category WHERE id = 1") == "kept"


def test_restore_is_rolled_back_whole_when_a_row_is_refused(
    sample: Target, store: Store, dump: Dump
) -> None:
    snapshot = backup(sample, store).snapshot
    run(sample, "UPDATE note SET body = 'short'; ALTER TABLE note ADD CHECK (length(body) < 6)")
    before = dump(sample)
    with pytest.raises(DatabaseError, match="note_body_check"):
        restore(sample, snapshot, replace=True)
    assert dump(sample) == before


def test_restore_refuses_a_role_that_owns_nothing(
    sample: Target, store: Store, reader: Target
) -> None:
    snapshot = backup(sample, store).snapshot
    with pytest.raises(PlanError, match="reasons not to start") as caught:
        plan(reader, snapshot, replace=True)
    assert any("does not own table category" in problem for problem in caught.value.problems)


def test_restore_refuses_a_second_one_at_the_same_time(
    sample: Target, empty_target: Target, store: Store
) -> None:
    snapshot = backup(sample, store).snapshot
    with connect(empty_target) as session:
        session.advisory_lock(LOCK)
        with pytest.raises(LockedError):
            restore(empty_target, snapshot)


def test_restore_finds_a_missing_part_before_it_touches_anything(
    sample: Target, store: Store, dump: Dump
) -> None:
    before = dump(sample)
    snapshot = backup(sample, store).snapshot
    (snapshot.path / snapshot.manifest.by_table[public("note")].parts[0].path).unlink()
    with pytest.raises(ManifestError, match="1 part is missing"):
        restore(sample, snapshot, replace=True)
    assert dump(sample) == before


def test_restore_with_a_damaged_part_is_rolled_back(
    sample: Target, store: Store, dump: Dump
) -> None:
    before = dump(sample)
    snapshot = backup(sample, store).snapshot
    path = snapshot.path / snapshot.manifest.by_table[public("note")].parts[0].path
    damaged = bytearray(path.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    path.write_bytes(damaged)
    with pytest.raises((ManifestError, DatabaseError)):
        restore(sample, snapshot, replace=True)
    assert dump(sample) == before


def test_verify_of_the_source_matches(sample: Target, store: Store) -> None:
    snapshot = backup(sample, store).snapshot
    report = verify(sample, snapshot)
    assert report.verdict is Verdict.MATCH
    assert [finding.rows for finding in report.orphans if finding.rows] == [1]


def test_verify_by_sql_agrees_with_the_copy_stream(sample: Target, store: Store) -> None:
    snapshot = backup(sample, store).snapshot
    by_copy, by_sql = (verify(sample, snapshot, by_sql=flag) for flag in (False, True))
    assert by_copy == by_sql


def test_verify_names_the_three_rows_that_differ(sample: Target, store: Store) -> None:
    snapshot = backup(sample, store).snapshot
    run(
        sample,
        "ALTER TABLE player DROP CONSTRAINT player_team_fkey;"
        "UPDATE category SET label = 'x' WHERE id = 3;"
        "DELETE FROM loose WHERE id = 2; INSERT INTO country VALUES ('fr', 'France')",
    )
    report = verify(sample, snapshot)
    named = [row for finding in report.mismatches for row in finding.named]
    assert [(row.table.name, row.change, row.key) for row in named] == [
        ("category", RowChange.CHANGED, (("id", "3"),)),
        ("country", RowChange.EXTRA, (("code", "fr"),)),
        ("loose", RowChange.MISSING, (("id", "2"),)),
    ]
    assert [(v.column, v.database) for v in named[0].values] == [("label", "x")]


@pytest.mark.parametrize("by_sql", [False, True])
def test_verify_names_the_rows_of_a_table_that_was_empty(
    sample: Target, store: Store, *, by_sql: bool
) -> None:
    snapshot = backup(sample, store).snapshot
    run(sample, "INSERT INTO empty VALUES (7, NULL)")
    report = verify(sample, snapshot, by_sql=by_sql)
    (finding,) = report.mismatches
    assert (finding.table, finding.observed_rows, finding.extra) == (public("empty"), 1, 1)
    assert [row.key for row in finding.named] == [(("id", "7"),)]


def test_verify_of_a_view_in_the_place_of_an_empty_table_is_no_match(
    sample: Target, store: Store
) -> None:
    snapshot = backup(sample, store).snapshot
    run(sample, "DROP TABLE empty; CREATE VIEW empty AS SELECT 1 AS id, ''::citext AS country")
    with pytest.raises(DatabaseError, match="cannot copy from view"):
        verify(sample, snapshot)


def test_verify_counts_duplicates_of_a_table_without_a_key(sample: Target, store: Store) -> None:
    snapshot = backup(sample, store).snapshot
    run(sample, "ALTER TABLE note DISABLE TRIGGER USER; INSERT INTO note VALUES ('twice')")
    (finding,) = verify(sample, snapshot).mismatches
    assert (finding.missing, finding.extra, finding.changed) == (0, 1, 0)
    assert finding.named[0].key == (("body", "twice"),)


def test_verify_finds_a_sequence_that_fell_behind(sample: Target, store: Store) -> None:
    snapshot = backup(sample, store).snapshot
    run(sample, "ALTER TABLE category ALTER id RESTART WITH 7")
    report = verify(sample, snapshot)
    behind = [item for item in report.sequences if item.verdict is Verdict.MISMATCH]
    assert [(item.next_value, item.greatest) for item in behind] == [(7, 20)]
    assert report.verdict is Verdict.MISMATCH


def test_verify_reports_a_lost_table_as_lost_rows(sample: Target, store: Store) -> None:
    snapshot = backup(sample, store).snapshot
    run(sample, "DROP TABLE note")
    (finding,) = verify(sample, snapshot).mismatches
    assert (finding.missing, finding.reason) == (8, "the database has no such table")


def test_verify_of_a_partitioned_table_takes_its_partitions(sample: Target, store: Store) -> None:
    snapshot = backup(sample, store).snapshot
    report = verify(sample, snapshot, only=[public("visit")])
    assert [finding.table.name for finding in report.findings] == [
        "visit_2024",
        "visit_2025",
        "visit_rest",
    ]
    assert [item.sequence.name for item in report.sequences] == ["visit_id_seq"]
    assert report.verdict is Verdict.MATCH


@pytest.mark.parametrize("jobs", [1, 3])
def test_jobs_of_a_restore_are_the_processes_that_build_an_index(
    sample: Target, empty_target: Target, store: Store, jobs: int
) -> None:
    setting = "current_setting('max_parallel_maintenance_workers')"
    run(sample, f"CREATE MATERIALIZED VIEW seen AS SELECT {setting} AS workers")
    snapshot = backup(sample, store).snapshot
    assert restore(empty_target, snapshot, jobs=jobs).committed
    with connect(empty_target) as session:  # the view was filled where indexes were built
        assert session.scalar("SELECT workers FROM public.seen") == str(jobs - 1)


def test_drill_restores_on_a_server_of_its_own(
    sample: Target, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    result = drill(backup(sample, store).snapshot)
    assert (result.restored.committed, result.report.verdict) == (True, Verdict.MATCH)
    assert not list(tmp_path.glob("snapkit-drill-*"))


class KilledError(BaseException):
    """The end of the process, as far as what it leaves on disk goes."""


def restore_with_quarantine(target: Target, snapshot: Snapshot, store: Store) -> RestoreResult:
    return restore(
        target,
        snapshot,
        replace=True,
        on_error=OnError.QUARANTINE,
        quarantine=lambda: store.quarantine(snapshot.id, utc_now()),
    )


def test_quarantine_sets_bad_rows_aside_and_loads_the_others(sample: Target, store: Store) -> None:
    snapshot = backup(sample, store).snapshot
    run(sample, "DELETE FROM note; ALTER TABLE note ADD CONSTRAINT short CHECK (length(body) < 8)")
    result = restore_with_quarantine(sample, snapshot, store)
    assert (result.committed, result.rows_restored, result.report.quarantined) == (True, 56, 1)
    assert result.quarantine is not None
    (row,) = map(json.loads, (result.quarantine / "rows.jsonl").read_text().splitlines())
    assert (row["name"], row["line"]) == ("note", "Đặng Thị Hồng")
    assert (row["sqlstate"], row["constraint"]) == ("23514", "short")


def test_quarantine_follows_orphans_from_parent_to_child(sample: Target, store: Store) -> None:
    snapshot = backup(sample, store).snapshot
    run(sample, "DELETE FROM team WHERE id = 5")
    run(sample, "ALTER TABLE player ADD CONSTRAINT few CHECK (team < 5)")
    result = restore_with_quarantine(sample, snapshot, store)
    aside = {finding.table.name: finding.quarantined for finding in result.report.findings}
    assert (result.committed, aside["player"], aside["team"]) == (True, 1, 1)


def test_quarantine_without_bad_rows_leaves_no_folder(sample: Target, store: Store) -> None:
    snapshot = backup(sample, store).snapshot
    result = restore_with_quarantine(sample, snapshot, store)
    assert (result.committed, result.quarantine) == (True, None)
    assert not (store.root / "quarantine").exists()


@pytest.mark.parametrize("is_committed", [False, True])
def test_quarantine_of_a_restore_killed_at_its_commit_is_settled_by_the_next_run(
    sample: Target, store: Store, monkeypatch: pytest.MonkeyPatch, *, is_committed: bool
) -> None:
    snapshot = backup(sample, store).snapshot
    run(sample, "DELETE FROM note; ALTER TABLE note ADD CONSTRAINT short CHECK (length(body) < 8)")
    commit = Session.commit

    def killed(session: Session) -> None:
        if is_committed:
            commit(session)
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(Session, "commit", killed)
        with pytest.raises(KilledError):
            restore_with_quarantine(sample, snapshot, store)
    ((path, by),) = store.pending()
    assert store.quarantines() == ()  # nothing is said before it is known
    settle_in(sample, store)
    assert store.pending() == []
    assert [folder.path for folder in store.quarantines()] == ([path] if is_committed else [])
    assert not path.with_name(f".{path.name}.partial").exists()
    assert by.database == sample.connect_arguments()["dbname"]


def test_quarantine_of_another_server_is_left_for_it(sample: Target, store: Store) -> None:
    hidden = store.root / "quarantine" / ".20251101_085916_20251101_090000_000000.partial"
    hidden.mkdir(parents=True)
    (hidden / "rows.jsonl").touch()
    for system in ("", "7"):
        by = {"system": system, "database": "sample", "transaction": "3"}
        (hidden / "restore.json").write_text(json.dumps(by))
        settle_in(sample, store)
        assert len(store.pending()) == 1


def test_what_is_committed_is_on_disk_where_the_server_would_write_it_later(
    sample: Target,
) -> None:
    shown = "SELECT current_setting('synchronous_commit')"
    with connect(sample) as session:
        session.execute("SET synchronous_commit = off")
        with session.transaction():
            assert session.scalar(shown) == "on"
        session.execute("SET synchronous_commit = remote_apply")
        with session.transaction():
            assert session.scalar(shown) == "remote_apply"


def test_drill_without_space_says_how_much_it_needs(
    sample: Target, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = backup(sample, store).snapshot
    usage = shutil.disk_usage(store.root)._replace(free=1500)
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    monkeypatch.setattr("snapkit.workflows.drill.SPACE_PER_BYTE", 1e6)
    with pytest.raises(StorageError, match=r"needs about \d+\.\d GB of .*; 1\.5 kB are free"):
        drill(snapshot)
