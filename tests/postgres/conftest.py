"""What the tests against a real server share."""

from __future__ import annotations

import secrets
import subprocess
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from snapkit.pg.server import EmbeddedServer, bundled_bindir
from snapkit.pg.target import Target, parse_target
from snapkit.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator

Dump = Callable[[Target], list[str]]


def target_of(conninfo: str) -> Target:
    """The target that `-d conninfo` would mean."""
    return parse_target(conninfo, {}, {})


def run(target: Target, statement: str) -> None:
    """Run SQL as the role of the target, outside of snapkit."""
    with psycopg.connect(**target.connect_arguments(), autocommit=True) as connection:  # type: ignore[arg-type]
        connection.execute(statement.encode())


@pytest.fixture
def sample(make_database: Callable[[], str]) -> Target:
    """A database with what real ones have; see sample.sql."""
    target = target_of(make_database())
    run(target, Path(__file__).with_name("sample.sql").read_text("utf-8"))
    return target


@pytest.fixture
def reader(server: EmbeddedServer, sample: Target) -> Iterator[Target]:
    """The sample as a role that may read every table and owns none."""
    name = f"reader_{secrets.token_hex(4)}"
    server.create_role(name)
    database = dict(sample.keywords)["dbname"]
    admin = target_of(server.conninfo(database))
    run(admin, f'GRANT pg_read_all_data TO "{name}"')
    yield target_of(server.conninfo(database, name))
    run(admin, f'DROP ROLE "{name}"')


@contextmanager
def role_with(server: EmbeddedServer, target: Target, *grants: str) -> Iterator[Target]:
    """The same database as a new role that owns nothing; each grant is SQL between GRANT and TO."""
    name = f"clerk_{secrets.token_hex(4)}"
    server.create_role(name)
    run(target, ";".join(f'GRANT {grant} TO "{name}"' for grant in grants))
    database = dict(target.keywords)["dbname"]
    yield target_of(server.conninfo(database, name))
    run(target_of(server.conninfo(database)), f'DROP OWNED BY "{name}"; DROP ROLE "{name}"')


def role_of(target: Target) -> str:
    """The role that a target connects as."""
    return dict(target.keywords)["user"]


@pytest.fixture
def empty_target(make_database: Callable[[], str]) -> Target:
    """An empty database."""
    return target_of(make_database())


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty store."""
    return Store(tmp_path / "snapshots")


@pytest.fixture
def dump() -> Dump:
    """pg_dump of a database, schema and data, as sorted lines: the witness from outside."""
    return _dump


@pytest.fixture
def dump_rows() -> Dump:
    """The same of the rows alone, which servers of several versions print alike."""

    def rows_of(target: Target) -> list[str]:
        # partitions have identity columns from 17 on
        lines = [
            line.replace(" OVERRIDING SYSTEM VALUE", "") for line in _dump(target, "--data-only")
        ]
        return sorted(line for line in lines if not line.startswith("-- Dumped"))

    return rows_of


def _dump(target: Target, *options: str) -> list[str]:
    text = subprocess.run(
        [bundled_bindir() / "pg_dump", "--rows-per-insert=1", "--restrict-key=x", *options],
        env=target.environment() | {"PGTZ": "UTC"},
        check=True,
        capture_output=True,
    ).stdout
    return sorted(text.decode().splitlines())
