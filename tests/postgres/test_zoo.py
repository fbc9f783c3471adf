"""The zoo: everything that a database can be comes back as it was.

Each file of `zoo/` is one subject. pg_dump, which knows nothing of snapkit, is the witness.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from snapkit.core.rungs import Rung
from snapkit.core.verdict import Verdict
from snapkit.errors import PlanError, SnapkitError
from snapkit.pg.session import connect
from snapkit.workflows.backup import backup
from snapkit.workflows.check import check
from snapkit.workflows.restore import restore
from snapkit.workflows.verify import verify
from tests.postgres.conftest import run, target_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from snapkit.pg.server import EmbeddedServer
    from snapkit.pg.target import Target
    from snapkit.store import Store
    from tests.postgres.conftest import Dump

ZOO = Path(__file__).with_name("zoo")
SUBJECTS = sorted(path.stem for path in ZOO.glob("*.sql"))
ROLES = ("zoo reader", "zoo_writer")


@pytest.fixture(scope="module")
def zoo_server(server: EmbeddedServer) -> Iterator[EmbeddedServer]:
    """The server, with the roles that the zoo grants rights to, and with its extension."""
    folder = Path(tempfile.mkdtemp(prefix="zoo-"))
    shutil.copytree(ZOO / "extension", folder / "extension")
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755)
    for name in ROLES:
        server.create_role(name)
    admin = target_of(server.conninfo())
    run(admin, f"ALTER ROLE app SET extension_control_path = '$system:{folder}'")
    yield server
    run(admin, "ALTER ROLE app RESET extension_control_path")
    for name in ROLES:
        run(admin, f'DROP ROLE "{name}"')
    shutil.rmtree(folder)


@pytest.fixture
def cage(zoo_server: EmbeddedServer, make_database: Callable[[], str]) -> Callable[[], Target]:
    """A function that makes an empty database, with the extension that superusers must make."""

    def make() -> Target:
        target = target_of(make_database())
        admin = target_of(zoo_server.conninfo(dict(target.keywords)["dbname"]))
        run(admin, "CREATE EXTENSION vector SCHEMA public")
        return target

    return make


def settle(target: Target, *subjects: str) -> Target:
    """Fill a database with subjects of the zoo."""
    for subject in subjects:
        run(target, (ZOO / f"{subject}.sql").read_text("utf-8"))
    return target


@pytest.fixture
def may_create(zoo_server: EmbeddedServer) -> Iterator[None]:
    """The role `app` may make databases, as a parallel restore needs."""
    admin = target_of(zoo_server.conninfo())
    run(admin, "ALTER ROLE app CREATEDB")
    yield
    run(admin, "ALTER ROLE app NOCREATEDB")


@pytest.mark.usefixtures("may_create")
@pytest.mark.parametrize("subject", SUBJECTS)
def test_zoo_comes_back_by_several_connections(
    subject: str,
    cage: Callable[[], Target],
    store: Store,
    dump: Dump,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("snapkit.workflows.restore.PAYS_FROM_BYTES", 0)
    source, empty = settle(cage(), subject), cage()
    done = restore(empty, backup(source, store).snapshot, jobs=2)
    assert (done.plan.jobs, done.committed) == (2, True)
    assert dump(empty) == dump(source)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_zoo_comes_back(subject: str, cage: Callable[[], Target], store: Store, dump: Dump) -> None:
    source, empty = settle(cage(), subject), cage()
    before = dump(source)
    snapshot = backup(source, store).snapshot
    assert check(snapshot).verdict is Verdict.MATCH
    by_copy, by_sql = (verify(source, snapshot, by_sql=flag) for flag in (False, True))
    assert by_copy == by_sql
    assert by_sql.verdict is Verdict.MATCH
    assert restore(empty, snapshot).committed
    assert dump(empty) == before
    assert verify(empty, snapshot).objects == ()
    assert restore(source, snapshot, replace=True).committed
    assert dump(source) == before
    assert verify(source, snapshot).objects == ()


def namespaces_of(target: Target) -> list[str]:
    """The namespaces of users."""
    with connect(target) as session:
        rows = session.rows(
            "SELECT quote_ident(nspname) FROM pg_namespace"
            " WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'"
        )
    return [str(name) for (name,) in rows]


@pytest.mark.parametrize("subject", SUBJECTS)
def test_zoo_comes_back_to_an_owner_without_references(
    subject: str, cage: Callable[[], Target], store: Store, dump: Dump
) -> None:
    source = settle(cage(), subject)
    for namespace in namespaces_of(source):
        run(source, f"REVOKE REFERENCES ON ALL TABLES IN SCHEMA {namespace} FROM app")
    before = dump(source)
    snapshot = backup(source, store).snapshot
    if subject == "keys":  # it holds an orphan, and the key could not be put back
        with pytest.raises(PlanError, match=r"holds 1 orphan .* for want of REFERENCES on rock"):
            restore(source, snapshot, replace=True)
        return
    result = restore(source, snapshot, replace=True)
    assert result.committed
    assert dump(source) == before
    if result.plan.rung is not Rung.OWNER:
        assert {stage.rung for stage in result.plan.rungs if stage.missing} == {Rung.DEFER}


REFUSED_TO_A_CLERK = {
    "domains": "value for domain public.short violates check constraint",
    "keys": "the snapshot holds 1 orphan of foreign key unproven_rock_fkey",
    "keys_18": "violates not-null constraint",
    "large_objects": "role .* does not own every large object of the target",
    "partitions": "refused: of all partitions",
    "rights": "row security would hide rows of table tenants_own",
    "triggers": "forbidden by",
    "views": "a rule of table sale rewrites DELETE or INSERT",
}
"""What a role with SELECT, INSERT and DELETE cannot put back, and the words that say why."""


@pytest.mark.parametrize("subject", SUBJECTS)
def test_zoo_comes_back_to_a_role_with_grants_or_the_reason_is_said(
    subject: str,
    cage: Callable[[], Target],
    zoo_server: EmbeddedServer,
    store: Store,
    dump: Dump,
) -> None:
    source = settle(cage(), subject)
    for namespace in namespaces_of(source):
        run(
            source,
            f'GRANT USAGE ON SCHEMA {namespace} TO "zoo reader";'
            f'GRANT SELECT, INSERT, DELETE ON ALL TABLES IN SCHEMA {namespace} TO "zoo reader";'
            f'GRANT SELECT ON ALL SEQUENCES IN SCHEMA {namespace} TO "zoo reader"',
        )
    clerk = target_of(zoo_server.conninfo(dict(source.keywords)["dbname"], "zoo reader"))
    before = dump(source)
    snapshot = backup(source, store).snapshot
    if reason := REFUSED_TO_A_CLERK.get(subject):
        with pytest.raises(SnapkitError, match=reason):
            restore(clerk, snapshot, replace=True)
    else:
        result = restore(clerk, snapshot, replace=True)
        assert (result.committed, result.plan.rung) == (True, Rung.GRANTS)
    assert dump(source) == before


def test_row_of_more_than_100_megabytes_comes_back(
    cage: Callable[[], Target], store: Store
) -> None:
    source, empty = cage(), cage()
    run(
        source,
        "CREATE TABLE large (id integer PRIMARY KEY, t text);"
        "INSERT INTO large SELECT 1, repeat(md5('x'), 3300000)",
    )
    snapshot = backup(source, store).snapshot
    (entry,) = snapshot.manifest.data_tables
    assert entry.size > 100_000_000
    assert restore(empty, snapshot).committed  # it reads the row back, and compares digests
