"""Interruption: commands are struck at random moments, and must do no harm.

A strike is a signal, the end of a connection, a restart of the server or a full disk, ours or the
server's (a limit on the size of files), at a moment drawn from the duration of an undisturbed run.
Afterwards:

- nothing in the store looks like a snapshot and is not one;
- the target is as it was, or as it should be;
- no process, session or lock is left;
- the same command succeeds, and then no folder, database or temporary file is left, either.
"""

from __future__ import annotations

import os
import random
import secrets
import signal
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from snapkit.core.verdict import Verdict
from snapkit.errors import SnapkitError
from snapkit.report.result import SUFFIX, read_result
from snapkit.store import Store
from snapkit.workflows.check import check
from tests.torture.ground import ROLE, Ended, Ground, Running, settled, terminate_sessions
from tests.torture.tables import show, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROUNDS = 200
FEW_ROUNDS = 8  # and fewer: on a small database
FIRST = 0.3  # in which Python starts and much is set up [s]
_LARGEST = 24 * 1024 * 1024  # files that a full disk may still take [bytes]
# The same of the server's disk: a segment of WAL has 16 MB, the table of _BULK 39 MB.
_SERVERS = (17 * 1024 * 1024, 38 * 1024 * 1024)
_SPOIL_SHOP = """
UPDATE product SET price = price + 1;
DELETE FROM audit_logs;
SELECT setval(pg_get_serial_sequence('audit_logs', 'id'), 7);
"""
_STRICT = """
DELETE FROM audit_logs WHERE id % 997 = 0;
ALTER TABLE audit_logs ADD CONSTRAINT strict CHECK (id % 997 <> 0);
"""
_SPOIL_SAMPLE = "UPDATE country SET name = name || '!'"
_BULK = f"""
SET ROLE {ROLE};
CREATE TABLE t (id int PRIMARY KEY, x text);
INSERT INTO t SELECT n, repeat(md5(n::text), 32) FROM generate_series(1, 34000) n;
"""  # as large as makes --jobs pay


_SETTING_ASIDE = ("--replace", "--yes", "--on-error", "quarantine")


class Kind(StrEnum):
    """What strikes."""

    KILL = "kill -9"
    KILL_ALL = "kill -9 of all"
    TERM = "SIGTERM"
    INT = "SIGINT"
    DROP = "connection dropped"
    RESTART = "server restarts"
    FULL = "disk full"
    SERVER_FULL = "server's disk full"


def _but(*kinds: Kind) -> tuple[Kind, ...]:
    return tuple(kind for kind in Kind if kind not in kinds)


class Outcome(StrEnum):
    """What came of it."""

    BEFORE = "as it was"
    AFTER = "as it should be"
    WRONG = "wrong"


@dataclass(slots=True, kw_only=True)
class Strike:
    """One strike: where, when [s, or bytes for a full disk], and what came of it."""

    where: str
    kind: Kind
    moment: float
    code: int = 0
    outcome: Outcome = Outcome.WRONG
    problems: list[str] = field(default_factory=list)


class Victim(Protocol):
    """A command that is struck."""

    name: str
    kinds: tuple[Kind, ...]
    share: int  # of every 25 strikes
    code: int  # of success

    def prepare(self) -> None:
        """Bring everything into the state before."""

    def command(self) -> list[object]:
        """Its arguments."""

    def outcome(self, ended: Ended) -> tuple[Outcome, list[str]]:
        """What it left, and all that is wrong with that."""

    def litter(self) -> list[str]:
        """What a run that succeeded left and should not have."""


class _Backup:
    """A backup of the shop, by one process or two."""

    kinds = _but(Kind.SERVER_FULL)  # it only reads there
    share = 5
    code = 0

    def __init__(self, ground: Ground, source: str, jobs: int) -> None:
        self.name = "backup" if jobs == 1 else f"backup --jobs {jobs}"
        self._root = ground.folder / f"backups-{jobs}"
        self._command = ["backup", "-d", source, "--store", self._root, "-q", "--jobs", jobs]
        self._before: tuple[str, ...] = ()

    def prepare(self) -> None:
        self._before = Store(self._root).ids()

    def command(self) -> list[object]:
        return list(self._command)

    def outcome(self, ended: Ended) -> tuple[Outcome, list[str]]:
        store = Store(self._root)
        new = [name for name in store.ids() if name not in self._before]
        problems = [
            f"{name} is there and is no snapshot: {why}"
            for name in new
            if (why := _whole(store, name))
        ]
        if (ended.code == 0) > bool(new):
            problems.append("it says that all went well, and there is no snapshot")
        return (Outcome.AFTER if new else Outcome.BEFORE), problems

    def litter(self) -> list[str]:
        store = Store(self._root)
        known = {".secret", *store.ids()}
        problems = [path.name for path in self._root.iterdir() if path.name not in known]
        newest = store.ids()[-1]
        return problems + ([f"{newest}: {why}"] if (why := _whole(store, newest)) else [])


