"""The demo's story: the shop is backed up, restored, proven, damaged, and the damage is found.

It runs on an embedded server that is gone afterwards, as an ordinary role. What stays is the
snapshot in the store and the pages of its reports.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from snapkit.core.graph import cycles, load_order
from snapkit.core.names import TableName
from snapkit.core.verdict import RowChange, Verdict
from snapkit.demo import build, schema_path
from snapkit.pg.server import EmbeddedServer
from snapkit.pg.session import connect
from snapkit.pg.target import Target, parse_target
from snapkit.report.runner import run_reports
from snapkit.workflows.backup import backup
from snapkit.workflows.check import check
from snapkit.workflows.lending import lent
from snapkit.workflows.restore import restore
from snapkit.workflows.schema_files import read_schema
from snapkit.workflows.verify import verify

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from snapkit.core.graph import Stage
    from snapkit.core.schema import Schema
    from snapkit.core.verdict import VerificationReport
    from snapkit.store import Snapshot, Store
    from snapkit.workflows.progress import Progress

ROLE = "shopkeeper"
SHOP, COPY = "shop", "shop_copy"
DSN_VARIABLE = "SNAPKIT_DSN"
_DAMAGED = TableName("public", "product")
_READ = "SELECT id::text, name, price::text FROM public.product ORDER BY id LIMIT 1"
_DAMAGE = "UPDATE public.product SET price = price + 1 WHERE id = %s RETURNING price::text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """One step that was taken. `facts` are lines for people, `figures` the same for programs.

    `seconds` is how long it took [s]; `is_good` is false where it did not come out as it must.
    `is_waiting` asks whoever reads the story to stay: what follows ends the server.
    """

    title: str
    facts: tuple[str, ...]
    seconds: float
    figures: Mapping[str, Any] = field(default_factory=dict)
    is_good: bool = True
    is_waiting: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """One row that was changed on purpose: its key, and the price before and after."""

    key: str
    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shops:
    """Both databases: the shop, and an empty one for the copy; `conninfo` is the copy's."""

    shop: Target
    copy: Target
    conninfo: str


def tell(
    store: Store,
    out: Path,
    progress: Progress,
    stage: Callable[[str, int, int], None],
    *,
    keep: bool = False,
) -> Generator[Chapter, None, None]:
    """Take every step of the story; the server lives until the iterator is closed.

    Args:
        store: Where the snapshot goes.
        out: Where the reports go.
        progress: Told of the bytes of each workflow.
        stage: Told of each notebook: its name, how many are done, how many there are.
        keep: Whether to tell last how to connect to the server.

    Yields:
        Each step once it was taken. After one that is not good there are no more.

    Raises:
        SnapkitError: A step could not be taken at all.
    """
    with ExitStack() as stack:
        clock = time.perf_counter()
        server = stack.enter_context(EmbeddedServer(Path(tempfile.gettempdir())))
        shops = _open_shops(server)
        yield _built(shops.shop, clock)
        clock = time.perf_counter()
        schema = read_schema(schema_path())
        yield _read(schema, clock)
        taken = _backed_up(shops.shop, store, schema, progress)
        yield taken
        snapshot = store.open(taken.figures["snapshot"])
        yield _checked(snapshot, progress)
        restored = _restored(shops.copy, snapshot, progress)
        yield restored
        if not restored.is_good:
            return
        yield _reported(shops.conninfo, store, snapshot, out, stage)
        yield _damaged(shops.copy, snapshot, progress)
        if keep:
            yield _kept(server)


def _open_shops(server: EmbeddedServer) -> _Shops:
    server.create_role(ROLE)
    shop = parse_target(server.create_database(SHOP, ROLE), {}, {})
    conninfo = server.create_database(COPY, ROLE)
    return _Shops(shop=shop, copy=parse_target(conninfo, {}, {}), conninfo=conninfo)


