"""Primary keys, unique keys and indexes, in the order of Prisma's DMMF."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from snapkit.core.schema import FieldKind, Key, KeyField, KeyKind
from snapkit.prisma._identifiers import default_name, limit_of
from snapkit.prisma._problems import quoted
from snapkit.prisma._syntax import Arity, BlockKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from snapkit.core.schema import Span
    from snapkit.prisma._drafts import FieldDraft, ModelDraft
    from snapkit.prisma._facts import KeyFact, PartFact

# Python 3.11 looks an enum's member up by calling a function: once here, not once for each field
_ID: Final = KeyKind.ID
_UNIQUE: Final = KeyKind.UNIQUE
_OBJECT: Final = FieldKind.OBJECT
_VIEW: Final = BlockKind.VIEW
_REQUIRED: Final = Arity.REQUIRED
_SUFFIXES: Final = {
    KeyKind.ID: "_pkey",
    KeyKind.UNIQUE: "_key",
    KeyKind.NORMAL: "_idx",
    KeyKind.FULLTEXT: "_idx",
}
_ORDER: Final = (KeyKind.ID, KeyKind.NORMAL, KeyKind.UNIQUE, KeyKind.FULLTEXT)
_PLACES: Final = {kind: place for place, kind in enumerate(_ORDER)}


def resolve(
    model: ModelDraft,
    block_keys: Sequence[tuple[int, KeyFact]],
    composites: Mapping[str, Mapping[str, FieldDraft]],
    provider: str,
) -> list[Key]:
    """Make a model's keys.

    Args:
        model: Its fields are known.
        block_keys: `@@id` and the like, each with its line.
        composites: The fields of composite types, for keys that reach into them.
        provider: The datasource's; it limits the length of names.

    Returns:
        The primary key; `@unique`s by field; then indexes, `@@unique`s and full-text indexes.
    """
    limit = limit_of(provider)
    keys: list[Key] = []
    uniques: list[Key] = []
    for draft in model.fields.values():
        facts = draft.facts
        if facts.identity:
            keys.append(_field_key(model, draft, facts.identity, limit))
        if facts.unique:
            uniques.append(_field_key(model, draft, facts.unique, limit))
    ordered = sorted(block_keys, key=lambda one: _PLACES[one[1].kind])
    found = [_block_key(model, *one, composites, limit) for one in ordered]
    primary = sum(key.kind is _ID for key in found)
    keys = [*keys, *found[:primary], *uniques, *found[primary:]]
    _check(model, keys)
    return keys


def _field_key(model: ModelDraft, draft: FieldDraft, fact: KeyFact, limit: int) -> Key:
    part = KeyField(name=draft.node.name, column=draft.column, sort=fact.sort, length=fact.length)
    span = model.span(draft.line, draft.at(fact.column))
    return _key(model, span, fact, (part,), limit, is_on_field=True)


def _block_key(
    model: ModelDraft,
    line: int,
    fact: KeyFact,
    composites: Mapping[str, Mapping[str, FieldDraft]],
    limit: int,
) -> Key:
    parts = []
    for part in fact.parts:
        column = _column(model, line, fact, part, composites)
        parts.append(
            KeyField(
                name=part.path,
                column=column,
                sort=part.sort,
                length=part.length,
                operator_class=part.operator_class,
            )
        )
    if len({part.name for part in parts}) < len(parts):
        what = f"{_written(fact)} names a field twice"
        model.problem(line, fact.column, what, "Name each field once.")
    span = model.span(line, fact.column)
    return _key(model, span, fact, tuple(parts), limit, is_on_field=False)


def _key(
    model: ModelDraft,
    span: Span,
    fact: KeyFact,
    parts: tuple[KeyField, ...],
    limit: int,
    *,
    is_on_field: bool,
) -> Key:
    columns = () if fact.kind is _ID else tuple([part.column for part in parts])
    name = default_name(model.table.name, columns, _SUFFIXES[fact.kind], limit)
    return Key(
        kind=fact.kind,
        fields=parts,
        database_name=fact.map or name,
        span=span,
        name=fact.name,
        map=fact.map,
        is_on_field=is_on_field,
        algorithm=fact.algorithm,
        clustered=fact.clustered,
        predicate=fact.predicate,
    )


def _column(
    model: ModelDraft,
    line: int,
    fact: KeyFact,
    part: PartFact,
    composites: Mapping[str, Mapping[str, FieldDraft]],
) -> str:
    """The column a part of a key names; a path walks through composite types."""
    fields: Mapping[str, FieldDraft] = model.fields
    columns = []
    for name in part.path.split("."):
        draft = fields.get(name)
        if draft is None and not model.is_whole:
            return part.path
        if draft is None or draft.kind is _OBJECT:
            known = (key for key, one in fields.items() if one.kind is not _OBJECT)
            meant = model.problems.nearest(name, known)
            hint = f"Did you mean {meant}?" if meant else f"Name a field of {model.name}."
            what = f"field {quoted(name)} of {_written(fact)} is unknown"
            if draft is not None:
                what = f"field {quoted(name)} of {_written(fact)} is a relation, not a column"
                keys = draft.relation_fact.fields or ()
                hint = f"Name {', '.join(key for key, _ in keys) or 'its columns'} instead."
            model.problem(line, part.column, what, hint)
            return part.path
        columns.append(draft.column)
        fields = composites.get(draft.node.type, {})
    return ".".join(columns)


def _written(fact: KeyFact) -> str:
    """How a block's key is written."""
    return "@@index" if fact.kind is KeyKind.NORMAL else f"@@{fact.kind}"


