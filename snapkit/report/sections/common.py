"""Sections that every notebook has: the verdict first, failures next, what was unchecked last."""

from __future__ import annotations

import html
from dataclasses import replace
from typing import TYPE_CHECKING

from snapkit.core.text import counted, visible
from snapkit.report.figures import bars
from snapkit.report.sections.places import section
from snapkit.report.shown import Shown
from snapkit.report.tables import DataTable, Kind, data_table, mark, paragraph
from snapkit.report.text import size_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from snapkit.core.verdict import RowChange, RowDifference
    from snapkit.report.run import Run

# JupyterLab floats terms into columns of its own; pages and notebooks take the same grid.
_GRID = (
    "display: grid; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); "
    "gap: 0.5rem 1.4rem"
)
_ROW, _LONG = ' style="grid-column: 1 / -1"', 60  # [characters] of what has a row to itself
_NAMED = 6  # of what was left out for one reason; the CSV has them all
_PLAIN = "float: none; width: auto; margin: 0; display: block; overflow-wrap: anywhere"


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
    facts = (
        *run.identity,
        *judgement.facts,
        ("problems", f"{len(judgement.problems):,}"),
        ("not checked", f"{len(judgement.unchecked):,}"),
    )
    facts = tuple(sorted(facts, key=lambda pair: len(pair[1]) > _LONG))  # long ones leave no gap
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
        f'<div{_ROW if len(value) > _LONG else ""}><dt style="{_PLAIN}">{_text(name)}</dt>'
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


def checks(run: Run) -> Shown | DataTable:
    """What was checked, in figures: of how many it should hold, and of how many it does.

    Args:
        run: The run.

    Returns:
        One row per kind of thing, which leads to the section with the details; or a sentence.
    """
    found = run.judgement.checks
    if not found:
        return none_shown("Nothing was checked.")
    return data_table(
        f"{run.notebook}.checks",
        "What should hold, of how many, and of how many it does",
        (
            ("check", Kind.TEXT),
            ("status", Kind.OUTCOME),
            ("target", Kind.NUMBER),
            ("pass", Kind.NUMBER),
            ("fail", Kind.NUMBER),
            ("unchecked", Kind.NUMBER),
            ("unit", Kind.TEXT),  # last: a phone shows what stands before
        ),
        [
            (
                section(item.section, item.name),
                item.outcome,
                item.target,
                item.passed,
                item.failed,
                item.unchecked,
                item.unit,
            )
            for item in found
        ],
    )


def unchecked(run: Run) -> Shown | DataTable:
    """What was not looked at, and why: silence is no proof.

    Args:
        run: The run.

    Returns:
        One row per reason, with all that it holds for; or a sentence where nothing was left.
    """
    found = run.judgement.unchecked
    if not found:
        return none_shown("Nothing was left out.")
    reasons: dict[str, list[str]] = {}
    for what, why in found:
        reasons.setdefault(why, []).append(what)
    everything = data_table(
        f"{run.notebook}.unchecked",
        "What was not checked",
        (("what", Kind.TEXT), ("why", Kind.TEXT)),
        found,
        folder=run.folder,
    )
    shown = data_table(
        everything.name,
        "What was not checked, by reason",
        (("reason", Kind.TEXT), ("number", Kind.NUMBER), ("what", Kind.TEXT)),
        [(why, len(names), _listed(names)) for why, names in reasons.items()],
    )
    return replace(shown, more=everything.more, file=everything.file)


def _listed(names: Sequence[str]) -> str:
    rest = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + rest


def none_shown(text: str) -> Shown:
    """A sentence in the place of an empty table.

    Args:
        text: The sentence.

    Returns:
        A paragraph.
    """
    return Shown(text=text, html=paragraph(text))


def group_bars(sums: Mapping[str, tuple[int, int]], sized: str) -> Shown:
    """Draw rows and bytes by group, the largest first; groups without rows are counted.

    Args:
        sums: Rows and bytes of each group.
        sized: What the bytes are.

    Returns:
        A chart; or a sentence where no group has rows.
    """
    drawn = sorted(
        ((name, rows, size) for name, (rows, size) in sums.items() if rows),
        key=lambda one: (-one[2], -one[1], one[0]),
    )
    if not drawn:
        return none_shown("No group has rows.")
    empty = len(sums) - len(drawn)
    words = f"; {counted(empty, 'group')} without rows" if empty else ""
    return bars(
        f"Rows and size by group, the largest first{words}",
        [name for name, _, _ in drawn],
        [
            ("rows", [rows for _, rows, _ in drawn], lambda n: f"{n:,.0f}"),
            (sized, [size for _, _, size in drawn], lambda n: size_text(int(n))),
        ],
    )


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