def _built(shop: Target, clock: float) -> Chapter:
    with connect(shop) as session:
        version = session.scalar("SHOW server_version")
        counts = build(session)
    return Chapter(
        title="The shop is open",
        facts=(
            f"PostgreSQL {version}, embedded; database {SHOP} of the ordinary role {ROLE}",
            f"{counts.tables} tables, {counts.filled} of them with rows, {counts.rows:,} rows",
        ),
        seconds=time.perf_counter() - clock,
        figures={"server": version, "rows_built": counts.rows},
    )


def _read(schema: Schema, clock: float) -> Chapter:
    stages = load_order(schema.tables, schema.foreign_keys)
    found = cycles(stages)
    relations = {
        (one.relation.name, min(model.name, one.type), max(model.name, one.type))
        for model in schema.models
        for one in model.relations
        if one.relation is not None
    }
    own = sorted({key.child for key in schema.foreign_keys if key.is_self_reference})
    joins = len(schema.join_tables)
    return Chapter(
        title="The schema is read",
        facts=(
            (
                f"{len(schema.models)} models found, in {len(schema.groups)} groups, "
                f"{len(relations)} relations, {joins} join table{'' if joins == 1 else 's'}"
            ),
            *(f"cycle of {len(one.tables)}: {_names(one, schema)}" for one in found),
            (
                f"{len(own)} tables reference themselves, "
                f"{max(stage.level for stage in stages) + 1} stages from parents to children"
            ),
        ),
        seconds=time.perf_counter() - clock,
        figures={
            "models": len(schema.models),
            "groups": len(schema.groups),
            "relations": len(relations),
            "cycles": [[schema.by_table[name].name for name in one.tables] for one in found],
        },
    )


def _names(stage: Stage, schema: Schema) -> str:
    return ", ".join(schema.by_table[name].name for name in stage.tables)


def _backed_up(shop: Target, store: Store, schema: Schema, progress: Progress) -> Chapter:
    result = backup(shop, store, schema=schema, progress=progress)
    manifest = result.snapshot.manifest
    tables = len(manifest.data_tables)
    models = sum(1 for entry in manifest.data_tables if entry.model)
    return Chapter(
        title="The shop is backed up",
        facts=(
            (
                f"{tables} tables ({models} of models, {tables - models} of join tables), "
                f"{manifest.rows:,} rows, {manifest.size / 1e6:.1f} MB, "
                f"{manifest.stored_size / 1e6:.1f} MB on disk"
            ),
            f"snapshot {manifest.id} in {result.snapshot.path}",
        ),
        seconds=result.seconds,
        figures={
            "snapshot": manifest.id,
            "path": str(result.snapshot.path),
            "tables": tables,
            "rows": manifest.rows,
            "bytes": manifest.size,
        },
        is_good=models == len(schema.models),
    )


def _checked(snapshot: Snapshot, progress: Progress) -> Chapter:
    clock = time.perf_counter()
    report = check(snapshot, progress=progress)
    return Chapter(
        title="The snapshot is checked at rest",
        facts=(f"every file, every row, every digest: {report.verdict}",),
        seconds=time.perf_counter() - clock,
        figures={"check": report.verdict},
        is_good=report.verdict is Verdict.MATCH,
    )


def _restored(copy: Target, snapshot: Snapshot, progress: Progress) -> Chapter:
    result = restore(copy, snapshot, progress=progress)
    report, tables = result.report, len(result.report.findings)
    matched = tables - len(report.mismatches)
    orphans = sum(item.rows or 0 for item in report.orphans)
    safe = sum(1 for item in report.sequences if item.verdict is Verdict.MATCH)
    return Chapter(
        title="The snapshot is restored",
        facts=(
            f"{result.rows_restored:,} rows restored into the empty database {COPY}",
            f"digests equal for {matched} of {tables} tables",
            f"{orphans} orphans in {len(report.orphans)} foreign keys",
            f"{safe} of {len(report.sequences)} sequences safe",
            "committed only after every row was read back and matched"
            if result.committed
            else "not committed: everything was rolled back",
        ),
        seconds=result.seconds,
        figures={
            "rows_restored": result.rows_restored,
            "tables_matched": matched,
            "orphans": orphans,
            "sequences": len(report.sequences),
            "sequences_safe": safe,
            "verdict": report.verdict,
        },
        is_good=result.committed and result.rows_restored == snapshot.manifest.rows,
    )