def _whole(store: Store, name: str) -> str:
    """Why a snapshot is none; empty where it is one."""
    try:
        snapshot = store.open(name)
        found = check(snapshot, quick=True)
    except SnapkitError as error:
        return error.what
    if found.verdict is not Verdict.MATCH or snapshot.unexpected_files():
        return f"{found.verdict}, {snapshot.unexpected_files()}"
    return snapshot.doubt


class _Restore:
    """A restore into a database that is empty, or has rows that are not the snapshot's."""

    kinds = _but(Kind.FULL, Kind.SERVER_FULL)  # it writes nothing here, and little there
    code = 0  # of success
    of_what = ""

    def __init__(
        self, ground: Ground, store: Path, *options: object, spoil: str = "", share: int = 4
    ) -> None:
        self.name = " ".join(map(str, ("restore", *options))) + self.of_what
        self.share = share
        self._ground = ground
        self._store = Store(store)
        self._spoil = spoil
        self._database = f"copy_{secrets.token_hex(4)}"
        self._conninfo = ground.new_database(self._database)
        latest = ["restore", "latest", "--store", store, "-q", *options]
        self._command = [*latest, "-d", self._conninfo]
        self._get_ready()
        first = ground.run(*self._command)
        assert first.code == self.code, first.err
        self._after = ground.fingerprint(self._database)
        self._begin()
        self._before = ground.fingerprint(self._database)
        assert self._before != self._after

    def _get_ready(self) -> None:
        """What the first restore needs."""

    def _begin(self) -> None:
        if self._spoil:
            self._ground.superuser(self._spoil, self._database)
        else:
            self._ground.new_database(self._database)

    def prepare(self) -> None:
        if self._ground.fingerprint(self._database) != self._before:
            self._begin()

    def command(self) -> list[object]:
        return list(self._command)

    def outcome(self, ended: Ended) -> tuple[Outcome, list[str]]:
        found = self._ground.fingerprint(self._database)
        if found == self._before and ended.code != self.code:
            return Outcome.BEFORE, []
        if found == self._after:
            if not self._spoil:  # the next run needs an empty database
                self._begin()
            return Outcome.AFTER, []
        return Outcome.WRONG, [f"exit code {ended.code}, and the target is neither"]

    def litter(self) -> list[str]:
        rows = self._ground.superuser("SELECT datname FROM pg_database WHERE datname ~ '^snapkit_'")
        left = [f"database {row[0]}" for row in rows]
        if self._ground.fingerprint(self._database) != self._after:
            left.append("the target is not as it should be")
        return left


class _LargeRestore(_Restore):
    """One that fills the server's disk, by one connection or several."""

    of_what = ", large table"

    kinds = _but(Kind.FULL)


class _Quarantine(_Restore):
    """A restore that sets rows aside: they are there if, and only if, it was committed."""

    kinds = _but(Kind.SERVER_FULL)
    code = 4

    def _get_ready(self) -> None:
        self._folders = 0
        whole = [value for value in self._command if value not in {"--on-error", "quarantine"}]
        whole.remove("--replace")
        assert self._ground.run(*whole).code == 0
        self._ground.superuser(_STRICT, self._database)

    def outcome(self, ended: Ended) -> tuple[Outcome, list[str]]:
        outcome, problems = super().outcome(ended)
        self._folders = len(self._store.quarantines()) + len(self._store.pending())
        if outcome is Outcome.BEFORE:
            self._folders -= len(self._store.pending())
        return outcome, problems

    def litter(self) -> list[str]:
        left = super().litter()
        left += [f"{path.name} is unsettled" for path, _ in self._store.pending()]
        if (found := len(self._store.quarantines())) != self._folders + 1:
            left.append(f"{found} folders of quarantined rows, not {self._folders + 1}")
        return left


