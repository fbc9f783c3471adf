"""Where snapkit is tortured: a server, a folder, and snapkit as a process of its own.

Whatever a command starts is known by a variable in its environment, or by the folder in its command
line: so what it leaves behind is found.
"""

from __future__ import annotations

import hashlib
import os
import re
import resource
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import psycopg
from psycopg import sql

from snapkit.demo import build
from snapkit.pg.server import SUPERUSER, EmbeddedServer, bundled_bindir
from snapkit.pg.session import connect
from snapkit.pg.target import parse_target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import TracebackType

ROOT = Path(__file__).parents[2]
ROLE = "app"
PATIENCE = 60.0  # for a command that was struck, and for what it started [s]
MARK = "SNAPKIT_TORTURE"
_LOOK = 0.01
_OURS = re.compile(re.escape(f"{ROOT}/snapkit/") + r'([^"]+)')  # in a traceback
_EARLY = {"__main__.py", "__init__.py", "cli/__init__.py", "cli/_signals.py"}
_FAULT = re.compile("Traceback|fault of snapkit")

# Rows, and all that a restore touches on its way: constraints, indexes, triggers, sequences.
SHAPE = """
SELECT format('%s %s %s', conrelid::regclass, pg_get_constraintdef(oid),
                         convalidated)
FROM pg_constraint WHERE conrelid >= 16384
UNION ALL
SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL
SELECT format('%s %s', pg_get_triggerdef(oid), tgenabled)
FROM pg_trigger WHERE NOT tgisinternal
UNION ALL
SELECT format('%s %s', sequencename, last_value) FROM pg_sequences
"""
TABLES = """
SELECT format('SELECT concat(%L, count(*), sum(hashtext(t::text)::bigint)) FROM ONLY %s t',
              oid::regclass, oid::regclass)
FROM pg_class WHERE relkind = 'r' AND oid >= 16384 AND relnamespace = 'public'::regnamespace
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A command that came to its end. `code` is minus a signal's number where one killed it."""

    code: int
    err: str
    seconds: float

    @property
    def problem(self) -> str:
        """What no failure may say; until snapkit listens, Ctrl-C is Python's own to answer."""
        is_early = set(_OURS.findall(self.err)) <= _EARLY
        is_pythons = self.err.rstrip().endswith("KeyboardInterrupt") and is_early
        bad = _FAULT.search(self.err) and not is_pythons
        return f"it says: {self.err.strip()[-600:]}" if bad else ""


