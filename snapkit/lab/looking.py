"""A snapshot to look at: rows of a table, coverage by group, growth over snapshots."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from snapkit.core.coverage import Coverage, CoverageVerdict
from snapkit.core.text import counted, visible
from snapkit.lab.markup import NO_GROUP
from snapkit.report.growth import growth
from snapkit.report.sections.history import growth_figure
from snapkit.report.tables import Kind, data_table

if TYPE_CHECKING:
    import pandas as pd

    from snapkit.core.manifest import Manifest
    from snapkit.store import Snapshot, Store

_WIDEST = 60  # of a cell [characters]; a cut one ends in an ellipsis


def table_choices(manifest: Manifest) -> list[tuple[str, str]]:
    """The tables of a snapshot, to choose from.

    Args:
        manifest: What the snapshot holds.

    Returns:
        Pairs of a label (group, model or table, rows) and a full name; by group, then name.
    """
    found = sorted(
        (entry.group or "", entry.model or str(entry.table), entry)
        for entry in manifest.data_tables
    )
    return [
        (
            visible(f"{group + ' · ' if group else ''}{name} ({entry.rows:,})"),
            f"{entry.namespace}.{entry.name}",
        )
        for group, name, entry in found
    ]


def preview(snapshot: Snapshot, table: str, limit: int) -> str:
    """The first rows of a table.

    Args:
        snapshot: Which one.
        table: A model or table.
        limit: How many rows [rows].

    Returns:
        The line of Python that gives the same, what is shown of how much, and the rows.

    Raises:
        ManifestError: A part is damaged.
        UsageError: There is no such table, or its text is not UTF-8.
    """
    found = snapshot.table(table)
    frame = found.to_pandas(limit=limit)
    name = found.entry.model or f"{found.name.namespace}.{found.name.name}"
    code = f"snapkit.open({snapshot.id!r}).table({name!r}).to_pandas(limit={limit})"
    return (
        f'<div class="snapkit-preview"><p><code>{html.escape(code)}</code></p>'
        f"<p>{html.escape(visible(_said(frame)))}</p>{_rows(frame)}</div>"
    )


def _rows(frame: pd.DataFrame) -> str:
    """The rows as a table. `to_html` would round floats and take blanks away."""
    heads = "".join(f"<th>{_text(name)}</th>" for name in frame.columns)
    lines = (
        f"<tr><th>{number}</th>{''.join(map(_cell, values))}</tr>"
        for number, *values in frame.astype(object).itertuples(name=None)
    )
    return f"<table><thead><tr><td></td>{heads}</tr></thead><tbody>{''.join(lines)}</tbody></table>"


def _cell(value: object) -> str:
    import pandas as pd  # noqa: PLC0415 -- half a second

    if value is None or value is pd.NA or value is pd.NaT:
        return '<td class="null">NULL</td>'
    return f"<td>{_text(str(value))}</td>"  # of a float, the shortest text that is it


def _text(text: str) -> str:
    return html.escape(visible(text, _WIDEST))


def _said(frame: pd.DataFrame) -> str:
    facts = frame.attrs
    words = [f"{len(frame):,} of {counted(facts['rows'], 'row')}"]
    if facts["generated"]:
        words.append(f"generated, so not in the snapshot: {', '.join(facts['generated'])}")
    if facts["as_text"]:
        words.append(f"text because of a value: {', '.join(facts['as_text'])}")
    return "; ".join(words) + "."


def coverage_table(found: Coverage, manifest: Manifest, source: str) -> str:
    """Coverage by group, and whether all is covered.

    Args:
        found: The reconciliation.
        manifest: The snapshot; names what it does not hold.
        source: Which catalog it was.

    Returns:
        Two sentences, what is amiss or was not looked at, and a table.
    """
    sums = found.totals
    drifted = [item for item in found.drift if item.is_drift]
    drift = counted(len(drifted), "drift") if found.has_schema else "drift not checked: no schema"
    words = (
        f"{_sign(found, is_drifted=bool(drifted))} {counted(sums.tables, 'table')}, "
        f"{counted(sums.gaps, 'gap')}, {drift}"
    )
    table = data_table(
        "workbench.coverage",
        "Coverage by group",
        (
            ("group", Kind.TEXT),
            ("tables", Kind.NUMBER),
            ("in schema", Kind.NUMBER),
            ("in database", Kind.NUMBER),
            ("in snapshot", Kind.NUMBER),
            ("rows", Kind.NUMBER),
            ("size", Kind.SIZE),
            ("gaps", Kind.NUMBER),
        ),
        [
            (
                NO_GROUP if group.name is None else group.name,
                group.totals.tables,
                group.totals.in_schema,
                group.totals.in_catalog,
                group.totals.in_snapshot,
                group.totals.snapshot_rows,
                group.totals.snapshot_bytes,
                group.totals.gaps,
            )
            for group in found.groups
        ],
    )
    lines = [f"{row.table}: {row.reason or row.status}" for row in found.gaps]
    lines += [
        f"drift: {item.kind} {item.where}: schema has {item.expected}, database has {item.found}"
        for item in drifted
    ]
    lines += [f"{name}: not in the snapshot: {why}" for name, why in manifest.not_held]
    items = "".join(f"<li>{html.escape(visible(line))}</li>" for line in lines)
    return (
        f"<p><strong>{words}</strong></p><p>Catalog: {html.escape(visible(source))}.</p>"
        + (f"<ul>{items}</ul>" if items else "")
        + table.to_html()
    )


def _sign(found: Coverage, *, is_drifted: bool) -> str:
    if is_drifted or found.verdict is CoverageVerdict.INCOMPLETE:
        return "✘"
    return "✔" if found.has_schema and found.verdict is CoverageVerdict.COMPLETE else "!"


def growth_chart(store: Store, snapshot: Snapshot) -> str:
    """How a database grew, up to a snapshot.

    Args:
        store: Where the snapshots before it are.
        snapshot: The last one.

    Returns:
        A chart with its figures in words; a sentence where it is the first snapshot.

    Raises:
        ManifestError: The snapshot's manifest names no time.
        StorageError: The store cannot be read.
    """
    shown = growth_figure(growth(store, snapshot))
    if not shown.svg:
        return shown.html
    label = html.escape(shown.alt)
    return f'<div class="snapkit-growth" role="img" aria-label="{label}">{shown.svg}</div>'
