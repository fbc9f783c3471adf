"""The ladder: rows replaced by owners, by owners without REFERENCES, and by roles with grants."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from snapkit.core.names import TableName
from snapkit.core.plan import OnError
from snapkit.core.rungs import Rung
from snapkit.core.verdict import Verdict
from snapkit.errors import DatabaseError, PlanError
from snapkit.pg.session import connect
from snapkit.workflows.backup import backup, utc_now
from snapkit.workflows.restore import plan, restore
from tests.postgres.conftest import role_of, role_with, run, target_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapkit.core.plan import RestorePlan
    from snapkit.pg.server import EmbeddedServer
    from snapkit.pg.target import Target
    from snapkit.store import Store
    from tests.postgres.conftest import Dump

SOURCE = """
CREATE TABLE country (code text PRIMARY KEY, name text NOT NULL);
INSERT INTO country VALUES ('vn', 'Việt Nam'), ('de', 'Deutschland');
-- A cycle of two, NOT NULL on both sides and not deferrable.
CREATE TABLE team (id integer PRIMARY KEY, captain integer NOT NULL, home text REFERENCES country);
CREATE TABLE player (id integer PRIMARY KEY, team integer NOT NULL REFERENCES team);
ALTER TABLE team ADD CONSTRAINT "the captain" FOREIGN KEY (captain) REFERENCES player;
COMMENT ON CONSTRAINT "the captain" ON team IS 'wears the "band"';
WITH a AS (INSERT INTO team SELECT i, i * 10, 'vn' FROM generate_series(1, 20) i),
     b AS (INSERT INTO player SELECT i * 10, i FROM generate_series(1, 20) i) SELECT 1;
-- A cycle of three, one link deferrable, one RESTRICT.
CREATE TABLE rock (id integer PRIMARY KEY, beats integer NOT NULL);
CREATE TABLE paper (id integer PRIMARY KEY, beats integer NOT NULL REFERENCES rock);
CREATE TABLE scissors (id integer PRIMARY KEY, beats integer NOT NULL);
ALTER TABLE scissors ADD FOREIGN KEY (beats) REFERENCES paper ON DELETE RESTRICT;
ALTER TABLE rock ADD FOREIGN KEY (beats) REFERENCES scissors DEFERRABLE INITIALLY IMMEDIATE;
WITH a AS (INSERT INTO rock SELECT i, i FROM generate_series(1, 9) i),
     b AS (INSERT INTO paper SELECT i, 10 - i FROM generate_series(1, 9) i),
     c AS (INSERT INTO scissors SELECT i, i FROM generate_series(1, 9) i) SELECT 1;
