"""Concurrency: what others do meanwhile is in a snapshot as a whole, or not at all.

- Writers move money between accounts and book it in a ledger, in one transaction each: in what is
  restored, the balances sum up to what there ever was, and each is the sum of its bookings.
- Two backups at once, the same.
- A backup while a restore replaces every row: it holds all rows of before, or all of after.
- Migrations, each of which changes several tables in one transaction: the snapshot's DDL, catalog
  and rows are of one and the same version, or the backup fails and says why.
"""

from __future__ import annotations

import random
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Self

import psycopg

from snapkit.errors import SnapkitError
from snapkit.store import Store
from tests.torture.ground import Ended, Ground
from tests.torture.tables import show, write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

ROUNDS = 20
FEW_ROUNDS = 1
ACCOUNTS = 200
TOTAL = ACCOUNTS * 1000
WRITERS = 3
HEADINGS = (
    "where", "rounds", "transactions meanwhile", "consistent snapshots", "clear failures", "wrong",
)  # fmt: skip
_PAUSE = 0.2  # after which a writer is under way [s]
_LONGEST_WAIT = 0.05  # before a second command begins [s]

BANK = f"""
CREATE TABLE account (id int PRIMARY KEY, balance bigint NOT NULL);
CREATE TABLE ledger (id bigserial PRIMARY KEY, account int NOT NULL REFERENCES account (id),
                     amount bigint NOT NULL, note text);
CREATE TABLE pad (id int PRIMARY KEY, x text);
INSERT INTO account SELECT n, 1000 FROM generate_series(1, {ACCOUNTS}) n;
INSERT INTO ledger (account, amount) SELECT id, balance FROM account;
INSERT INTO pad SELECT n, repeat(md5(n::text), 8) FROM generate_series(1, 20000) n;
"""
MOVE = """
WITH paid AS (UPDATE account SET balance = balance - %(n)s WHERE id = %(a)s RETURNING id),
     got AS (UPDATE account SET balance = balance + %(n)s WHERE id = %(b)s RETURNING id)
INSERT INTO ledger (account, amount, note)
SELECT id, -%(n)s, 'paid' FROM paid UNION ALL SELECT id, %(n)s, 'got' FROM got
"""
AUDIT = """
SELECT sum(balance), (SELECT sum(amount) FROM ledger),
       count(*) FILTER (WHERE balance <> (SELECT sum(amount) FROM ledger WHERE account = a.id))
FROM account a
"""
VERSIONED = """
CREATE TABLE version (n int); INSERT INTO version VALUES (0);
CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY);
CREATE TABLE tmp_0 (id int PRIMARY KEY);
INSERT INTO a SELECT generate_series(1, 5000); INSERT INTO b SELECT generate_series(1, 5000);
"""
MIGRATION = """
BEGIN;
ALTER TABLE a ADD COLUMN v{n} int DEFAULT {n};
DROP TABLE tmp_{before};
CREATE TABLE tmp_{n} (id int PRIMARY KEY);
ALTER TABLE b ADD COLUMN v{n} int NOT NULL DEFAULT {n};
UPDATE version SET n = {n};
COMMIT;
"""
VERSIONS = """
SELECT (SELECT n FROM version),
       (SELECT count(*) - 1 FROM information_schema.columns WHERE table_name = 'a'),
       (SELECT count(*) - 1 FROM information_schema.columns WHERE table_name = 'b'),
       (SELECT string_agg(relname, ' ') FROM pg_class WHERE relname ~ '^tmp_[0-9]+$')
"""


@dataclass(slots=True, kw_only=True)
class Found:
    """What one scenario found in one round. `meanwhile`: transactions of others during it."""

    where: str
    round: int
    meanwhile: int = 0
    consistent: int = 0  # snapshots
    failures: list[str] = field(default_factory=list)  # clear ones
    problems: list[str] = field(default_factory=list)


class Others(threading.Thread):
    """Somebody who works in a database until told to stop; `done` counts transactions."""

    def __init__(self, act: Callable[[psycopg.Connection], None], conninfo: str) -> None:
        super().__init__(daemon=True)
        self.done = 0
        self.error = ""
        self._act = act
        self._conninfo = conninfo
        self._stop_now = threading.Event()

    def run(self) -> None:
        try:
            with psycopg.connect(self._conninfo, autocommit=True) as connection:
                while not self._stop_now.is_set():
                    self._act(connection)
                    self.done += 1
        except psycopg.Error as error:
            self.error = str(error)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop_now.set()
        self.join()


