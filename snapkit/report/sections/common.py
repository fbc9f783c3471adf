"""Sections that every notebook has: the verdict first, failures next, what was unchecked last."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from snapkit.core.text import visible
from snapkit.report.shown import Shown
from snapkit.report.tables import DataTable, Kind, data_table, mark, paragraph

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from snapkit.core.verdict import RowChange, RowDifference
    from snapkit.report.run import Run

# JupyterLab floats terms into columns of its own; pages and notebooks take the same grid.
_GRID = (
    "display: grid; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); "
    "gap: 0.5rem 1.4rem"
)
_PLAIN = "float: none; width: auto; margin: 0; display: block"


def headline(run: Run) -> Shown:
    """The verdict, in a sentence and in figures.

    Args:
        run: The run.

    Returns:
        A banner.
    """
    judgement = run.judgement
    outcome = judgement.outcome
    sign, word = mark(outcome).split(" ", 1)
    manifest = run.snapshot.manifest
    facts = (
        ("snapshot", run.snapshot.id),
        ("taken", manifest.started_at[:16].replace("T", " ") + " UTC"),
        *judgement.facts,
    )
    body = (
        f'<div class="verdict {outcome}" role="region" aria-label="Verdict">'
        f'<p class="word" style="font-size: 1.5em; font-weight: bold">'
        f'<span aria-hidden="true">{sign}</span> {word}</p>'
        f"<p>{_text(judgement.summary)}</p>{definitions(facts)}</div>"
    )
    lines = [f"{mark(outcome)}: {judgement.summary}"]
    return Shown(text="\n".join(lines + [f"{name}: {value}" for name, value in facts]), html=body)


def definitions(pairs: Iterable[tuple[str, str]]) -> str:
    """Pairs of a name and a value as a definition list.

    Args:
        pairs: Any texts; they are escaped.

    Returns:
        A `<dl>` element.
    """
    items = "".join(
        f'<div><dt style="{_PLAIN}">{_text(name)}</dt>'
        f'<dd style="{_PLAIN}">{_text(value)}</dd></div>'
        for name, value in pairs
    )
    return f'<dl style="{_GRID}">{items}</dl>'


def problems(run: Run) -> Shown:
    """What went wrong, one line each; or that nothing did.

    Args:
        run: The run.

    Returns:
        A list, the first lines of it open.
    """
    found = run.judgement.problems
    if not found:
        return none_shown("None.")
    shown = 50
    items = [f"<li>{_text(line)}</li>" for line in found]
    body = f'<ul class="problems">{"".join(items[:shown])}</ul>'
    if len(items) > shown:
        rest = "".join(items[shown:])
        body += f"<details><summary>{len(items) - shown:,} more</summary><ul>{rest}</ul></details>"
    return Shown(text="\n".join(found), html=body)


def unchecked(run: Run) -> Shown | DataTable:
    """What was not looked at, and why: silence is no proof.

    Args:
        run: The run.

    Returns:
        A table; or a sentence where everything was looked at.
    """
    found = run.judgement.unchecked
    if not found:
        return none_shown("Nothing was left out.")
    return data_table(
        "unchecked",
        "What was not checked",
        (("what", Kind.TEXT), ("why", Kind.TEXT)),
        found,
        folder=None,
    )


def none_shown(text: str) -> Shown:
    """A sentence in the place of an empty table.

    Args:
        text: The sentence.

    Returns:
        A paragraph.
    """
    return Shown(text=text, html=paragraph(text))


def row_cells(
    rows: Iterable[RowDifference], words: Mapping[RowChange, str] | None = None
) -> list[tuple[object, ...]]:
    """Rows that differ, as the cells of a table.

    Args:
        rows: In the order in which they are shown.
        words: What each kind of change is called; None takes its own name.

    Returns:
        Table, change, key, column and both values: one record per value, and one for a row that is
        on one side only.
    """
    cells: list[tuple[object, ...]] = []
    for row in rows:
        key = ", ".join(f"{name}={_value(value)}" for name, value in row.key)
        values = [(v.column, _value(v.snapshot), _value(v.database)) for v in row.values]
        head = (str(row.table), (words or {}).get(row.change, row.change.value), key)
        cells += [(*head, *value) for value in values] or [(*head, None, None, None)]
    return cells


def _value(value: str | None) -> str:
    return "NULL" if value is None else repr(value)


def _text(value: str) -> str:
    return html.escape(visible(value))
