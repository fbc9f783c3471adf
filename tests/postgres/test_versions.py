"""PostgreSQL 14 to 18, each as source and as target: older into newer, newer into older."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from snapkit.core.verdict import Verdict
from snapkit.errors import PlanError
from snapkit.pg.server import EmbeddedServer
from snapkit.pg.target import Target
from snapkit.store import Snapshot, Store
from snapkit.workflows.backup import backup
from snapkit.workflows.drill import drill
from snapkit.workflows.restore import plan, restore
from snapkit.workflows.verify import verify
from tests.postgres.conftest import run, target_of
from tests.postgres.old_servers import bindir
from tests.support import requires

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.postgres.conftest import Dump

MAJORS = (14, 15, 16, 17, 18)
EMBEDDED, OLDEST = 18, 14
ZOO = Path(__file__).with_name("zoo")
SUBJECTS_OF_14 = (
    "domains",
    "large_objects",
    "names",
    "partitions",
    "routines",
    "triggers",
    "views",
)
SUBJECTS_OF_15 = ("columns", "keys", *SUBJECTS_OF_14, "types")

pytestmark = pytest.mark.xdist_group("versions")  # one worker starts the servers, once


@dataclass(frozen=True, slots=True)
class Version:
    """One server, and snapshots taken there: of the sample, and of the zoo."""

    server: EmbeddedServer
    snapshot: Snapshot
    zoo: Target
    zoo_snapshot: Snapshot

    def empty(self, name: str) -> Target:
        """A new database."""
        return target_of(self.server.create_database(name, "app"))


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[int, Version]]:
    """A server of every version that is here."""
    here = [major for major in MAJORS if major == EMBEDDED or bindir(major).is_dir()]
    folder = tmp_path_factory.mktemp("versions")
    text = Path(__file__).with_name("sample.sql").read_text("utf-8")
    found: dict[int, Version] = {}
    try:
        for major in here:
            place = folder / str(major)
            place.mkdir()
            programs = None if major == EMBEDDED else bindir(major)
            server = EmbeddedServer(place, bindir=programs).start()
            for name in ("app", "zoo reader", "zoo_writer"):
                server.create_role(name)
            source = target_of(server.create_database("source", "app"))
            run(source, text)
            zoo = target_of(server.create_database("zoo", "app"))
            for subject in SUBJECTS_OF_15 if major > OLDEST else SUBJECTS_OF_14:
                run(zoo, ZOO.joinpath(f"{subject}.sql").read_text("utf-8"))
            store = Store(place / "store")
            found[major] = Version(
                server, backup(source, store).snapshot, zoo, backup(zoo, store).snapshot
            )
        yield found
    finally:
        for version in found.values():
            version.server.stop()


def needed(versions: dict[int, Version], major: int) -> Version:
    requires(f"PostgreSQL {major}", major in versions, "python -m tests.postgres.old_servers")
    return versions[major]


@pytest.mark.parametrize("into", MAJORS)
@pytest.mark.parametrize("source", MAJORS)
def test_snapshot_of_any_version_restores_into_any_other(
    versions: dict[int, Version], source: int, into: int
) -> None:
    snapshot = needed(versions, source).snapshot
    target = needed(versions, into).empty(f"from_{source}")
    created = restore(target, snapshot)
    replaced = restore(target, snapshot, replace=True)
    assert (created.committed, replaced.committed) == (True, True)
    assert verify(target, snapshot).verdict is Verdict.MATCH


@pytest.mark.parametrize(
    ("source", "into"),
    [(old, EMBEDDED) for old in MAJORS] + [(EMBEDDED, old) for old in MAJORS[:-1]],
)
def test_zoo_of_any_version_restores_into_any_other(
    versions: dict[int, Version], source: int, into: int, dump_rows: Dump
) -> None:
    version, target = needed(versions, source), needed(versions, into).empty(f"zoo_{source}")
    if into == OLDEST < source:
        with pytest.raises(PlanError, match="the target refuses the snapshot's DDL"):
            restore(target, version.zoo_snapshot)
        return
    before = dump_rows(version.zoo)
    assert restore(target, version.zoo_snapshot).committed
    assert dump_rows(target) == before
    assert restore(target, version.zoo_snapshot, replace=True).committed
    assert dump_rows(target) == before


@pytest.mark.parametrize("major", MAJORS[:-1])
def test_drill_runs_on_another_version(versions: dict[int, Version], major: int) -> None:
    snapshot = needed(versions, major).snapshot
    result = drill(snapshot, bindir=bindir(major))
    assert (result.verdict, result.seen.server.split(".")[0]) == (Verdict.MATCH, str(major))


def test_what_an_older_target_lacks_is_found_by_the_plan(versions: dict[int, Version]) -> None:
    newest = versions[EMBEDDED]
    source = newest.empty("virtual")
    run(source, "CREATE TABLE t (a integer, b integer GENERATED ALWAYS AS (a * 2) VIRTUAL)")
    snapshot = backup(source, Store(newest.snapshot.path.parent)).snapshot
    target = needed(versions, 14).empty("lacking")
    with pytest.raises(PlanError, match=r"the target refuses the snapshot's DDL: .*syntax error"):
        plan(target, snapshot)