def run(seed: int, rounds: int = ROUNDS) -> int:
    """Go through every scenario so many times; write reports/torture/concurrency.json.

    Returns:
        0 where nothing was wrong, else 1.
    """
    started = time.monotonic()
    found = []
    with Ground() as ground:
        for number in range(rounds):
            # each round by itself can be had again
            bed = _Bed(ground, number, random.Random(f"{seed} {number}"))
            for scenario in _SCENARIOS:
                made = scenario(bed)
                found.append(made)
                sys.stderr.write("!" if made.problems else ".")
                sys.stderr.flush()
    wrong = [one for one in found if one.problems]
    document = {
        "seed": seed,
        "rounds": rounds,
        "seconds": round(time.monotonic() - started, 1),
        "found": [asdict(one) for one in found],
    }
    path = write("concurrency", document)
    headings = (
        "where",
        "rounds",
        "transactions meanwhile",
        "consistent",
        "failed clearly",
        "wrong",
    )
    show(headings, _rows(found))
    for one in wrong:
        sys.stdout.write(f"WRONG  {one.where}, round {one.round}: {'; '.join(one.problems)}\n")
    sys.stdout.write(f"{len(found)} runs, {len(wrong)} wrong, seed {seed}; all in {path}\n")
    return 1 if wrong else 0


@dataclass(frozen=True, slots=True)
class _Bed:
    """One round: where it takes place, and what is drawn in it."""

    ground: Ground
    number: int
    chance: random.Random

    def store(self, name: str) -> Path:
        return self.ground.folder / f"{name}-{self.number}"

    def database(self, name: str, content: str) -> str:
        conninfo = self.ground.new_database(name)
        with psycopg.connect(conninfo, autocommit=True) as session:
            session.execute(content.encode())
        return conninfo

    def backup(self, conninfo: str, store: Path) -> list[object]:
        jobs = self.chance.choice([1, 2])
        return ["backup", "-d", conninfo, "--store", store, "-q", "--jobs", jobs]

    def pause(self) -> None:
        time.sleep(self.chance.uniform(0, _LONGEST_WAIT))

    @contextmanager
    def writers(self, conninfo: str) -> Iterator[Callable[[], int]]:
        """Have others move money; what is lent counts their transactions."""
        threads = [
            Others(_mover(random.Random(self.chance.random())), conninfo) for _ in range(WRITERS)
        ]
        for thread in threads:
            thread.start()
        time.sleep(_PAUSE)
        try:
            yield lambda: sum(thread.done for thread in threads)
        finally:
            for thread in threads:
                thread.__exit__()
        assert not any(thread.error for thread in threads), [thread.error for thread in threads]

    def restored(self, store: Path, name: str, question: str) -> tuple[object, ...] | str:
        """Restore one snapshot into an empty database and ask it; or why that cannot be."""
        copy = self.ground.new_database("copy")
        ended = self.ground.run("restore", name, "--store", store, "-d", copy, "-q")
        if ended.code:
            return f"snapshot {name} cannot be restored: {ended.err.strip()[-300:]}"
        return self.ground.superuser(question, "copy")[0]


def _mover(chance: random.Random) -> Callable[[psycopg.Connection], None]:
    def move(connection: psycopg.Connection) -> None:
        one, other = sorted(chance.sample(range(1, ACCOUNTS + 1), 2))
        with connection.transaction():  # in order, so that no two wait for each other
            connection.execute("SELECT FROM account WHERE id = %s FOR UPDATE", [one])
            connection.execute(MOVE, {"a": one, "b": other, "n": chance.randint(-50, 50)})

    return move


def _under_load(bed: _Bed) -> Found:
    return _sums_agree(bed, "a backup under load", 1)


def _two_backups(bed: _Bed) -> Found:
    return _sums_agree(bed, "two backups at once, under load", 2)


def _sums_agree(bed: _Bed, where: str, backups: int) -> Found:
    made = Found(where=where, round=bed.number)
    bank, store = bed.database("bank", BANK), bed.store(f"bank-{backups}")
    with bed.writers(bank) as count:
        before = count()
        running = []
        for _ in range(backups):
            running.append(bed.ground.start(*bed.backup(bank, store)))
            bed.pause()
        ended = [one.wait() for one in running]
        made.meanwhile = count() - before
    made.problems += [f"a backup fails: {one.err[-300:]}" for one in ended if one.code]
    names = Store(store).ids()
    if len(names) != backups or Store(store).incomplete_ids():
        made.problems.append(f"{backups} backups, and the store holds {names}")
    for name in names:
        sums = bed.restored(store, name, AUDIT)
        if sums == (TOTAL, TOTAL, 0):
            made.consistent += 1
        else:
            made.problems.append(f"snapshot {name}: {sums}")
    if not made.meanwhile:
        made.problems.append("nobody wrote anything meanwhile")
    return made