class _Drill:
    """A drill of the shop's snapshot: it leaves nothing in any case."""

    kinds = _but(Kind.RESTART, Kind.SERVER_FULL)  # nobody else's server is used
    share = 3
    code = 0

    def __init__(self, store: Path) -> None:
        self.name = "drill"
        self._command = ["drill", "latest", "--store", store, "-q"]

    def prepare(self) -> None:
        pass

    def command(self) -> list[object]:
        return list(self._command)

    def outcome(self, ended: Ended) -> tuple[Outcome, list[str]]:
        return (Outcome.BEFORE if ended.code else Outcome.AFTER), []

    def litter(self) -> list[str]:
        return []


class _Report:
    """A page of the shop's snapshot and a database."""

    kinds = _but(Kind.SERVER_FULL)
    share = 1
    code = 0

    def __init__(self, ground: Ground, store: Path, database: str) -> None:
        self.name = "report"
        self._out = ground.folder / "reports"
        self._command: list[object] = ["report", "latest", "--store", store, "-d", database, "-q"]
        self._command += ["--out", self._out, "--notebook", "restore_verification"]
        self._before: dict[Path, int] = {}

    def _results(self) -> dict[Path, int]:
        return {path: path.stat().st_mtime_ns for path in self._out.glob(f"*/*{SUFFIX}")}

    def prepare(self) -> None:
        self._before = self._results()

    def command(self) -> list[object]:
        return list(self._command)

    def outcome(self, ended: Ended) -> tuple[Outcome, list[str]]:
        now = self._results()
        problems = []
        for path in now:
            try:
                read_result(path)
            except SnapkitError as error:
                problems.append(error.what)
            page = path.with_name(path.name.removesuffix(SUFFIX) + ".html")
            if not page.is_file() or not page.read_bytes().rstrip().endswith(b"</html>"):
                problems.append(f"{page.name} is not whole")
        if ended.code == 0 and len(now) != 1:
            problems.append(f"it says that all went well, and there are {len(now)} pages")
        return (Outcome.BEFORE if now == self._before else Outcome.AFTER), problems

    def litter(self) -> list[str]:
        return [str(path.name) for path in self._out.rglob(".*")]


def run(seed: int, rounds: int = ROUNDS) -> int:
    """Strike so many times; print a table and write reports/torture/interruption.json.

    Returns:
        0 where nothing was wrong, else 1.
    """
    chance = random.Random(seed)
    started = time.monotonic()
    with Ground() as ground:
        victims = _victims(ground, small=rounds <= FEW_ROUNDS)
        durations = {victim.name: _undisturbed(ground, victim) for victim in victims}
        strikes = [
            _strike(ground, victim, kind, chance, durations[victim.name])
            for victim, kind in _drawn(victims, rounds, chance)
        ]
    wrong = [strike for strike in strikes if strike.problems]
    document = {
        "seed": seed,
        "rounds": rounds,
        "seconds": round(time.monotonic() - started, 1),
        "undisturbed": durations,
        "strikes": [asdict(strike) for strike in strikes],
    }
    path = write("interruption", document)
    show(("where", "what", "strikes", *Outcome), _rows(strikes))
    for strike in wrong:
        where = f"{strike.where}, {strike.kind} at {strike.moment:.3f}"
        sys.stdout.write(f"WRONG  {where}: {'; '.join(strike.problems)}\n")
    sys.stdout.write(f"{len(strikes)} strikes, {len(wrong)} wrong, seed {seed}; all in {path}\n")
    return 1 if wrong else 0


def _victims(ground: Ground, *, small: bool) -> list[Victim]:
    """All, on the shop and on a large table; a few of them, on a small database."""
    source = ground.sample("source") if small else ground.shop("source")
    store = ground.folder / "snapshots"
    assert ground.run("backup", "-d", source, "--store", store, "-q").code == 0
    spoil = _SPOIL_SAMPLE if small else _SPOIL_SHOP
    victims: list[Victim] = [
        _Backup(ground, source, 1),
        _Restore(ground, store),
        _Restore(ground, store, "--replace", "--yes", spoil=spoil),
        _Drill(store),
    ]
    if small:
        return victims
    bulk = ground.new_database("bulk")
    ground.superuser(_BULK, "bulk")
    large = ground.folder / "large"
    assert ground.run("backup", "-d", bulk, "--store", large, "-q").code == 0
    return [
        *victims,
        _Backup(ground, bulk, 2),
        _LargeRestore(ground, large, share=2),
        _LargeRestore(ground, large, "--jobs", "2", share=2),
        _Quarantine(ground, store, *_SETTING_ASIDE, spoil=_SPOIL_SHOP, share=3),
        _Report(ground, store, source),
    ]