def _check(model: ModelDraft, keys: Sequence[Key]) -> None:
    """Find what Prisma asks of a model's keys: one primary key at most, and a way to name a row."""
    primary = [key for key in keys if key.kind is _ID]
    for key in primary[1:]:
        what = f"{model.block.kind} {quoted(model.name)} has more than one primary key"
        model.problem(key.span.line, key.span.column, what, "Keep one @id, or write @@id([a, b]).")
    if model.block.kind is _VIEW or model.is_ignored or not model.is_whole:
        return
    for key in primary:
        _check_required(model, key)
    if not any(_names_a_row(model, key) for key in keys):
        what = f"model {quoted(model.name)} has no unique key of required fields"
        model.problem(
            model.block.line,
            model.block.column,
            what,
            "Mark a required field with @id or @unique, or write @@id([a, b]) or @@unique([a, b]).",
        )


def _check_required(model: ModelDraft, key: Key) -> None:
    """A primary key's fields are required."""
    for part in key.fields:
        draft = model.fields.get(part.name)
        if draft is not None and draft.node.arity is not _REQUIRED:
            form = "a list" if draft.node.arity is Arity.LIST else "optional"
            what = f"field {quoted(part.name)} of the primary key is {form}"
            hint = f"Write {draft.node.type}, or mark the key with @unique or @@unique."
            model.problem(key.span.line, key.span.column, what, hint)


def _names_a_row(model: ModelDraft, key: Key) -> bool:
    if key.kind not in {_ID, _UNIQUE} or key.predicate is not None:
        return False
    drafts = [model.fields.get(part.name) for part in key.fields]
    return all(
        draft is None
        or (
            (key.kind is _ID or draft.node.arity is _REQUIRED)
            and draft.kind is not FieldKind.UNSUPPORTED
        )
        for draft in drafts
    )


def check_names(drafts: Mapping[str, ModelDraft]) -> None:
    """Find keys and indexes of one name: PostgreSQL has one for each namespace.

    Args:
        drafts: Every model and view under its name, keys resolved; views have no indexes.
    """
    seen: dict[tuple[str, str], tuple[ModelDraft, Key]] = {}
    for model in drafts.values():
        if model.block.kind is _VIEW:
            continue
        for key in model.keys:
            name = (model.table.namespace, key.database_name)
            other, first = seen.setdefault(name, (model, key))
            same_table = other is not model and other.table == model.table  # a problem of its own
            if first is not key and not same_table:
                what = f"two keys or indexes have the name {quoted(key.database_name)}"
                hint = f'Give one another with map: "…"; the other is at {first.span}.'
                model.problem(key.span.line, key.span.column, what, hint)