-- Children before their parents, in an identity that takes no values, beside a generated column.
CREATE TABLE category (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, parent integer REFERENCES category,
    label text NOT NULL, loud text GENERATED ALWAYS AS (upper(label)) STORED
);
INSERT INTO category (parent, label)
SELECT CASE WHEN i < 20 THEN i + 1 END, 'label ' || i FROM generate_series(1, 20) i;
CREATE TABLE visit (
    id bigserial, at date NOT NULL, home text REFERENCES country, PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
CREATE TABLE visit_2024 PARTITION OF visit FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE visit_rest PARTITION OF visit DEFAULT;
INSERT INTO visit (at, home) SELECT DATE '2024-06-01' + i * 100, 'de' FROM generate_series(0, 9) i;
CREATE TABLE note (body text);
INSERT INTO note VALUES ('twice'), ('twice'), (NULL);
CREATE TABLE empty (id integer PRIMARY KEY, home text REFERENCES country);
"""
DAMAGE = """
DELETE FROM visit_2024 WHERE id = 1;
UPDATE category SET label = 'damaged', parent = NULL WHERE id = 5;
UPDATE team SET home = NULL WHERE id = 3;
INSERT INTO country VALUES ('xx', 'nowhere');
INSERT INTO empty VALUES (1, 'xx');
DELETE FROM note;
"""
TABLES = (
    "country, team, player, rock, paper, scissors, category, visit, visit_2024, visit_rest, note, "
    "empty"
)


@pytest.fixture
def source(make_database: object) -> Target:
    """The database, as its owner."""
    target = target_of(make_database())  # type: ignore[operator]
    run(target, SOURCE)
    return target


@pytest.fixture
def clerk(server: EmbeddedServer, source: Target) -> Iterator[Target]:
    """The same, as a role that may read, insert and delete, and owns nothing."""
    with role_with(
        server,
        source,
        f"SELECT, INSERT, DELETE ON {TABLES}",
        "SELECT ON ALL SEQUENCES IN SCHEMA public",
    ) as target:
        yield target


@pytest.fixture
def heir(source: Target) -> Target:
    """The same, as an owner who may not refer to any table: REFERENCES is revoked."""
    run(source, f"REVOKE REFERENCES ON {TABLES} FROM app")
    return source


def position(target: Target, sequence: str) -> tuple[int, bool]:
    with connect(target) as session:
        ((value, is_called),) = session.rows(
            f"SELECT last_value, is_called FROM public.{sequence}".encode()
        )
    return value, is_called


@pytest.mark.parametrize(
    ("fixture", "rung"),
    [("source", Rung.OWNER), ("heir", Rung.DEFER), ("clerk", Rung.GRANTS)],
    ids=["owner", "owner without REFERENCES", "SELECT, INSERT and DELETE"],
)
def test_damaged_database_becomes_as_it_was(
    fixture: str, rung: Rung, store: Store, dump: Dump, request: pytest.FixtureRequest
) -> None:
    target: Target = request.getfixturevalue(fixture)
    source: Target = request.getfixturevalue("source")
    before = dump(source)
    snapshot = backup(source, store).snapshot
    run(source, DAMAGE)
    assert dump(source) != before
    found = restore(target, snapshot, replace=True)
    assert (found.committed, found.plan.rung) == (True, rung)
    assert found.rows_restored == snapshot.manifest.rows
    assert dump(source) == before


@pytest.mark.parametrize("fixture", ["source", "heir", "clerk"])
def test_row_that_is_refused_rolls_everything_back(
    fixture: str, source: Target, store: Store, dump: Dump, request: pytest.FixtureRequest
) -> None:
    target: Target = request.getfixturevalue(fixture)
    snapshot = backup(source, store).snapshot
    run(source, "DELETE FROM note; ALTER TABLE note ADD CONSTRAINT n CHECK (body <> 'twice')")
    before = dump(source)
    with pytest.raises(DatabaseError, match="table note"):
        restore(target, snapshot, replace=True)
    assert dump(source) == before


@pytest.mark.parametrize("fixture", ["source", "heir"])
def test_bad_rows_are_quarantined_with_what_refers_to_them(
    fixture: str, source: Target, store: Store, request: pytest.FixtureRequest
) -> None:
    target: Target = request.getfixturevalue(fixture)
    snapshot = backup(source, store).snapshot
    run(source, "TRUNCATE country CASCADE; ALTER TABLE country ADD CHECK (code <> 'vn')")
    found = restore(
        target,
        snapshot,
        replace=True,
        on_error=OnError.QUARANTINE,
        quarantine=lambda: store.quarantine(snapshot.id, utc_now()),
    )
    assert found.committed
    aside = {
        str(item.table): item.quarantined for item in found.report.findings if item.quarantined
    }
    assert aside == {"country": 1, "team": 20, "player": 20}
    assert found.rows_restored + found.report.quarantined == snapshot.manifest.rows


def test_clerk_quarantines_rows_and_their_children(
    clerk: Target, source: Target, store: Store
) -> None:
    snapshot = backup(source, store).snapshot
    run(source, "TRUNCATE country CASCADE; ALTER TABLE country ADD CHECK (code <> 'de')")
    only = [TableName("public", name) for name in ("country", "visit")]
    found = restore(
        clerk,
        snapshot,
        replace=True,
        only=only,
        on_error=OnError.QUARANTINE,
        quarantine=lambda: store.quarantine(snapshot.id, utc_now()),
    )
    assert found.committed
    assert (found.rows_restored, found.report.quarantined) == (1, 11)


def test_clerk_cannot_quarantine_within_a_cycle(
    clerk: Target, source: Target, store: Store
) -> None:
    snapshot = backup(source, store).snapshot
    with pytest.raises(PlanError) as caught:
        plan(clerk, snapshot, replace=True, on_error=OnError.QUARANTINE)
    assert any("player, team cannot be quarantined" in text for text in caught.value.problems)


def test_plan_names_the_rung_of_each_cycle_and_what_is_missing(
    clerk: Target, source: Target, store: Store
) -> None:
    snapshot = backup(source, store).snapshot
    cycles = [stage for stage in plan(clerk, snapshot, replace=True).rungs if stage.is_cycle]
    assert [[str(name) for name in cycle.tables] for cycle in cycles] == [
        ["paper", "rock", "scissors"],
        ["player", "team"],
    ]
    assert {cycle.rung for cycle in cycles} == {Rung.GRANTS}
    assert cycles[1].missing == (
        "ownership of player (its owner is app)",
        "ownership of team (its owner is app)",
    )
    assert {cycle.rung for cycle in plan(source, snapshot, replace=True).rungs} == {Rung.OWNER}


def test_owner_without_references_is_told_what_is_missing(heir: Target, store: Store) -> None:
    snapshot = backup(heir, store).snapshot
    (cycle,) = [
        stage
        for stage in plan(heir, snapshot, replace=True).rungs
        if stage.tables[0].name == "player"
    ]
    assert cycle.rung is Rung.DEFER
    assert "REFERENCES on team, for foreign key player_team_fkey of player" in cycle.missing


@pytest.mark.parametrize("right", ["SELECT", "INSERT", "DELETE"])
def test_role_without_a_right_is_refused_before_anything_is_touched(
    right: str, clerk: Target, source: Target, store: Store, dump: Dump
) -> None:
    snapshot = backup(source, store).snapshot
    run(source, f'REVOKE {right} ON note FROM "{role_of(clerk)}"')
    before = dump(source)
    with pytest.raises(PlanError, match=f"does not own table note .* and lacks {right}"):
        restore(clerk, snapshot, replace=True)
    assert dump(source) == before


def test_role_whose_rows_are_hidden_is_refused(clerk: Target, source: Target, store: Store) -> None:
    snapshot = backup(source, store).snapshot
    run(source, "ALTER TABLE note ENABLE ROW LEVEL SECURITY")
    with pytest.raises(PlanError, match="row security would hide rows of table note"):
        plan(clerk, snapshot, replace=True)


def test_role_without_temporary_tables_cannot_load_a_cycle(
    clerk: Target, source: Target, store: Store
) -> None:
    snapshot = backup(source, store).snapshot
    database = dict(source.keywords)["dbname"]
    run(source, f'REVOKE TEMPORARY ON DATABASE "{database}" FROM PUBLIC')
    with pytest.raises(
        PlanError, match=r"player, team need each other .* lacks TEMP on the database"
    ):
        plan(clerk, snapshot, replace=True)


def test_rows_that_stay_and_refer_to_deleted_ones_stop_a_clerk(
    clerk: Target, source: Target, store: Store
) -> None:
    snapshot = backup(source, store).snapshot
    with pytest.raises(PlanError) as caught:
        plan(clerk, snapshot, replace=True, only=[TableName("public", "country")])
    assert any(
        "rows of team stay and reference rows of country" in p for p in caught.value.problems
    )


@pytest.mark.parametrize("right", ["UPDATE", "USAGE"])
def test_sequence_of_others_is_moved_forward_only_once_all_is_proved(
    right: str, clerk: Target, source: Target, store: Store
) -> None:
    snapshot = backup(source, store).snapshot
    run(source, "DELETE FROM visit; ALTER SEQUENCE visit_id_seq RESTART")
    run(source, f'GRANT {right} ON SEQUENCE visit_id_seq TO "{role_of(clerk)}"')
    only = [TableName("public", "visit")]
    found = restore(clerk, snapshot, replace=True, only=only)
    if right == "UPDATE":
        assert (found.committed, position(source, "visit_id_seq")) == (True, (10, True))
    else:  # its next value would be taken: nothing is made visible
        assert (found.committed, found.report.verdict) == (False, Verdict.MISMATCH)
        assert position(source, "visit_id_seq") == (1, False)


def test_sequence_of_others_stays_where_a_restore_is_not_committed(
    clerk: Target, source: Target, store: Store
) -> None:
    snapshot = backup(source, store).snapshot
    run(
        source,
        "DELETE FROM visit; ALTER SEQUENCE visit_id_seq RESTART;"
        "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN NEW.home := NULL; RETURN NEW; END $$;"
        "CREATE TRIGGER spoil BEFORE INSERT ON visit FOR EACH ROW EXECUTE FUNCTION spoil();"
        f'GRANT UPDATE ON SEQUENCE visit_id_seq TO "{role_of(clerk)}"',
    )
    found = restore(clerk, snapshot, replace=True, only=[TableName("public", "visit")])
    assert (found.committed, found.report.verdict) == (False, Verdict.MISMATCH)
    assert any("trigger spoil of visit" in note for note in found.plan.notes)
    assert position(source, "visit_id_seq") == (1, False)


def test_role_that_may_not_read_a_sequence_is_refused(
    clerk: Target, source: Target, store: Store
) -> None:
    snapshot = backup(source, store).snapshot
    run(source, f'REVOKE SELECT ON SEQUENCE visit_id_seq FROM "{role_of(clerk)}"')
    with pytest.raises(PlanError, match="may not read where sequence visit_id_seq stands"):
        restore(clerk, snapshot, replace=True)


def test_role_without_any_right_is_told_of_tables_and_sequences_at_once(
    clerk: Target, source: Target, store: Store
) -> None:
    snapshot = backup(source, store).snapshot
    run(source, f'REVOKE ALL ON {TABLES} FROM "{role_of(clerk)}"')
    run(source, f'REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM "{role_of(clerk)}"')
    with pytest.raises(PlanError) as caught:
        restore(clerk, snapshot, replace=True)
    text = "\n".join(caught.value.problems)
    assert "does not own table note" in text
    assert "may not read where sequence visit_id_seq stands" in text


def test_trigger_of_others_that_waits_for_the_commit_is_seen_before_it(
    clerk: Target, source: Target, store: Store, dump: Dump
) -> None:
    run(
        source,
        "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS"
        " $$ BEGIN UPDATE public.note SET body = 'spoilt'; RETURN NULL; END $$;"
        "CREATE CONSTRAINT TRIGGER late AFTER INSERT ON note DEFERRABLE INITIALLY DEFERRED"
        " FOR EACH ROW EXECUTE FUNCTION spoil()",
    )
    snapshot = backup(source, store).snapshot
    before = dump(source)
    found = restore(clerk, snapshot, replace=True, only=[TableName("public", "note")])
    assert (found.committed, found.report.verdict) == (False, Verdict.MISMATCH)
    assert dump(source) == before


@pytest.mark.parametrize("action", ["CASCADE", "SET NULL", "NO ACTION"])
def test_rows_that_come_to_an_outside_child_meanwhile_are_not_swept_away(
    action: str, clerk: Target, source: Target, store: Store
) -> None:
    run(source, f"CREATE TABLE outside (home text REFERENCES country ON DELETE {action})")
    run(source, f'GRANT SELECT ON outside TO "{role_of(clerk)}"')
    run(source, "TRUNCATE team, player, visit, empty")
    snapshot = backup(source, store).snapshot
    only = [TableName("public", "country")]

    def come(_: RestorePlan) -> None:
        run(source, "INSERT INTO outside VALUES ('de')")

    with pytest.raises(PlanError, match="rows came into 1 table just now: outside"):
        restore(clerk, snapshot, replace=True, only=only, announce=come)
    with connect(source) as session:
        assert session.rows("SELECT home FROM public.outside") == [("de",)]


@pytest.mark.parametrize("fixture", ["source", "heir", "clerk"])
def test_rows_that_break_a_deferred_key_are_quarantined(
    fixture: str, source: Target, store: Store, request: pytest.FixtureRequest
) -> None:
    run(source, "UPDATE note SET body = 'once' WHERE body IS NULL")
    target: Target = request.getfixturevalue(fixture)
    snapshot = backup(source, store).snapshot
    run(
        source, "DELETE FROM note; ALTER TABLE note ADD UNIQUE (body) DEFERRABLE INITIALLY DEFERRED"
    )
    found = restore(
        target,
        snapshot,
        replace=True,
        only=[TableName("public", "note")],
        on_error=OnError.QUARANTINE,
        quarantine=lambda: store.quarantine(snapshot.id, utc_now()),
    )
    assert (found.committed, found.rows_restored, found.report.quarantined) == (True, 2, 1)


def test_view_behind_row_security_is_left_as_it_is_and_named(source: Target, store: Store) -> None:
    run(
        source,
        "CREATE TABLE secret (tenant text); ALTER TABLE secret ENABLE ROW LEVEL SECURITY;"
        "CREATE VIEW open AS SELECT * FROM secret;"
        "CREATE MATERIALIZED VIEW counted AS SELECT count(*) AS n FROM open;"
        "ALTER MATERIALIZED VIEW counted OWNER TO app",
    )
    snapshot = backup(source, store).snapshot
    run(source, "ALTER TABLE secret FORCE ROW LEVEL SECURITY")
    found = restore(source, snapshot, replace=True, only=[TableName("public", "note")])
    assert found.committed
    assert any("view counted is not refreshed: row security" in n for n in found.plan.notes)
