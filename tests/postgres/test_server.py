"""The embedded server: what it is, and that nothing of it stays."""

from __future__ import annotations

import fcntl
import os
import pwd
import signal
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from snapkit.errors import ConnectError, DatabaseError, UsageError
from snapkit.pg._home import PREFIX, Home
from snapkit.pg.server import EmbeddedServer, bundled_bindir, clean_stale, find_bindir
from snapkit.pg.session import connect

if TYPE_CHECKING:
    from collections.abc import Iterator

HOLD = """
import sys, time
from pathlib import Path
from snapkit.pg.server import EmbeddedServer
with EmbeddedServer(Path(sys.argv[1])) as server:
    print(server.conninfo(), flush=True)
    time.sleep(60)
"""


def homes(folder: Path) -> list[Path]:
    """The server homes in `folder` that still hold anything of a server."""
    return [home for home in folder.glob(f"{PREFIX}*") if any((home / "pg").glob("*"))]


def wait_until_swept(folder: Path) -> None:
    deadline = time.monotonic() + 20
    while homes(folder):
        assert time.monotonic() < deadline, homes(folder)
        time.sleep(0.05)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every user may walk through, unlike pytest's own."""
    with tempfile.TemporaryDirectory(prefix="test-") as name:
        path = Path(name)
        path.chmod(0o711)
        yield path


def test_server_listens_on_no_port(server: EmbeddedServer) -> None:
    with connect(server.conninfo()) as session:
        assert session.scalar("SHOW listen_addresses") == ""


def test_server_data_are_closed_to_other_users(server: EmbeddedServer) -> None:
    with connect(server.conninfo()) as session:
        data = Path(session.scalar("SHOW data_directory"))
        socket = Path(session.scalar("SHOW unix_socket_directories").strip('"'))
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (data, socket)]
    assert modes == [0o700, 0o700]


def test_server_speaks_utf8(server: EmbeddedServer) -> None:
    with connect(server.conninfo()) as session:
        assert session.rows("SELECT current_setting('server_encoding'), lower('ĐÀ')") == [
            ("UTF8", "đà")
        ]


def test_created_role_is_an_ordinary_one(server: EmbeddedServer) -> None:
    with connect(server.conninfo()) as session:
        rows = session.rows(
            "SELECT rolcanlogin, rolsuper, rolcreatedb, rolcreaterole, rolbypassrls"
            " FROM pg_roles WHERE rolname = 'app'"
        )
    assert rows == [(True, False, False, False, False)]


def test_member_of_a_role_may_act_for_it(server: EmbeddedServer) -> None:
    server.create_role("giver", members=["app"])
    with connect(server.conninfo("postgres", "app")) as session:
        assert session.scalar("SELECT pg_has_role('giver', 'USAGE')")


def test_creating_a_role_twice_is_an_error(server: EmbeddedServer) -> None:
    with pytest.raises(DatabaseError, match='role "app" already exists'):
        server.create_role("app")


def test_created_database_is_empty_and_its_owners(server: EmbeddedServer) -> None:
    with connect(server.create_database("own'd \"db", "app")) as session:
        owner = session.scalar(
            "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()"
        )
        assert (session.database, session.role, owner) == ("own'd \"db", "app", "app")


def test_stopped_server_leaves_nothing(folder: Path) -> None:
    with EmbeddedServer(folder) as server:
        conninfo = server.conninfo()
    assert list(folder.iterdir()) == []
    with pytest.raises(ConnectError):
        connect(conninfo)


def test_failing_block_stops_the_server(folder: Path) -> None:
    with pytest.raises(ZeroDivisionError), EmbeddedServer(folder):
        _ = 1 / 0
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_server_ends_with_a_parent_that_is_killed(folder: Path, number: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD, folder], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        conninfo = parent.stdout.readline().decode().strip()
        with psycopg.connect(conninfo, autocommit=True) as connection:
            pid = int(connection.execute("SELECT pg_backend_pid()").fetchall()[0][0])
        parent.send_signal(number)
        parent.wait(20)
    wait_until_swept(folder)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.parametrize("seconds", [0.3, 0.6, 0.9])
def test_server_ends_with_a_parent_that_is_killed_while_it_starts(
    folder: Path, seconds: float
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, folder], stdout=subprocess.DEVNULL
    ) as parent:
        time.sleep(seconds)
        parent.kill()
    deadline = time.monotonic() + 20
    while homes(folder):
        assert time.monotonic() < deadline, homes(folder)
        clean_stale(folder)  # initdb may die of its parent's death and leave its files
        time.sleep(0.05)


def test_clean_stale_leaves_a_server_that_runs(folder: Path) -> None:
    with EmbeddedServer(folder) as server:
        assert clean_stale(folder) == ()
        with connect(server.conninfo()) as session:
            assert session.scalar("SELECT 1") == 1


