"""What a command found, in words: its JSON document becomes a verdict, facts and lists.

Only documents are read, so that what is shown is what a script would see. Names in them come from
schemas and databases and are hostile: every text is escaped in `html_of`.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from snapkit.core.passwords import without_passwords
from snapkit.core.text import counted, size, visible
from snapkit.report.text import seconds_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from snapkit.lab.jobs import Ended

_SHOWN = 50  # of a list; the rest is counted
_NOT_BEGUN = "It had not begun."
_VALUE = 60  # of a value [characters]


class Tone(StrEnum):
    """How it came out; the values are the classes of the style sheet."""

    GOOD = "good"
    BAD = "bad"
    OPEN = "open"
    BUSY = "busy"  # it has not come out yet


_SIGNS = {Tone.GOOD: "✔", Tone.BAD: "✘", Tone.OPEN: "!", Tone.BUSY: "…"}
_COMPARED = {
    "match": "the same",
    "mismatch": "they differ",
    "unchecked": "not everything was compared",
}
_TONES = {"match": Tone.GOOD, "mismatch": Tone.BAD, "unchecked": Tone.OPEN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One outcome for people: a headline, facts, and lists under a heading each."""

    tone: Tone
    headline: str
    facts: tuple[tuple[str, str], ...] = ()
    lists: tuple[tuple[str, tuple[str, ...]], ...] = ()


def tell(ended: Ended) -> Told:
    """Put what a job found into words.

    Args:
        ended: How it ended.

    Returns:
        A message, whatever happened; errors keep their place and their hint.
    """
    document = ended.document
    if "error" in document:
        return _failure(ended, document["error"])
    if not document and ended.was_cancelled:
        return message(f"{ended.action.title} was cancelled", hint=_NOT_BEGUN, tone=Tone.OPEN)
    if not document:
        how = f"was killed by signal {-ended.exit_code}" if ended.exit_code < 0 else "wrote nothing"
        return Told(
            tone=Tone.BAD,
            headline=f"{ended.action.title}: the command {how}",
            facts=(("its last line", ended.last),) if ended.last else (),
        )
    return _TELLERS[document["command"]](ended.action.title, document)


def message(what: str, where: str = "", hint: str = "", *, tone: Tone = Tone.BAD) -> Told:
    """An error, or a refusal, as a message."""
    facts = tuple((name, text) for name, text in (("where", where), ("next", hint)) if text)
    return Told(tone=tone, headline=what, facts=facts)


def _failure(ended: Ended, error: Mapping[str, Any]) -> Told:
    if ended.was_cancelled:
        return message(f"{ended.action.title} was cancelled", hint=error["hint"], tone=Tone.OPEN)
    told = message(f"{ended.action.title}: {error['what']}", error["where"], error["hint"])
    problems = tuple(error.get("problems", ()))
    return Told(
        tone=told.tone,
        headline=told.headline,
        facts=told.facts,
        lists=(("reasons", problems),) if problems else (),
    )


def _backup(_: str, found: Mapping[str, Any]) -> Told:
    held = tuple(f"{one['name']}: {one['reason']}" for one in found["not_held"])
    return Told(
        tone=Tone.GOOD,
        headline=f"Snapshot {found['snapshot']} of database {found['database']} is taken",
        facts=(
            ("tables", f"{found['tables']:,}"),
            ("rows", f"{found['rows']:,}"),
            ("size", f"{size(found['bytes'])}; {size(found['stored_bytes'])} on disk"),
            ("took", seconds_text(found["seconds"])),
            ("folder", found["path"]),
            *((("orphans", f"{found['orphans']:,} in the source"),) if found["orphans"] else ()),
        ),
        lists=(("not in the snapshot", held),) if held else (),
    )


