"""Damage: each kind is planted many times at random, and must be found and named; nothing else is.

In a snapshot it is `check` that looks, at the store's signature, too, which a changed manifest
lacks; in a database it is `verify`. What changes nothing that a snapshot holds, such as rows that
were written anew, must not alarm anybody.
"""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import zstandard

from snapkit.core.manifest import encode
from snapkit.core.verdict import Verdict, VerificationReport
from snapkit.errors import ManifestError
from snapkit.pg.server import EmbeddedServer
from snapkit.pg.target import Target, parse_target
from snapkit.store import Snapshot, Store
from snapkit.workflows.backup import backup
from snapkit.workflows.check import check
from snapkit.workflows.restore import restore
from snapkit.workflows.verify import verify
from tests.torture.tables import show, write

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROUNDS = 10
FEW_ROUNDS = 1
THINGS, READINGS = 300, 400  # rows, as damage.sql makes them
SCHEMA = Path(__file__).with_name("damage.sql")
HEADINGS = ("damage", "planted", "found", "named", "false alarms")


@dataclass(frozen=True, slots=True)
class Planted:
    """SQL that does damage, and what a finding of it must say; each statement by itself.

    A statement may fail: a unique index that rows do not allow is left behind invalid.
    """

    statements: tuple[str, ...]
    named: tuple[str, ...]


@dataclass(slots=True)
class Tally:
    """What became of one kind of damage, or of one kind of nothing."""

    planted: int = 0
    found: int = 0
    named: int = 0
    false_alarms: int = 0

    @property
    def is_good(self) -> bool:
        """Whether all was found and named, and nothing else."""
        return self.found == self.named == self.planted and not self.false_alarms


def run(seed: int, rounds: int = ROUNDS) -> int:
    """Plant every kind of damage so many times.

    Returns:
        The exit code: 1 where anything was overlooked, or said in vain.
    """
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        Path(folder).chmod(0o711)  # root's servers run as nobody
        with EmbeddedServer(Path(folder)) as server:
            tallies = _all(_Bed(server, Path(folder) / "stores"), chance, rounds)
    show(
        HEADINGS,
        [(kind, *_cells(tally)) for kind, tally in tallies.items()],
    )
    path = write(
        "damage",
        {
            "seed": seed,
            "rounds": rounds,
            "kinds": {
                kind: dict(zip(HEADINGS[1:], _cells(tally), strict=True))
                for kind, tally in tallies.items()
            },
        },
    )
    bad = [kind for kind, tally in tallies.items() if not tally.is_good]
    sys.stdout.write(f"\nseed {seed}; {path}\n")
    sys.stdout.write(f"NOT AS IT SHOULD BE: {', '.join(bad)}\n" if bad else "all found and named\n")
    return 1 if bad else 0


def _cells(tally: Tally) -> tuple[int | str, ...]:
    found = (tally.found, tally.named) if tally.planted else ("-", "-")
    return (tally.planted or "-", *found, tally.false_alarms)


class _Bed:
    """A database and its snapshot, and copies of both that may be damaged."""

    def __init__(self, server: EmbeddedServer, folder: Path) -> None:
        self.server = server
        for role in ("app", "auditor"):
            server.create_role(role)
        source = self.target(server.create_database("source", owner="app"))
        _execute(source, (SCHEMA.read_text("utf-8"),))
        self.store = Store(folder / "store")
        self.other = backup(source, Store(folder / "other")).snapshot
        self.snapshot = backup(source, self.store).snapshot
        self.restored = self.target(server.create_database("restored", owner="app"))
        restore(self.restored, self.snapshot)
        self._folder = folder
        self._copies = 0

    @staticmethod
    def target(conninfo: str) -> Target:
        """What `-d` would mean by it."""
        return parse_target(conninfo, {}, {})

    def copied_database(self) -> Target:
        """A copy of the restored database, in the place of the last one."""
        with psycopg.connect(self.server.conninfo(), autocommit=True) as session:
            session.execute("DROP DATABASE IF EXISTS damaged WITH (FORCE)")
            session.execute(
                "CREATE DATABASE damaged TEMPLATE restored OWNER app STRATEGY file_copy"
            )
        return self.target(self.server.conninfo("damaged", "app"))

    def copied_snapshot(self) -> Path:
        """A copy of the whole store: the snapshot's folder in it."""
        self._copies += 1
        shutil.rmtree(self._folder / f"copy-{self._copies - 1}", ignore_errors=True)
        copy = self._folder / f"copy-{self._copies}"
        shutil.copytree(self.snapshot.path.parent, copy)
        return copy / self.snapshot.id