def test_clean_stale_leaves_a_home_that_is_being_made(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locking = fcntl.flock

    def lock(descriptor: int, how: int) -> None:
        monkeypatch.setattr(fcntl, "flock", locking)
        assert clean_stale(folder) == ()  # another process looks just before the home is locked
        locking(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", lock)
    home = Home.make(folder, None)
    assert home.inner.is_dir()
    home.remove()


def test_clean_stale_removes_a_home_half_made_long_ago(folder: Path) -> None:
    home = folder / f"{PREFIX}x"
    home.mkdir()
    assert clean_stale(folder) == ()
    os.utime(home, (0, 0))
    assert clean_stale(folder) == (home,)
    assert not home.exists()


def test_clean_stale_removes_what_nobody_holds(folder: Path) -> None:
    home = folder / f"{PREFIX}old"
    (home / "pg").mkdir(parents=True)
    (home / "lock").touch()
    (folder / f"{PREFIX}half-made").mkdir()
    assert clean_stale(folder) == (home,)
    assert not home.exists()


def test_forked_process_does_not_stop_its_parents_server(folder: Path) -> None:
    with EmbeddedServer(folder) as server:
        child = os.fork()
        if child == 0:
            server.stop()
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        with connect(server.conninfo()) as session:
            assert session.scalar("SELECT 1") == 1


def test_long_path_gets_its_socket_elsewhere(folder: Path) -> None:
    deep = folder / ("d" * 100)
    deep.mkdir(mode=0o711)
    with EmbeddedServer(deep) as server, connect(server.conninfo()) as session:
        socket = session.scalar("SHOW unix_socket_directories").strip('"')
        assert len(f"{socket}/.s.PGSQL.5432") <= 107
    assert not Path(socket).exists()


def test_odd_characters_in_the_path_are_no_obstacle(folder: Path) -> None:
    odd = folder / "a b, \"c\" 'd' $e"
    odd.mkdir(mode=0o711)
    with EmbeddedServer(odd) as server, connect(server.conninfo()) as session:
        assert session.scalar("SELECT 1") == 1


def test_closed_folder_is_no_obstacle_and_stays_closed(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    with EmbeddedServer(closed / "in") as server, connect(server.conninfo()) as session:
        assert session.scalar("SELECT 1") == 1
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has another user run the server")
def test_programs_in_a_closed_folder_are_copied(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    package = bundled_bindir().parent.parent
    for tree in (package, package.with_name(f"{package.name}.libs")):
        subprocess.run(["cp", "-a", tree, closed], check=True)
    bindir = closed / package.name / "pginstall" / "bin"
    with EmbeddedServer(folder, bindir=bindir) as server, connect(server.conninfo()) as session:
        owner = Path(session.scalar("SHOW data_directory")).stat().st_uid
    assert owner == pwd.getpwnam("nobody").pw_uid


def test_folder_without_programs_is_refused(folder: Path) -> None:
    with pytest.raises(UsageError, match="no initdb and no postgres"):
        EmbeddedServer(folder, bindir=folder).start()


@pytest.mark.parametrize(
    ("log", "cause"),
    [
        pytest.param("broken", "broken", id="one line"),
        pytest.param(
            "FATAL:  could not extend file: No space left on device\n"
            "child process exited with exit code 1\n"
            "initdb: removing data directory /x",
            "FATAL:  could not extend file: No space left on device",
            id="full disk",
        ),
    ],
)
def test_server_that_cannot_start_names_the_cause_in_its_log(
    folder: Path, log: str, cause: str
) -> None:
    bindir = folder / "bin"
    bindir.mkdir(mode=0o755)
    for name, text in (("initdb", f"echo '{log}' >&2; exit 1"), ("postgres", "echo '(X) 18.1'")):
        (bindir / name).write_text(f"#!/bin/sh\n{text}\n")
        (bindir / name).chmod(0o755)
    with pytest.raises(DatabaseError, match="did not start") as caught:
        EmbeddedServer(folder / "server", bindir=bindir).start()
    assert caught.value.what == f"the embedded PostgreSQL did not start: {cause}"


def test_conninfo_of_a_stopped_server_is_an_error(folder: Path) -> None:
    with pytest.raises(ConnectError, match="does not run"):
        EmbeddedServer(folder).conninfo()


def test_find_bindir_gives_a_recent_enough_pg_dump(server: EmbeddedServer) -> None:
    with connect(server.conninfo()) as session:
        bindir = find_bindir(session.server_version)
    answer = subprocess.run([bindir / "pg_dump", "--version"], capture_output=True, check=True)
    assert b"pg_dump (PostgreSQL) 18" in answer.stdout


def test_find_bindir_takes_the_one_on_path(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = folder / "pg_dump"
    program.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 99beta1'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
    assert find_bindir(990000) == folder


def test_find_bindir_without_a_recent_one_is_an_error() -> None:
    with pytest.raises(DatabaseError, match="no pg_dump of version 98"):
        find_bindir(980000)