def _proof(title: str, found: Mapping[str, Any]) -> Told:
    """What check, verify, drill and restore share: a verdict, and what differs."""
    verdict = found["verdict"]
    tables = found.get("findings", found["tables"])
    equal = sum(table["verdict"] == "match" for table in tables)
    facts = [
        ("tables", f"{equal:,} of {len(tables):,} equal"),
        ("rows", f"{sum(table['rows_found'] or 0 for table in tables):,}"),
    ]
    if "rto_seconds" in found:
        facts.append(("from nothing to proven", seconds_text(found["rto_seconds"])))
    if "target" in found:
        facts.append(("database", found["target"]))
    facts.append(("took", seconds_text(found["seconds"])))
    lists = (
        ("tables that differ", [_table(one) for one in tables if one["verdict"] == "mismatch"]),
        ("rows that differ", [_row(one) for one in found["rows_named"]]),
        ("files", [f"{one['path']}: {one['problem']}" for one in found["files"]]),
        ("objects that differ", [_object(one) for one in _bad(found["objects"])]),
        ("rows without a parent", [_orphan(one) for one in _bad(found["orphans"])]),
        ("sequences", [_sequence(one) for one in _bad(found["sequences"])]),
        ("cannot be used", _used(found, "failed")),
        ("no better in the source", _used(found, "known")),
        ("not checked", list(_unchecked(found, tables))),
    )
    return Told(
        tone=_TONES[verdict],
        headline=f"{title}: {verdict}",
        facts=tuple(facts),
        lists=tuple((heading, tuple(lines)) for heading, lines in lists if lines),
    )


def _used(found: Mapping[str, Any], outcome: str) -> list[str]:
    """What a drill tried that came out so; other commands try nothing."""
    tried = found.get("usability", {}).get("findings", ())
    return [
        f"{one['kind']} {one['name']}: {one['reason']}"
        for one in tried
        if one["outcome"] == outcome
    ]


def _unchecked(found: Mapping[str, Any], tables: Sequence[Mapping[str, Any]]) -> Iterable[str]:
    """Everything that was not looked at, with the reason: whatever made a verdict unchecked."""
    lines = [
        f"table {_name(one)}: {one['reason'] or 'not looked at'}" for one in _open(tables)
    ] or (["tables: there are none"] if not tables else [])
    lines += [
        f"foreign key {one['foreign_key']} of {_name(one['child'])}: not looked at"
        for one in _open(found["orphans"])
    ]
    lines += [
        f"sequence {_name(one)}: the role may not read where it stands"
        for one in _open(found["sequences"])
    ]
    lines += _used(found, "unchecked")
    lines += [f"{one['name']}: {one['reason']}" for one in found["unchecked"]]
    return dict.fromkeys(lines)