def _execute(target: Target, statements: tuple[str, ...]) -> None:
    with psycopg.connect(**target.connect_arguments(), autocommit=True) as session:  # type: ignore[arg-type]
        for statement in statements:
            session.execute(statement.encode())


def _all(bed: _Bed, chance: random.Random, rounds: int) -> Mapping[str, Tally]:
    tallies: dict[str, Tally] = {}
    for _ in range(rounds):
        for kind, in_folder in IN_SNAPSHOT.items():
            _plant_in_snapshot(bed, tallies.setdefault(kind, Tally()), in_folder, chance)
        for kind, in_database in IN_DATABASE.items():
            _plant_in_database(bed, tallies.setdefault(kind, Tally()), in_database(chance))
        for kind, harmless in HARMLESS.items():
            tally = tallies.setdefault(kind, Tally())
            target = bed.copied_database()
            _execute(target, harmless)
            tally.false_alarms += any(
                verify(target, bed.snapshot, by_sql=by_sql).verdict is not Verdict.MATCH
                for by_sql in (False, True)
            )
        tally = tallies.setdefault("none, in a snapshot", Tally())
        tally.false_alarms += bool(_faults(bed.copied_snapshot()))
    return tallies


# A snapshot's files


def _plant_in_snapshot(bed: _Bed, tally: Tally, plant: InFolder, chance: random.Random) -> None:
    folder = bed.copied_snapshot()
    names = plant(folder, bed.other, chance)
    tally.planted += 1
    said = _faults(folder)
    tally.found += bool(said)
    tally.named += all(name in said for name in names)


def _faults(folder: Path) -> str:
    """What opening and checking a snapshot finds; empty where that is nothing."""
    try:
        snapshot = Store(folder.parent).open(folder.name)
        report = check(snapshot)
    except ManifestError as error:
        return f"{error.what} {error.where} manifest.json"
    said = [f"{path}: {problem}" for path, problem in report.files]
    said += [f"{item.table} {item.reason}" for item in report.mismatches]
    said += [f"{name}: {reason}" for name, reason in report.unchecked]
    return "\n".join(said)


InFolder = Callable[[Path, Snapshot, random.Random], tuple[str, ...]]


def _files(folder: Path) -> list[Path]:
    """Every file that a snapshot cannot do without, in an order that does not change."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _parts(folder: Path) -> list[Path]:
    return sorted((folder / "data").iterdir())


def _name(path: Path) -> str:
    """What must be named: the file, or the manifest that is known by its signature, too."""
    return "manifest" if path.name.startswith("manifest") else path.name


def _flipped_bit(folder: Path, _other: Snapshot, chance: random.Random) -> tuple[str, ...]:
    path = chance.choice(_files(folder))
    data = bytearray(path.read_bytes())
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    path.write_bytes(data)
    return (_name(path),)


def _truncated(folder: Path, _other: Snapshot, chance: random.Random) -> tuple[str, ...]:
    path = chance.choice(_files(folder))
    data = path.read_bytes()
    path.write_bytes(data[: chance.randrange(len(data))])
    return (_name(path),)


def _longer(folder: Path, _other: Snapshot, chance: random.Random) -> tuple[str, ...]:
    path = chance.choice(_files(folder))
    path.write_bytes(path.read_bytes() + chance.randbytes(chance.randrange(1, 40)))
    return (_name(path),)


def _missing(folder: Path, _other: Snapshot, chance: random.Random) -> tuple[str, ...]:
    path = chance.choice([path for path in _files(folder) if path.name != "manifest.json"])
    path.unlink()
    return (_name(path),)


def _swapped(folder: Path, _other: Snapshot, chance: random.Random) -> tuple[str, ...]:
    one, two = chance.sample(_parts(folder), 2)
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)
    return (one.name, two.name)


def _duplicated(folder: Path, _other: Snapshot, chance: random.Random) -> tuple[str, ...]:
    path = chance.choice(_parts(folder))
    copy = path.with_name(f"{chance.randrange(10, 99)}-{path.name}")
    shutil.copy(path, copy)
    return (copy.name,)


def _extra(folder: Path, _other: Snapshot, chance: random.Random) -> tuple[str, ...]:
    path = chance.choice((folder, folder / "data", folder / "ddl")) / "stray.copy.zst"
    path.write_bytes(chance.randbytes(50))
    return (path.name,)


def _edited_rows(folder: Path, _other: Snapshot, chance: random.Random) -> tuple[str, ...]:
    """A row is changed by somebody who knows zstd: the file is as good as any."""
    path = chance.choice(_parts(folder))
    with path.open("rb") as file:
        text = bytearray(zstandard.ZstdDecompressor().stream_reader(file).read())
    place = chance.choice([place for place, byte in enumerate(text) if chr(byte).isdigit()])
    text[place] = ord("0") + (text[place] - ord("0") + 1) % 10
    path.write_bytes(zstandard.ZstdCompressor(level=1, write_checksum=True).compress(bytes(text)))
    return (path.name,)


def _edited_manifest(folder: Path, _other: Snapshot, chance: random.Random) -> tuple[str, ...]:
    path = folder / "manifest.json"
    text = path.read_text("utf-8")
    digits = [place for place, letter in enumerate(text) if letter.isdigit()]
    place = chance.choice(digits)
    path.write_text(text[:place] + str((int(text[place]) + 1) % 10) + text[place + 1 :], "utf-8")
    return ("manifest",)


def _sealed_again(folder: Path, _other: Snapshot, chance: random.Random) -> tuple[str, ...]:
    """Somebody edits the manifest and computes its seal anew, which anybody can."""
    manifest = Store(folder.parent).open(folder.name).manifest
    number = chance.randrange(len(manifest.tables))
    entry = manifest.tables[number]
    changed = chance.choice(
        (
            replace(entry, rows=entry.rows + 1),
            replace(entry, owner="mallory"),
            replace(entry, digest=entry.digest[::-1]),
            replace(entry, key=("made up",)),
        )
    )
    tables = (*manifest.tables[:number], changed, *manifest.tables[number + 1 :])
    (folder / "manifest.json").write_bytes(encode(replace(manifest, tables=tables)))
    return ("manifest.json",)


def _anothers(folder: Path, other: Snapshot, chance: random.Random) -> tuple[str, ...]:
    """The manifest of another snapshot, as it is or under this one's name."""
    text = (other.path / "manifest.json").read_bytes()
    if chance.random() < 0.5:
        text = encode(replace(other.manifest, id=folder.name))
    (folder / "manifest.json").write_bytes(text)
    return ("manifest",)


