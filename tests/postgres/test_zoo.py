"""The zoo: everything that a database can be comes back as it was.

Each file of `zoo/` is one subject. pg_dump, which knows nothing of snapkit, is the witness.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from snapkit.core.verdict import Verdict
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
    assert restore(source, snapshot, replace=True).committed
    assert dump(source) == before