def _reported(
    conninfo: str,
    store: Store,
    snapshot: Snapshot,
    out: Path,
    stage: Callable[[str, int, int], None],
) -> Chapter:
    with lent(DSN_VARIABLE, conninfo):
        pages = run_reports(
            store.root.absolute(),
            snapshot.id,
            out.absolute(),
            dsn_env=DSN_VARIABLE,
            progress=lambda name, done, total: stage(f"running notebook {name}", done, total),
        )
    return Chapter(
        title="The pages are written",
        facts=(
            *(f"{page.outcome}: {page.notebook}" for page in pages.pages),
            f"open {pages.index}",
        ),
        seconds=pages.seconds,
        figures={
            "index": str(pages.index),
            "pages": {str(page.notebook): str(page.page) for page in pages.pages},
            "outcome": pages.outcome,
        },
        is_good=pages.exit_code == 0,
    )


def _damaged(copy: Target, snapshot: Snapshot, progress: Progress) -> Chapter:
    clock = time.perf_counter()
    damage = do_damage(copy)
    report = verify(copy, snapshot, progress=progress)
    found = is_exactly(report, damage)
    named = [str(row) for item in report.mismatches for row in item.named]
    return Chapter(
        title="One row of the copy is damaged, and found",
        facts=(
            (
                f"UPDATE product: the price of {damage.name!r} goes from {damage.before} "
                f"to {damage.after}"
            ),
            (
                f"verified again: {report.verdict}, {len(report.mismatches)} of "
                f"{len(report.findings)} tables"
            ),
            *(f"named: {row}" for row in named),
            "exactly that row, and no other"
            if found
            else "this is not exactly the row that was damaged",
        ),
        seconds=time.perf_counter() - clock,
        figures={
            "damage": {
                "table": _DAMAGED.name,
                "key": {"id": damage.key},
                "column": "price",
                "before": damage.before,
                "after": damage.after,
            },
            "named": named,
            "damage_found": found,
        },
        is_good=found,
    )


def do_damage(copy: Target) -> Damage:
    """Raise one price by one.

    Args:
        copy: The restored copy.

    Returns:
        The row, before and after.

    Raises:
        DatabaseError: The database refused.
    """
    with connect(copy) as session, session.transaction():
        ((key, name, before),) = session.rows(_READ)
        after = session.scalar(_DAMAGE, [int(key)])
    return Damage(key=key, name=name, before=before, after=after)


def is_exactly(report: VerificationReport, damage: Damage) -> bool:
    """Whether a report names one row of one table, and that it is the damaged one.

    Args:
        report: What a verification found.
        damage: What was done.

    Returns:
        False also where anything else differs.
    """
    if report.verdict is not Verdict.MISMATCH or len(report.mismatches) != 1 or report.files:
        return False
    (finding,) = report.mismatches
    others = {item.verdict for item in report.orphans}
    others |= {item.verdict for item in report.sequences}
    if finding.table != _DAMAGED or not others <= {Verdict.MATCH}:
        return False
    if (finding.missing, finding.extra, finding.changed, len(finding.named)) != (0, 0, 1, 1):
        return False
    (row,) = finding.named
    changed = [(value.column, value.snapshot, value.database) for value in row.values]
    return (
        row.change is RowChange.CHANGED
        and row.key == (("id", damage.key),)
        and changed == [("price", damage.before, damage.after)]
    )


def _kept(server: EmbeddedServer) -> Chapter:
    psql = server.bindir / "psql"
    return Chapter(
        title="The server runs until Ctrl-C",
        facts=tuple(f'{psql} "{server.conninfo(name, ROLE)}"' for name in (SHOP, COPY)),
        seconds=0.0,
        is_waiting=True,
    )