IN_SNAPSHOT: Mapping[str, InFolder] = {
    "snapshot: a bit is flipped": _flipped_bit,
    "snapshot: a file is cut short": _truncated,
    "snapshot: a file is longer": _longer,
    "snapshot: a file is missing": _missing,
    "snapshot: two parts are swapped": _swapped,
    "snapshot: a part is there twice": _duplicated,
    "snapshot: a file is there besides": _extra,
    "snapshot: rows are edited, and compressed": _edited_rows,
    "snapshot: the manifest is edited": _edited_manifest,
    "snapshot: the manifest is edited and sealed": _sealed_again,
    "snapshot: the manifest is another's": _anothers,
}


# A database


def _plant_in_database(bed: _Bed, tally: Tally, planted: Planted) -> None:
    target = bed.copied_database()
    *but_last, last = planted.statements
    _execute(target, tuple(but_last))
    try:
        _execute(target, (last,))
    except psycopg.errors.UniqueViolation:
        if "CONCURRENTLY" not in last:
            raise
    tally.planted += 1
    report = verify(target, bed.snapshot)
    tally.found += report.verdict is Verdict.MISMATCH
    said = "\n".join(_said(report))
    tally.named += all(name in said for name in planted.named)


def _said(report: VerificationReport) -> Iterator[str]:
    for finding in report.mismatches:
        yield f"{finding.table} {finding.reason}"
        yield from map(str, finding.named)
    for orphan in report.orphans:
        if orphan.verdict is Verdict.MISMATCH:
            yield f"orphans of {orphan.foreign_key.child}"
    for sequence in report.sequences:
        if sequence.verdict is Verdict.MISMATCH:
            yield f"sequence {sequence.sequence}"
    for item in report.objects:
        if item.verdict is Verdict.MISMATCH:
            yield f"{item.what} {item.change}"