def _open(items: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [item for item in items if item["verdict"] == "unchecked"]


def _bad(items: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [item for item in items if item["verdict"] == "mismatch"]


def _name(item: Mapping[str, Any]) -> str:
    space = item["namespace"]
    return str(item["name"]) if space == "public" else f"{space}.{item['name']}"


def _table(item: Mapping[str, Any]) -> str:
    counts = [
        f"{item[word]:,} {word}" for word in ("missing", "extra", "changed") if item.get(word)
    ]
    return ": ".join(filter(None, [_name(item), ", ".join(counts) or item["reason"]]))


def _row(item: Mapping[str, Any], sides: tuple[str, str] = ("snapshot", "database")) -> str:
    key = ", ".join(f"{name}={_short(value)}" for name, value in item["key"].items())
    values = "; ".join(
        f"{value['column']}: {_short(value[sides[0]])} → {_short(value[sides[1]])}"
        for value in item["columns"]
    )
    return f"{_name(item)} ({key}) {item['change']}" + (f": {values}" if values else "")


def _short(value: str | None) -> str:
    return "NULL" if value is None else visible(repr(value), _VALUE)


def _object(item: Mapping[str, Any]) -> str:
    return f"{item['object']}: {item['change']}"


def _orphan(item: Mapping[str, Any]) -> str:
    return f"{item['foreign_key']}: {counted(item['rows'], 'row')} of {_name(item['child'])}"


def _sequence(item: Mapping[str, Any]) -> str:
    return f"{_name(item)}: next {item['next_value']}, greatest {item['greatest']}"


def _restore(title: str, found: Mapping[str, Any]) -> Told:
    if not found.get("dry_run"):
        told = _proof(title, found)
        done = "committed" if found["committed"] else "rolled back"
        facts = (("rows restored", f"{found['rows_restored']:,}"), *told.facts)
        return Told(
            tone=told.tone, headline=f"{told.headline}, {done}", facts=facts, lists=told.lists
        )
    plan = found["plan"]
    removed, left = ([_name(one) for one in plan[key]] for key in ("removed", "untouched"))
    lists = (
        ("tables that lose their rows first", removed),
        ("tables left alone", left),
        ("notes", plan["notes"]),
        ("better with these rights", list(_missing(plan["rungs"]))),
        ("steps", plan["steps"]),
    )
    return Told(
        tone=Tone.OPEN if removed else Tone.GOOD,
        headline=f"{title}: {_effect(found['mode'], len(removed))}",
        facts=(
            ("rows put back", f"{plan['rows']:,}"),
            ("tables", f"{found['tables']:,}"),
            ("steps", f"{len(plan['steps']):,}"),
            ("database", found["target"]),
        ),
        lists=tuple((heading, tuple(lines)) for heading, lines in lists if lines),
    )


def _effect(mode: str, removed: int) -> str:
    if mode == "create":
        return "into an empty database; nothing is touched yet"
    return f"{counted(removed, 'table')} would lose rows; nothing is touched yet"


def _missing(rungs: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    return dict.fromkeys(text for rung in rungs for text in rung["missing"])


def _diff(title: str, found: Mapping[str, Any]) -> Told:
    sums = found["totals"]
    tables = [
        f"{_name(one)}: {one['removed']:,} removed, {one['added']:,} added, {one['changed']:,} "
        f"changed; {one['rows'] or 0:,} → {one['rows_found'] or 0:,} rows"
        if one["compared"]
        else f"{_name(one)}: {one['reason']}"
        for one in found["tables"]
        if one["verdict"] != "match"
    ]
    changes = [
        f"{one['change']} {one['name'] or ''} {one['item']}: {one['before']} → {one['after']}"
        for one in found["schema"]
    ]
    rows = [_row(one, ("a", "b")) for one in found["rows_named"]]
    unchecked = [f"{one['name']}: {one['reason']}" for one in found["unchecked"]]
    lists = (
        ("changes of the schema", changes),
        ("tables that differ", tables),
        ("rows that differ", rows),
        ("not compared", unchecked),
    )
    return Told(
        # to differ is no fault of snapshots
        tone=Tone.GOOD if found["verdict"] == "match" else Tone.OPEN,
        headline=f"{title}: {_COMPARED[found['verdict']]}",
        facts=(
            ("rows", f"{sums['rows']:,} → {sums['rows_found']:,}"),
            ("removed", f"{sums['removed']:,}"),
            ("added", f"{sums['added']:,}"),
            ("changed", f"{sums['changed']:,}"),
            ("tables", f"{sums['same']:,} of {sums['tables']:,} the same"),
        ),
        lists=tuple((heading, tuple(lines)) for heading, lines in lists if lines),
    )


_TELLERS = {
    "backup": _backup,
    "check": _proof,
    "drill": _proof,
    "verify": _proof,
    "restore": _restore,
    "diff": _diff,
}


def html_of(told: Told) -> str:
    """An outcome as HTML.

    Args:
        told: The outcome.

    Returns:
        One element; every text is escaped, and a screen reader is told of it.
    """
    facts = "".join(
        f"<div><dt>{safe_text(name)}</dt><dd>{safe_text(value)}</dd></div>"
        for name, value in told.facts
    )
    lists = "".join(_list(heading, lines) for heading, lines in told.lists)
    return (
        f'<div class="snapkit-told {told.tone}" role="status">'
        f'<p class="headline"><span aria-hidden="true">{_SIGNS[told.tone]}</span> '
        f"{safe_text(told.headline)}</p>"
        + (f"<dl>{facts}</dl>" if facts else "")
        + lists
        + "</div>"
    )


def _list(heading: str, lines: Sequence[str]) -> str:
    left = len(lines) - _SHOWN
    items = "".join(f"<li>{safe_text(line)}</li>" for line in lines[:_SHOWN])
    more = f"<p>and {left:,} more: run the command for all of them.</p>" if left > 0 else ""
    is_open = "" if heading in {"steps", "tables left alone"} else " open"
    return (
        f"<details{is_open}><summary>{safe_text(heading)} ({len(lines):,})</summary>"
        f"<ol>{items}</ol>{more}</details>"
    )


def safe_text(text: str) -> str:
    """A text for the page: one line, escaped, and without what looks like a password."""
    return html.escape(visible(without_passwords(str(text))))
