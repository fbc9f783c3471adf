"""The demo's shop on an embedded server that lives as long as the kernel."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Self

from snapkit.demo import build, schema_path
from snapkit.demo.story import COPY, ROLE, SHOP
from snapkit.lab.databases import Database
from snapkit.pg.server import EmbeddedServer
from snapkit.pg.session import connect
from snapkit.pg.target import parse_target


class Demo:
    """The shop, and an empty database for a copy of it; both are gone when the kernel ends.

    Attributes:
        shop: The database of 107 models.
        copy: The empty one.
    """

    def __init__(self, server: EmbeddedServer, shop: Database, copy: Database) -> None:
        self._server = server  # while it is referred to, it runs
        self.shop = shop
        self.copy = copy

    @classmethod
    def start(cls) -> Self:
        """Start the server and fill the shop: some seconds.

        Raises:
            DatabaseError: The server did not start.
        """
        server = EmbeddedServer(Path(tempfile.gettempdir())).start()
        try:
            server.create_role(ROLE)
            shop, copy = (_database(server.create_database(name, ROLE)) for name in (SHOP, COPY))
            with connect(shop.target) as session:
                build(session)
                session.execute("ANALYZE")  # so that the server knows how many rows there are
        except BaseException:
            server.stop()
            raise
        return cls(server, shop, copy)

    def stop(self) -> None:
        """End the server and delete its data."""
        self._server.stop()


def _database(conninfo: str) -> Database:
    return Database(target=parse_target(conninfo, {}, {}), address=conninfo, schema=schema_path())