def _thing(chance: random.Random, every: int = 1) -> int:
    """The key of a thing; where `every` is given, one of those whose key it divides."""
    return every * chance.randint(1, THINGS // every)


def _changed(column: str, value: str, *, every: int = 1) -> Callable[[random.Random], Planted]:
    """A kind of damage: one thing gets another value."""

    def plant(chance: random.Random) -> Planted:
        key = _thing(chance, every)
        statement = f"UPDATE thing SET {column} = {value} WHERE id = {key}"
        return Planted((statement,), (f"thing (id='{key}') changed: {column}",))

    return plant


def _always(*statements: str, named: str) -> Callable[[random.Random], Planted]:
    """A kind of damage in which there is nothing to draw."""
    return lambda _chance: Planted(statements, (named,))


def _deleted(chance: random.Random) -> Planted:
    key = _thing(chance)
    return Planted((f"DELETE FROM thing WHERE id = {key}",), (f"thing (id='{key}') missing",))


def _inserted(chance: random.Random) -> Planted:
    key = THINGS + chance.randint(1, 1000)
    return Planted(
        (
            (
                "INSERT INTO thing SELECT (jsonb_populate_record(t, jsonb_build_object('id',"
                f" {key}))).* FROM thing t WHERE id = {_thing(chance)}"
            ),
            f"SELECT setval('thing_id_seq', {key})",
        ),
        (f"thing (id='{key}') extra",),
    )


def _doubled(chance: random.Random) -> Planted:
    place = chance.randrange(READINGS)
    statement = f"INSERT INTO reading SELECT * FROM reading OFFSET {place} LIMIT 1"
    return Planted((statement,), ("reading (at=", ") extra"))


def _one_of_two(chance: random.Random) -> Planted:
    place = chance.randrange(READINGS)
    statement = (
        f"DELETE FROM reading WHERE ctid = (SELECT ctid FROM reading OFFSET {place} LIMIT 1)"
    )
    return Planted((statement,), ("reading (at=", ") missing"))


def _exchanged(chance: random.Random) -> Planted:
    one, two = chance.sample(range(1, THINGS + 1), 2)
    statement = (
        "UPDATE thing t SET picture = u.picture FROM thing u"
        f" WHERE (t.id, u.id) IN (({one}, {two}), ({two}, {one}))"
    )
    return Planted((statement,), (f"thing (id='{one}') changed", f"thing (id='{two}') changed"))


def _orphan(chance: random.Random) -> Planted:
    key = _thing(chance)
    return Planted(
        (
            "ALTER TABLE thing DROP CONSTRAINT thing_maker",
            f"UPDATE thing SET maker = 1000 WHERE id = {key}",
            (
                "ALTER TABLE thing ADD CONSTRAINT thing_maker FOREIGN KEY (maker) REFERENCES maker"
                " NOT VALID"
            ),
        ),
        (
            "orphans of thing",
            f"thing (id='{key}') changed",
            "constraint thing: thing_maker changed",
        ),
    )


def _behind(chance: random.Random) -> Planted:
    value = chance.randint(1, THINGS - 1)
    return Planted((f"SELECT setval('thing_id_seq', {value})",), ("sequence thing_id_seq",))


IN_DATABASE: Mapping[str, Callable[[random.Random], Planted]] = {
    "row: updated": _changed("note", "'other'"),
    "row: deleted": _deleted,
    "row: inserted": _inserted,
    "row: doubled, without a key": _doubled,
    "row: one of two deleted, without a key": _one_of_two,
    "row: two exchange a value": _exchanged,
    "value: 1.0 for 1.00": _changed("price", "(price::text || '0')::numeric"),
    "value: a blank at the end": _changed("name", "name || ' '"),
    "value: empty for NULL": _changed("note", "''", every=3),
    "value: -0 for 0": _changed("weight", "'-0'", every=7),
    "value: the last bit of a float": _changed("weight", "weight * 1.0000000000000002 + 5e-324"),
    "value: letters decomposed": _changed("name", "normalize(name, NFD)"),
    "value: a microsecond": _changed("made", "made + interval '1 microsecond'"),
    "value: a byte of many": _changed(
        "picture", "set_byte(picture, 31, 255 - get_byte(picture, 31))"
    ),
    "default: lost": _always(
        "ALTER TABLE thing ALTER price DROP DEFAULT", named="column thing: price changed"
    ),
    "default: changed": _always(
        "ALTER TABLE thing ALTER kind SET DEFAULT 'odd'", named="column thing: kind changed"
    ),
    "default: an identity lost": _always(
        "ALTER TABLE maker ALTER id DROP IDENTITY", named="column maker: id changed"
    ),
    "NOT NULL: lost": _always(
        "ALTER TABLE thing ALTER name DROP NOT NULL", named="column thing: name changed"
    ),
    "type: wider": _always(
        "ALTER TABLE thing ALTER kind TYPE varchar(30)", named="column thing: kind changed"
    ),
    "index: lost": _always("DROP INDEX thing_by_name", named="index thing: thing_by_name missing"),
    "index: of other columns": _always(
        "DROP INDEX thing_by_name",
        "CREATE INDEX thing_by_name ON thing (note) WHERE kind = 'plain'",
        named="index thing: thing_by_name changed",
    ),
    "index: invalid": _always(
        "DROP INDEX thing_by_name",
        "CREATE UNIQUE INDEX CONCURRENTLY thing_by_name ON thing (kind)",
        named="index thing: thing_by_name changed",
    ),
    "constraint: a check lost": _always(
        "ALTER TABLE thing DROP CONSTRAINT thing_price",
        named="constraint thing: thing_price missing",
    ),
    "constraint: a check weaker": _always(
        "ALTER TABLE thing DROP CONSTRAINT thing_kind",
        "ALTER TABLE thing ADD CONSTRAINT thing_kind CHECK (kind IN ('plain', 'odd', 'new'))",
        named="constraint thing: thing_kind changed",
    ),
    "constraint: a unique key lost": _always(
        "ALTER TABLE maker DROP CONSTRAINT maker_name", named="constraint maker: maker_name missing"
    ),
    "constraint: a foreign key lost": _always(
        "ALTER TABLE thing DROP CONSTRAINT thing_maker",
        named="constraint thing: thing_maker missing",
    ),
    "constraint: not validated": _always(
        "ALTER TABLE thing DROP CONSTRAINT thing_price",
        "ALTER TABLE thing ADD CONSTRAINT thing_price CHECK (price >= 0) NOT VALID",
        named="constraint thing: thing_price changed",
    ),
    "orphan": _orphan,
    "trigger: lost": _always(
        "DROP TRIGGER thing_stamp ON thing", named="trigger thing: thing_stamp missing"
    ),
    "trigger: disabled": _always(
        "ALTER TABLE thing DISABLE TRIGGER thing_stamp", named="trigger thing: thing_stamp changed"
    ),
    "function: changed": _always(
        "CREATE OR REPLACE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql"
        " AS 'BEGIN RETURN NEW; END'",
        named="function public: stamp() changed",
    ),
    "view: changed": _always(
        "CREATE OR REPLACE VIEW dear AS SELECT id, name FROM thing WHERE price > 21",
        named="view dear changed",
    ),
    "view: lost": _always("DROP VIEW dear", named="view dear missing"),
    "type: a label of an enum renamed": _always(
        "ALTER TYPE state RENAME VALUE 'used' TO 'worn'", named="type public: state changed"
    ),
    "type: a rule of a domain lost": _always(
        "ALTER DOMAIN grams DROP CONSTRAINT grams_light", named="type public: grams changed"
    ),
    "policy: lost": _always(
        "DROP POLICY everybody ON reading", named="policy reading: everybody missing"
    ),
    "grant: on a table": _always(
        "REVOKE SELECT ON thing FROM auditor", named="grant thing: SELECT TO auditor missing"
    ),
    "grant: on a column": _always(
        "REVOKE UPDATE (note) ON thing FROM auditor",
        named="grant thing: UPDATE ON note TO auditor missing",
    ),
    "grant: on a sequence": _always(
        "REVOKE USAGE ON SEQUENCE thing_id_seq FROM auditor",
        named="grant public: USAGE ON thing_id_seq TO auditor missing",
    ),
    "sequence: behind its column": _behind,
    "table: lost": _always("DROP TABLE reading", named="reading the database has no such table"),
    "column: lost": _always(
        "ALTER TABLE reading DROP COLUMN value",
        named="reading the database has no column value",
    ),
}
HARMLESS: Mapping[str, tuple[str, ...]] = {
    "none, in a database": (),
    "none: every row written anew": (
        "UPDATE thing SET name = name",
        "DELETE FROM reading",
        (
            "INSERT INTO reading SELECT timestamptz '2025-01-01 00:00+00'"
            " + n / 2 * interval '1 minute', 'hall', n / 2 FROM generate_series(400, 1, -1) AS n"
        ),
    ),
    "none: vacuumed, clustered, indexed anew": (
        "CLUSTER thing USING thing_pkey",
        "VACUUM FULL reading",
        "REINDEX TABLE thing",
        "ANALYZE",
    ),
    "none: an index, a column's comment, a grant besides": (
        "CREATE INDEX ON reading (at)",
        "COMMENT ON COLUMN thing.name IS 'what it is called'",
        "GRANT SELECT ON maker TO auditor",
    ),
    "none: a sequence ahead": ("SELECT nextval('thing_id_seq')",),
}
