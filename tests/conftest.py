"""Fixtures for all tests: a real PostgreSQL server, fresh databases, programs of the machine."""

from __future__ import annotations

import secrets
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql

from snapkit.pg.server import EmbeddedServer
from tests.support import requires

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROLE = "app"


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's top folder."""
    return Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    """An embedded server for the session, one per worker, with the ordinary role `app` in it."""
    with EmbeddedServer(tmp_path_factory.mktemp("server")) as running:
        running.create_role(ROLE)
        yield running


@pytest.fixture
def make_database(server: EmbeddedServer) -> Iterator[Callable[[], str]]:
    """A function that makes a fresh, empty database and returns its conninfo.

    The conninfo connects as `app`: the owner of the database, and nothing more than its owner.
    The databases are dropped after the test.
    """
    made: list[str] = []

    def make() -> str:
        name = f"test_{secrets.token_hex(6)}"
        conninfo = server.create_database(name, owner=ROLE)
        made.append(name)
        return conninfo

    yield make
    with psycopg.connect(server.conninfo(), autocommit=True) as admin:
        for name in made:
            # FORCE: a test that failed may have left a session behind
            admin.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )


@pytest.fixture
def database(make_database: Callable[[], str]) -> str:
    """The conninfo of a fresh, empty database, as the ordinary role that owns it."""
    return make_database()


@pytest.fixture
def database_pair(make_database: Callable[[], str]) -> tuple[str, str]:
    """Two fresh, empty databases: a source and a target."""
    return make_database(), make_database()


@pytest.fixture(scope="session")
def node() -> str:
    """The path of the Node.js program."""
    path = shutil.which("node")
    requires("Node.js", path is not None, "apt-get install nodejs npm")
    assert path is not None
    return path


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium or Chrome program."""
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next(filter(None, map(shutil.which, names)), None)
    requires("Chromium", path is not None, "apt-get install chromium")
    assert path is not None
    return path
