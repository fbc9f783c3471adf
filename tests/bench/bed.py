"""The server that is measured, the commands run against it, and what a command takes.

The server is the embedded one, as in the tests: an ordinary role, which may create databases, owns
them. A database is
built once and stays; what a command restores into is made anew each time and dropped after it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import psycopg
from psycopg import sql

from snapkit.pg.server import EmbeddedServer, bundled_bindir
from tests.bench.databases import MEGABYTE, Database, build_in
from tests.bench.server_cpu import parent_of, processor_seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import TracebackType


ROLE = "app"
SETTINGS = (
    "server_version", "shared_buffers", "work_mem", "maintenance_work_mem", "wal_level",
    "max_wal_size", "checkpoint_timeout", "fsync", "synchronous_commit", "full_page_writes",
    "max_parallel_maintenance_workers", "io_method", "jit",
)  # fmt: skip
SNAPKIT = Path(sys.executable).with_name("snapkit")
WAITER = Path(__file__).with_name("waiter.py")


class CommandFailedError(Exception):
    """A command that was to be measured ended with another exit code than 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one command took.

    `client_cpu` and `server_cpu` are processor time [s] of all its processes, and of the server's
    meanwhile. `peak` is the largest resident set of any one of its processes, workers included, at
    any time [MB]; the command's own interpreter or program too. `size` is that of the files that
    it wrote [MB], 0 where it wrote none.
    """

    seconds: float
    client_cpu: float
    server_cpu: float
    peak: float
    size: float = 0.0


class Bed:
    """A server and a folder, both made when they are needed and removed at the end."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._built: dict[str, str] = {}
        self._restores = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    @cached_property
    def folder(self) -> Path:
        """For snapshots and dumps."""
        made = tempfile.TemporaryDirectory(prefix="snapkit-bench-")
        return Path(self._stack.enter_context(made))

    @cached_property
    def server(self) -> EmbeddedServer:
        """The server, once Python has compiled what snapkit needs, so that no run has to."""
        started = self._stack.enter_context(EmbeddedServer(self.folder / "server"))
        started.create_role(ROLE)
        with psycopg.connect(started.conninfo(), autocommit=True) as admin:  # as --jobs needs
            admin.execute(sql.SQL("ALTER ROLE {} CREATEDB").format(sql.Identifier(ROLE)))
        empty = started.create_database("empty", owner=ROLE)
        self._execute([SNAPKIT, "backup", "-d", empty, "--store", self.folder / "compiled"])
        return started

    def database(self, database: Database) -> str:
        """The conninfo of a database, built where it is not there yet."""
        if database.name not in self._built:
            conninfo = self.server.create_database(database.name, owner=ROLE)
            build_in(conninfo, database)
            self._built[database.name] = conninfo
        return self._built[database.name]

    @contextmanager
    def new_database(self) -> Iterator[str]:
        """An empty database to restore into, dropped at the end."""
        self._restores += 1
        name = f"restored_{self._restores}"
        conninfo = self.server.create_database(name, owner=ROLE)
        try:
            yield conninfo
        finally:
            self.superuser(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def superuser(self, statement: sql.SQL | sql.Composed) -> list[tuple[Any, ...]]:
        """Run one statement as the superuser, outside of what is measured, for its rows."""
        with psycopg.connect(self.server.conninfo(), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def size(self, database: Database) -> float:
        """The size of a database that was built [MB]."""
        query = sql.SQL("SELECT pg_database_size({})").format(sql.Literal(database.name))
        return int(self.superuser(query)[0][0]) / MEGABYTE

    def settings(self) -> dict[str, str]:
        """The server's version, and those of its settings on which speed depends.

        Nothing where no workload needed a server.
        """
        if "server" not in self.__dict__:
            return {}
        names = sql.SQL(", ").join(map(sql.Literal, SETTINGS))
        query = sql.SQL("SELECT name, current_setting(name) FROM unnest(ARRAY[{}]) AS name")
        return {str(name): str(value) for name, value in self.superuser(query.format(names))}

    def backup(self, command: list[object], written: Path) -> Run:
        """Run a command that writes a new file or folder; the one from before makes room."""
        self.remove(written)
        return self.run(command, written)

    def remove(self, written: Path) -> None:
        """Remove what a command wrote, if it is there."""
        if written.is_dir():
            shutil.rmtree(written)
        else:
            written.unlink(missing_ok=True)

    def restore(self, command: Callable[[str], list[object]]) -> Run:
        """Run a command that restores into an empty database."""
        with self.new_database() as conninfo:
            return self.run(command(conninfo))

    def run(self, command: list[object], written: Path | None = None, code: int = 0) -> Run:
        """Run a command after a checkpoint, so that none pays for what another wrote.

        Raises:
            CommandFailedError: Its exit code was not `code`.
        """
        self.superuser(sql.SQL("CHECKPOINT"))
        postmaster = self._postmaster
        before = processor_seconds(postmaster)
        seconds, cpu, peak = self._execute(command, code)
        time.sleep(0.1)  # until backends have ended
        return Run(
            seconds=seconds,
            client_cpu=cpu,
            server_cpu=processor_seconds(postmaster) - before,
            peak=peak / 1024,
            size=_size(written) / MEGABYTE if written is not None else 0.0,
        )

    @cached_property
    def _postmaster(self) -> int:
        with psycopg.connect(self.server.conninfo()) as connection:
            return parent_of(connection.info.backend_pid)

    def _execute(self, command: list[object], expected: int = 0) -> tuple[float, float, float]:
        """Run a command under the waiter: seconds, processor time [s], peak [KiB]."""
        texts = list(map(str, command))
        done = subprocess.run(
            [sys.executable, "-I", "-S", str(WAITER), *texts],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
            cwd=self.folder,  # no schema lies here, and no .env
            env=_environment(self.folder),
            text=True,
        )
        code, seconds, cpu, peak = map(float, done.stdout.split())
        if code != expected:
            said = done.stderr.strip().replace("\n", "; ")[:400]
            raise CommandFailedError(
                f"{Path(texts[0]).name} {texts[1]}: exit code {code:g}: {said}"
            )
        return seconds, cpu, peak


def tool(name: str) -> Path:
    """One of PostgreSQL's programs, of the same version as the server."""
    return bundled_bindir() / name


def too_little_space(folder: Path, needed: float) -> str:
    """Why a workload that needs so much space [MB] cannot be measured; empty where it can."""
    free = shutil.disk_usage(folder).free / MEGABYTE
    return "" if free > needed else f"{needed:,.0f} MB of disk needed, {free:,.0f} free"


def _environment(home: Path) -> Mapping[str, str]:
    """Neither a PG* variable nor DATABASE_URL; PostgreSQL's programs are those of the server."""
    return {"PATH": f"{bundled_bindir()}:/usr/bin:/bin", "HOME": str(home), "LANG": "C.UTF-8"}


def _size(written: Path) -> int:
    """The bytes of a file, or of all files in a folder."""
    files = written.rglob("*") if written.is_dir() else (written,)
    return sum(file.stat().st_size for file in files if file.is_file())