def _during_a_restore(bed: _Bed) -> Found:
    made = Found(where="a backup during a restore", round=bed.number)
    bank, store = bed.database("bank", BANK), bed.store("during")
    assert bed.ground.run(*bed.backup(bank, store)).code == 0
    (first,) = Store(store).ids()
    with psycopg.connect(bank, autocommit=True) as session:
        session.execute(
            "UPDATE account SET balance = balance + 1; DELETE FROM ledger; DELETE FROM pad"
        )
    other = bed.store("before")
    assert bed.ground.run(*bed.backup(bank, other)).code == 0
    states = {_digests(store, first), _digests(other, Store(other).ids()[0])}
    assert len(states) == 2
    restore = bed.ground.start(
        "restore", first, "--store", store, "-d", bank, "-q", "--replace", "--yes"
    )
    time.sleep(bed.chance.uniform(0, 1.0))
    backup = bed.ground.run(*bed.backup(bank, store))
    ended = restore.wait()
    if ended.code:
        made.failures += _clearly(made, ended)
    new = [name for name in Store(store).ids() if name != first]
    if backup.code:
        made.failures += _clearly(made, backup)
    if len(new) != (backup.code == 0):
        made.problems.append(f"the backup ended with {backup.code}, and made {new}")
    for name in new:
        if _digests(store, name) in states:
            made.consistent += 1
        else:
            made.problems.append(f"snapshot {name} is neither of before nor of after")
    return made


def _digests(store: Path, name: str) -> tuple[str, ...]:
    return tuple(entry.digest for entry in Store(store).open(name).manifest.tables)


def _during_migrations(bed: _Bed) -> Found:
    made = Found(where="migrations during a backup", round=bed.number)
    shop, store = bed.database("versions", VERSIONED), bed.store("versions")
    with Others(_migrator(random.Random(bed.chance.random())), shop) as others:
        time.sleep(_PAUSE)
        before = others.done
        ended = bed.ground.run(*bed.backup(shop, store))
        made.meanwhile = others.done - before
    if others.error:
        made.problems.append(f"a migration fails: {others.error}")
    if ended.code:
        made.failures += _clearly(made, ended)
    try:
        names = Store(store).ids()
    except SnapkitError as error:
        made.problems.append(error.what)
        names = ()
    if len(names) != (ended.code == 0):
        made.problems.append(f"the backup ended with {ended.code}, and made {names}")
    for name in names:
        seen = bed.restored(store, name, VERSIONS)
        if not isinstance(seen, str) and seen == (seen[0], seen[0], seen[0], f"tmp_{seen[0]}"):
            made.consistent += 1
        else:
            made.problems.append(f"snapshot {name} is a mixture: {seen}")
    return made


def _migrator(chance: random.Random) -> Callable[[psycopg.Connection], None]:
    versions = iter(range(1, 1000))
    longest = chance.choice([0.05, 0.5, 3.0])  # between two of them [s]

    def migrate(connection: psycopg.Connection) -> None:
        number = next(versions)
        connection.execute(MIGRATION.format(n=number, before=number - 1).encode())
        time.sleep(chance.uniform(0, longest))

    return migrate


def _clearly(made: Found, ended: Ended) -> list[str]:
    """A failure that says why; what does not is a problem."""
    if ended.problem or "hint:" not in ended.err:
        made.problems.append(f"a failure that is not clear: {ended.err[-300:]}")
        return []
    return [ended.err.partition("\n")[0]]


_SCENARIOS = (_under_load, _two_backups, _during_a_restore, _during_migrations)


def _rows(found: list[Found]) -> Sequence[tuple[object, ...]]:
    names = Counter(one.where for one in found)
    rows = []
    for name, rounds in names.items():
        group = [one for one in found if one.where == name]
        rows.append(
            (
                name,
                rounds,
                sum(one.meanwhile for one in group),
                sum(one.consistent for one in group),
                sum(len(one.failures) for one in group),
                sum(bool(one.problems) for one in group),
            )
        )
    return rows
