"""An encrypted connection: what lies in its socket is no message, so libpq reads the rows."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from psycopg import sql

from snapkit.errors import ConnectError, DatabaseError
from snapkit.pg._home import server_account
from snapkit.pg.copy import copy_out_statement, read_copy
from snapkit.pg.copy_stream import CopyStream
from snapkit.pg.session import connect
from tests.postgres.old_servers import bindir
from tests.support import requires

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.xdist_group("encrypted")  # one worker starts the server, once

MAJOR = 17  # the embedded server cannot encrypt


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The conninfo of a server that takes connections with and without TLS, on loopback."""
    openssl = shutil.which("openssl")
    requires("OpenSSL's program", openssl is not None, "apt-get install openssl")
    there = bindir(MAJOR).exists()
    requires(f"PostgreSQL {MAJOR}", there, "python -m tests.postgres.old_servers")
    assert openssl is not None
    account = server_account()
    user, group = (account.uid, account.gid) if account else (None, None)
    with tempfile.TemporaryDirectory(prefix="tls-") as folder, socket.socket() as reserved:
        data = Path(folder) / "data"
        data.mkdir()
        files = ["-out", str(data / "server.crt"), "-keyout", str(data / "server.key")]
        request = [openssl, "req", "-new", "-x509", "-nodes", "-subj", "/CN=localhost", *files]
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
        reserved.close()
        # a copy, because the server's own user may not walk through the project's folder
        programs = Path(shutil.copytree(bindir(MAJOR).parent, Path(folder) / "postgresql")) / "bin"
        if account:
            Path(folder).chmod(0o755)
            os.chown(data, account.uid, account.gid)
        subprocess.run(
            [
                programs / "initdb",
                "-D",
                data,
                "-A",
                "trust",
                "-U",
                "app",
                "--locale=C",
                "-E",
                "UTF8",
            ],
            check=True,
            capture_output=True,
            cwd="/",
            user=user,
            group=group,
        )
        subprocess.run(request, check=True, capture_output=True)
        for name in ("server.crt", "server.key"):
            (data / name).chmod(0o600)
            if account:
                os.chown(data / name, account.uid, account.gid)
        settings = {"ssl": "on", "listen_addresses": "127.0.0.1", "port": port, "fsync": "off"}
        options = [word for pair in settings.items() for word in ("-c", "{}={}".format(*pair))]
        server = subprocess.Popen(
            [programs / "postgres", "-D", data, "-k", data, *options],
            stderr=subprocess.DEVNULL,
            cwd="/",
            user=user,
            group=group,
        )
        try:
            yield _ready(f"host=127.0.0.1 port={port} dbname=postgres user=app")
        finally:
            server.terminate()
            server.wait()


def _ready(conninfo: str) -> str:
    deadline = time.monotonic() + 30
    while True:
        try:
            connect(conninfo).close()
        except ConnectError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return conninfo


@pytest.mark.parametrize("mode", ["require", "disable"])
def test_rows_and_errors_come_with_and_without_encryption(
    address: str, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = []
    begin = CopyStream.begin

    def note(self: CopyStream) -> bool:
        begun.append(begin(self))
        return begun[-1]

    monkeypatch.setattr(CopyStream, "begin", note)
    rows = sql.SQL("SELECT n, repeat('x', n % 700) FROM generate_series(1, 20000) AS n")
    wrong = sql.SQL("SELECT 1 / (9000 - n) FROM generate_series(1, 20000) AS n")
    with connect(f"{address} sslmode={mode}") as session:
        batches = read_copy(session, copy_out_statement(sql.Composed([rows])), "a query")
        lines = [line for batch in batches for line in batch]
        assert lines == [b"%d\t%s" % (n, b"x" * (n % 700)) for n in range(1, 20001)]
        assert begun == [mode == "disable"]
        with pytest.raises(DatabaseError, match="division by zero"):
            list(read_copy(session, copy_out_statement(sql.Composed([wrong])), "a query"))
        assert session.scalar("SELECT 1") == 1
