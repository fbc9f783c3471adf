"""A small shop on a real server, its snapshot, and a copy restored from it, for all notebooks."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from snapkit.pg.target import Target, parse_target
from snapkit.prisma import parse
from snapkit.report import run_reports
from snapkit.report.parameters import Notebook
from snapkit.report.runner import ReportSet
from snapkit.store import Snapshot, Store
from snapkit.workflows.backup import backup
from snapkit.workflows.restore import restore
from tests.reports import JOIN, SHOP
from tests.support import requires

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapkit.pg.server import EmbeddedServer

PASSWORD = "sentinel-pass%w&rd<1>"  # the server asks for none; it must not appear anywhere
VARIABLE = "SHOP_COPY"
DAMAGED = "SHOP_DAMAGED"  # another variable, so that runs beside each other have each their own
UNREACHABLE = "SHOP_UNREACHABLE"
HOSTILE = '</script><img src=x onerror=alert(1)> & "it\'s"'

_QUOTED = HOSTILE.replace('"', '""')
_TEXT = HOSTILE.replace("'", "''")
# What Prisma does where a relation says nothing of it; without them the shop would have drift.
_LOOSE = "ON DELETE SET NULL ON UPDATE CASCADE"
_TIGHT = "ON DELETE RESTRICT ON UPDATE CASCADE"
_BOTH = "ON DELETE CASCADE ON UPDATE CASCADE"
STATEMENTS = f"""
CREATE TABLE users (
  id serial PRIMARY KEY, email text NOT NULL, boss_id int REFERENCES users {_LOOSE});
CREATE UNIQUE INDEX "users_email_key" ON users (email);
CREATE TABLE orders (
  id serial PRIMARY KEY, user_id int NOT NULL REFERENCES users {_TIGHT}, note text,
  invoice_id int UNIQUE);
CREATE TABLE invoices (id serial PRIMARY KEY, order_id int NOT NULL REFERENCES orders {_TIGHT});
ALTER TABLE orders ADD FOREIGN KEY (invoice_id) REFERENCES invoices {_LOOSE};
CREATE TABLE labels (id serial PRIMARY KEY, name text NOT NULL);
CREATE TABLE "{JOIN}" (
  "A" int NOT NULL REFERENCES labels {_BOTH}, "B" int NOT NULL REFERENCES orders {_BOTH},
  CONSTRAINT "{JOIN}_AB_pkey" PRIMARY KEY ("A", "B"));
CREATE INDEX "{JOIN}_B_index" ON "{JOIN}" ("B");
CREATE TABLE legacy (id int PRIMARY KEY);
CREATE TABLE "{_QUOTED}" (id int PRIMARY KEY, "{_QUOTED}" text);
INSERT INTO users (email, boss_id)
  SELECT 'user' || i || '@example.org', 1 FROM generate_series(1, 30) i;
INSERT INTO orders (user_id, note) SELECT i, '{_TEXT}' FROM generate_series(1, 20) i;
INSERT INTO invoices (order_id) SELECT i FROM generate_series(1, 20) i;
UPDATE orders SET invoice_id = id;
INSERT INTO "{_QUOTED}" VALUES (1, '{_TEXT}'), (2, NULL);
"""
ROWS = 72


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """The snapshot and its store, and the restored copy; `secret_dsn` holds a password."""

    store: Path
    snapshot: Snapshot
    copy: Target
    secret_dsn: str


def run(target: Target, statements: str) -> None:
    """Run SQL as the role of the target, outside of snapkit."""
    with psycopg.connect(**target.connect_arguments(), autocommit=True) as connection:  # type: ignore[arg-type]
        connection.execute(statements.encode())


@pytest.fixture(scope="session")
def shop(server: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """The shop, its snapshot, and a copy that equals it."""
    source = parse_target(server.create_database("notebook_shop", owner="app"), {}, {})
    run(source, STATEMENTS)
    root = tmp_path_factory.mktemp("notebooks") / "snapshots"
    schema = parse([("schema.prisma", SHOP)])
    snapshot = backup(source, Store(root), schema=schema, jobs=1).snapshot
    return made_shop(server, snapshot, "notebook_copy")


def made_shop(server: EmbeddedServer, snapshot: Snapshot, database: str) -> Shop:
    """Restore a snapshot into a new database."""
    conninfo = server.create_database(database, owner="app")
    copy = parse_target(conninfo, {}, {})
    assert restore(copy, snapshot).committed
    return Shop(
        store=snapshot.path.parent,
        snapshot=snapshot,
        copy=copy,
        secret_dsn=f"{conninfo} password='{PASSWORD}'",
    )


@pytest.fixture(scope="session")
def damaged(shop: Shop, server: EmbeddedServer) -> Shop:
    """The same snapshot with a copy of its own: three rows are not as they were, and a column."""
    found = made_shop(server, shop.snapshot, "notebook_damaged")
    run(
        found.copy,
        "ALTER TABLE users ALTER email DROP NOT NULL;"
        "UPDATE users SET email = 'changed@example.org' WHERE id = 7;"
        "DELETE FROM invoices WHERE id NOT IN (SELECT invoice_id FROM orders);"
        "INSERT INTO labels (name) VALUES ('extra');"
        f'DELETE FROM "{_QUOTED}" WHERE id = 2',
    )
    return found


@pytest.fixture(scope="session")
def variables(shop: Shop, damaged: Shop) -> Iterator[None]:
    """The variables that name the databases, for this process and those it starts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, shop.secret_dsn)
        patch.setenv(DAMAGED, damaged.secret_dsn)
        patch.setenv(UNREACHABLE, f"host=/nowhere dbname=x password='{PASSWORD}'")
        yield


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """A whole report set, and what its progress said."""

    reports: ReportSet
    progress: tuple[tuple[Notebook, int, int], ...]


@pytest.fixture(scope="session")
def reported(shop: Shop, variables: None, tmp_path_factory: pytest.TempPathFactory) -> Reported:
    """All notebooks, run once for all tests that only read what they left."""
    del variables
    out = tmp_path_factory.mktemp("out") / "reports {odd}"
    said: list[tuple[Notebook, int, int]] = []
    found = run_reports(
        shop.store, "latest", out, dsn_env=VARIABLE, progress=lambda *told: said.append(told)
    )
    return Reported(reports=found, progress=tuple(said))


@pytest.fixture(scope="session")
def compared(
    shop: Shop, damaged: Shop, variables: None, tmp_path_factory: pytest.TempPathFactory
) -> ReportSet:
    """What a snapshot of the damaged copy is told by: it differs, from the shop's and its copy."""
    del variables
    top = tmp_path_factory.mktemp("compared")
    store = top / "store"
    shutil.copytree(shop.snapshot.path, store / shop.snapshot.id)
    return run_reports(
        store,
        backup(damaged.copy, Store(store)).snapshot.id,
        top / "reports",
        dsn_env=VARIABLE,
        names=[Notebook.RESTORE_VERIFICATION, Notebook.SNAPSHOT_DIFF],
        parameters={"snapshot_a": shop.snapshot.id},
    )


@pytest.fixture(scope="session")
def reports(reported: Reported) -> ReportSet:
    """The set alone."""
    return reported.reports


@pytest.fixture(scope="session")
def axe(root: Path) -> str:
    """The source of axe-core, which finds faults that keep people from using a page."""
    path = root / "tests" / "oracle" / "node_modules" / "axe-core" / "axe.min.js"
    requires("axe-core", path.is_file(), "npm ci --ignore-scripts, in tests/oracle")
    return path.read_text("utf-8")