def _undisturbed(ground: Ground, victim: Victim) -> float:
    """How long it takes [s], where it is left alone."""
    victim.prepare()
    ended = ground.run(*victim.command())
    assert ended.code == victim.code, f"{victim.name}: {ended.err}"
    return round(ended.seconds, 3)


def _drawn(victims: list[Victim], rounds: int, chance: random.Random) -> list[tuple[Victim, Kind]]:
    """Who is struck by what: each victim by its share, each kind in turn."""
    bag = [victim for victim in victims for _ in range(victim.share)]
    order = victims + [bag[place % len(bag)] for place in range(rounds)]
    turns = Counter[str]()
    offset = {victim.name: chance.randrange(len(Kind)) for victim in victims}
    drawn = []
    for victim in order[:rounds]:
        kind = victim.kinds[(turns[victim.name] + offset[victim.name]) % len(victim.kinds)]
        turns[victim.name] += 1
        drawn.append((victim, kind))
    return drawn


def _strike(
    ground: Ground, victim: Victim, kind: Kind, chance: random.Random, duration: float
) -> Strike:
    moment = chance.uniform(0, FIRST if chance.random() < 1 / 8 else duration)
    if kind is Kind.FULL:
        moment = float(round(_LARGEST ** chance.uniform(0.3, 1)))
    if kind is Kind.SERVER_FULL:
        moment = float(chance.randrange(*_SERVERS))
    made = Strike(where=victim.name, kind=kind, moment=moment)
    victim.prepare()
    try:
        _judge(ground, victim, made, _struck(ground, victim, kind, moment))
    except (TimeoutError, SnapkitError, OSError) as error:
        made.problems.append(str(error))
        ground.end_strays()
    sys.stderr.write("!" if made.problems else ".")
    sys.stderr.flush()
    return made


def _struck(ground: Ground, victim: Victim, kind: Kind, moment: float) -> Ended:
    if kind is Kind.SERVER_FULL:
        with ground.full_disk(int(moment)):
            return ground.run(*victim.command())
    if kind is Kind.FULL:
        return ground.start(*victim.command(), largest_file=int(moment)).wait()
    running = ground.start(*victim.command())
    running.sleep(moment)
    _BLOWS[kind](ground, running)
    return running.wait()


def _judge(ground: Ground, victim: Victim, made: Strike, ended: Ended) -> None:
    made.code = ended.code
    left = [f"process left: {line}" for line in settled(lambda: ground.strays().values())]
    ground.end_strays()
    left += [f"session left: {query}" for query in settled(ground.sessions)]
    made.outcome, problems = victim.outcome(ended)
    made.problems += [*left, *problems, *([ended.problem] if ended.problem else [])]
    again = ground.run(*victim.command())
    if again.code != victim.code:
        made.problems.append(f"the next run fails: {again.err.strip()[-300:]}")
    else:
        made.problems += [f"left after the next run: {name}" for name in victim.litter()]
    litter = settled(lambda: sorted(path.name for path in ground.temporary.iterdir()), 2.0)
    made.problems += [f"left after the next run: {name}" for name in litter]
    if litter:
        ground.clear_temporary()
    if made.problems:
        made.outcome = Outcome.WRONG


def _signal(number: int) -> Callable[[Ground, Running], None]:
    def blow(_ground: Ground, running: Running) -> None:
        with suppress(ProcessLookupError):
            os.kill(running.process.pid, number)

    return blow


def _drop(ground: Ground, _running: Running) -> None:
    for conninfo in (ground.server.conninfo(), *ground.scratch_conninfos()):
        terminate_sessions(conninfo)


_BLOWS: dict[Kind, Callable[[Ground, Running], None]] = {
    Kind.KILL: _signal(signal.SIGKILL),
    Kind.KILL_ALL: lambda ground, _: ground.end_strays(),
    Kind.TERM: _signal(signal.SIGTERM),
    Kind.INT: _signal(signal.SIGINT),
    Kind.DROP: _drop,
    Kind.RESTART: lambda ground, _: ground.restart_server(),
}


def _rows(strikes: list[Strike]) -> list[tuple[object, ...]]:
    found: dict[tuple[str, Kind], Counter[Outcome]] = {}
    for strike in strikes:
        found.setdefault((strike.where, strike.kind), Counter())[strike.outcome] += 1
    return [
        (*key, counts.total(), *(counts[outcome] for outcome in Outcome))
        for key, counts in sorted(found.items())
    ]