@dataclass(slots=True, kw_only=True)
class Running:
    """A command under way."""

    process: subprocess.Popen[bytes]
    log: Path
    started: float = field(default_factory=time.perf_counter)

    def wait(self, seconds: float = PATIENCE) -> Ended:
        """Wait for its end.

        Raises:
            TimeoutError: It does not end.
        """
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise TimeoutError(f"it hangs: {self.log.read_text()[-300:]}") from None
        return Ended(
            code=self.process.returncode,
            err=self.log.read_text("utf-8", "replace"),
            seconds=time.perf_counter() - self.started,
        )

    def sleep(self, seconds: float) -> None:
        """Wait so long, or until it ends."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)


class Ground:
    """A server and a folder, both gone at the end, with whatever still runs there."""

    def __enter__(self) -> Self:
        self._stack = ExitStack()
        made = tempfile.TemporaryDirectory(prefix="torture-", ignore_cleanup_errors=True)
        self.folder = Path(self._stack.enter_context(made))
        self.folder.chmod(0o711)  # root's servers run as nobody
        self.temporary = self.folder / "tmp"
        self.temporary.mkdir(mode=0o711)
        self.mark = secrets.token_hex(8)
        self._commands = 0
        # not below our folder: what runs there is a command's
        place = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="ground-"))
        Path(place).chmod(0o711)
        self.server = self._stack.enter_context(EmbeddedServer(Path(place)))
        self.server.create_role(ROLE)
        self.superuser(f"ALTER ROLE {ROLE} CREATEDB")
        self._stack.callback(self.end_strays)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def superuser(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run a statement as the superuser, once the server takes connections."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                with psycopg.connect(self.server.conninfo(database), autocommit=True) as session:
                    cursor = session.execute(statement.encode())
                    return cursor.fetchall() if cursor.description else []
            except psycopg.OperationalError:  # it restarts
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def new_database(self, name: str) -> str:
        """Make an empty database in the place of one of this name; its conninfo."""
        name_sql = sql.Identifier(name).as_string()
        self.superuser(f"DROP DATABASE IF EXISTS {name_sql} WITH (FORCE)")
        return self.server.create_database(name, owner=ROLE)

    def shop(self, name: str) -> str:
        """Make the demo's shop in a new database; its conninfo."""
        conninfo = self.new_database(name)
        with connect(parse_target(conninfo, {}, {})) as session:
            build(session)
        return conninfo

    def sample(self, name: str) -> str:
        """Make the tests' small database; its conninfo."""
        conninfo = self.new_database(name)
        text = (ROOT / "tests" / "postgres" / "sample.sql").read_text("utf-8")
        with psycopg.connect(conninfo, autocommit=True) as session:
            session.execute(text.encode())
        return conninfo

    def fingerprint(self, database: str) -> str:
        """What a database holds, in one word."""
        counts = [str(row[0]) for row in self.superuser(TABLES, database)]
        lines = self.superuser(" UNION ALL ".join([SHAPE, *counts]), database)
        return hashlib.sha256("\n".join(sorted(row[0] for row in lines)).encode()).hexdigest()

    def start(self, *arguments: object, largest_file: int | None = None) -> Running:
        """Start a command of snapkit; it may write no larger file than this [bytes]."""
        self._commands += 1
        log = self.folder / f"log-{self._commands}"
        with log.open("wb") as err:
            process = subprocess.Popen(
                [sys.executable, "-m", "snapkit", *map(str, arguments)],
                cwd=ROOT,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=err,
                start_new_session=True,
            )
        if largest_file is not None:  # long before Python has started
            limits = (largest_file, resource.RLIM_INFINITY)
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, limits)
        return Running(process=process, log=log)

    def run(self, *arguments: object) -> Ended:
        """Run a command of snapkit to its end."""
        return self.start(*arguments).wait()

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": f"{bundled_bindir()}:/usr/bin:/bin",
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "TMPDIR": str(self.temporary),
            "PYTHONDONTWRITEBYTECODE": "1",  # on a full disk Python keeps files cut short
            MARK: self.mark,
        }

    def strays(self) -> dict[int, str]:
        """Processes of commands, each with its command line."""
        found = {}
        for place in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                line = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                mine = self.mark.encode() in (place / "environ").read_bytes()
                if line and (mine or str(self.temporary) in line):
                    found[int(place.name)] = line.strip()
        return found

    def end_strays(self) -> None:
        """Kill every process of a command, as a container that ends does."""
        while found := self.strays():
            for pid in found:
                with suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(_LOOK)

    def clear_temporary(self) -> None:
        """Remove what is left in TMPDIR, so that it is counted once."""
        for path in self.temporary.iterdir():
            shutil.rmtree(path, ignore_errors=True)
            if path.exists():
                path.unlink()

    def sessions(self) -> list[str]:
        """What sessions of snapkit do in the server."""
        rows = self.superuser(
            "SELECT format('%s in %s', coalesce(nullif(query, ''), state), datname)"
            " FROM pg_stat_activity WHERE usename = 'app' AND backend_type = 'client backend'"
        )
        return [str(row[0])[:200] for row in rows]

    def restart_server(self) -> None:
        """Have the server end every session and start anew, as after the crash of one of them."""
        with psycopg.connect(self.server.conninfo(), autocommit=True) as session:
            os.kill(session.info.backend_pid, signal.SIGKILL)
        self.superuser("SELECT 1")

    @contextmanager
    def full_disk(self, largest: int) -> Iterator[None]:
        """Let sessions that begin meanwhile write no larger file than this [bytes].

        The server says of a table that reaches the limit what it says on a full disk.

        Source: PostgreSQL's postmaster.c, which ignores SIGXFSZ for this very use.
        """
        ((text,),) = self.superuser("SELECT pg_read_file('postmaster.pid')")
        postmaster = int(str(text).split(maxsplit=1)[0])
        _limit_files(postmaster, str(largest))
        try:
            yield
        finally:
            _limit_files(postmaster, "unlimited")

    def scratch_conninfos(self) -> list[str]:
        """The servers that commands run, such as a drill's."""
        sockets = self.temporary.glob("**/.s.PGSQL.*[0-9]")
        return [
            f"host={path.parent} port=5432 user={SUPERUSER} dbname=postgres" for path in sockets
        ]


def _limit_files(process: int, largest: str) -> None:
    """Set the soft limit as the process's owner: root in a container may not, for another's."""
    owner = Path(f"/proc/{process}").stat()
    is_ours = owner.st_uid == os.getuid()
    subprocess.run(
        ["prlimit", f"--pid={process}", f"--fsize={largest}:"],
        check=True,
        user=None if is_ours else owner.st_uid,
        group=None if is_ours else owner.st_gid,
    )


def terminate_sessions(conninfo: str) -> None:
    """End every session of others, as an administrator does."""
    with suppress(psycopg.Error), psycopg.connect(conninfo, autocommit=True) as session:
        session.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )


def settled(look: Callable[[], Iterable[Any]], seconds: float = 20.0) -> list[Any]:
    """What is still there after some time, where it does not go away by itself."""
    deadline = time.monotonic() + seconds
    while (found := list(look())) and time.monotonic() < deadline:
        time.sleep(_LOOK)
    return found
