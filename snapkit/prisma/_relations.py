"""Relations: the two ends of each, their names, join tables and foreign keys.

Source: Prisma documentation, Relations and Referential actions; prisma-engines, parser-database.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final, TypeAlias

from snapkit.core.names import ForeignKey, ReferentialAction, TableName
from snapkit.core.schema import FieldKind, JoinTable, KeyKind, Relation, RelationMode
from snapkit.prisma._identifiers import cut, default_name, limit_of
from snapkit.prisma._problems import quoted
from snapkit.prisma._syntax import Arity, BlockKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from snapkit.core.schema import Datasource
    from snapkit.prisma._drafts import FieldDraft, ModelDraft

    _Ends: TypeAlias = dict[tuple[str, str, str | None], list[FieldDraft]]

# Python 3.11 looks an enum's member up by calling a function: once here, not once for each field
_LIST: Final = Arity.LIST
_REQUIRED: Final = Arity.REQUIRED
_OBJECT: Final = FieldKind.OBJECT
_VIEW: Final = BlockKind.VIEW
_ID: Final = KeyKind.ID
_SET_NULL: Final = ReferentialAction.SET_NULL
_RESTRICT: Final = ReferentialAction.RESTRICT
_CASCADE: Final = ReferentialAction.CASCADE
_JOIN_ENDS: Final = ("A", "B")
_NAMED: Final = 5  # fields named in a message; the rest are counted


def resolve(drafts: Mapping[str, ModelDraft], source: Datasource | None) -> tuple[JoinTable, ...]:
    """Give every relation field its relation.

    Args:
        drafts: Every model and view under its name; their relation fields get `relation`.
        source: The datasource; MongoDB keeps many-to-many relations inside documents.

    Returns:
        The join tables, ordered by where their first field stands.
    """
    joins: list[JoinTable] = []
    ends = _ends(drafts)
    limit = limit_of(source.provider if source else "postgresql")
    for model in drafts.values():
        for draft in model.relations:
            other = drafts[draft.node.type]
            opposite, is_sure = _opposite(model, draft, other, ends)
            name = draft.relation_fact.name or _default_name(model.name, other.name)
            fact = draft.relation_fact
            draft.relation = Relation(
                name=name,
                to_model=other.name,
                from_fields=_known(model, draft, fact.fields, model, "fields"),
                to_fields=_known(model, draft, fact.references, other, "references"),
                on_delete=fact.on_delete,
                on_update=fact.on_update,
                map=fact.map,
                opposite=opposite.node.name if opposite else None,
            )
            if opposite is None:
                _complain_of_ends(model, draft, other)
                continue
            if is_sure:
                _check(model, draft, other, opposite)
            is_join = draft.node.arity is opposite.node.arity is _LIST
            if not is_join or (source is not None and source.provider == "mongodb"):
                continue
            _check_join(model, draft, other)
            if _is_first(model, draft, other, opposite):
                joins.append(_join_table(model, draft, opposite, draft.relation, limit))
    return tuple(joins)


def _default_name(one: str, other: str) -> str:
    return f"{one}To{other}" if one <= other else f"{other}To{one}"


def _ends(drafts: Mapping[str, ModelDraft]) -> _Ends:
    """Every relation field, by its model, the model it points at, and the relation's name."""
    found: _Ends = {}
    for model in drafts.values():
        for draft in model.relations:
            key = (model.name, draft.node.type, draft.relation_fact.name)
            found.setdefault(key, []).append(draft)
    return found


def _opposite(
    model: ModelDraft, draft: FieldDraft, other: ModelDraft, ends: _Ends
) -> tuple[FieldDraft | None, bool]:
    """Find the other end, and whether it is the only one that it can be."""
    name = draft.relation_fact.name
    same = ends.get((other.name, model.name, name), ())
    if len(same) == 1 and model is not other:
        return same[0], True
    count = len(same) - (model is other)  # without the field itself
    found = list(islice((end for end in same if end is not draft), _NAMED))
    is_sure = count <= 1 and not (found and model is other and name is None)
    if not is_sure:
        names = " and ".join(quoted(end.node.name) for end in found)
        names += f" and {count - len(found)} more" if count > len(found) else ""
        model.problem(
            draft.line,
            draft.node.column,
            f"relation {quoted(draft.node.name)} is ambiguous: {other.name} has also {names}",
            'Give both ends of each relation the same name: @relation("Name").',
        )
    return (found[0] if found else None), is_sure


def _complain_of_ends(model: ModelDraft, draft: FieldDraft, other: ModelDraft) -> None:
    """Say that the other end is missing, and what it may look like."""
    if not other.is_whole:
        return
    name = draft.relation_fact.name
    back = other.relations_to.get(model.name, ())
    near = next((end for end in back if end is not draft), None)
    hint = f"Add a field of type {model.name} or {model.name}[] to model {other.name}."
    if near is not None:
        wanted = f"@relation({quoted(name)})" if name else "no name in @relation"
        hint = f"{other.name}.{near.node.name} has another relation name; give it {wanted}."
    what = f"relation {quoted(draft.node.name)} has no other end in model {quoted(other.name)}"
    model.problem(draft.line, draft.node.column, what, hint)


def _known(
    model: ModelDraft,
    draft: FieldDraft,
    names: tuple[tuple[str, int], ...] | None,
    owner: ModelDraft,
    argument: str,
) -> tuple[str, ...]:
    """The fields an argument names; those that `owner` does not have are problems."""
    found = []
    for name, column in names or ():
        field = owner.fields.get(name)
        if field is not None and field.kind is not _OBJECT:
            found.append(name)
            continue
        if field is None and not owner.is_whole:
            continue
        columns = (key for key, one in owner.fields.items() if one.kind is not _OBJECT)
        meant = model.problems.nearest(name, columns)
        hint = f"Did you mean {meant}?" if meant else f"Name a field of model {owner.name}."
        problem = "is a relation, not a column" if field else "is unknown"
        what = f"field {quoted(name)} of {quoted(argument)} {problem} in model {quoted(owner.name)}"
        model.problem(draft.line, draft.at(column), what, hint)
    return tuple(found)


def _check(model: ModelDraft, draft: FieldDraft, other: ModelDraft, opposite: FieldDraft) -> None:
    """Find what keeps two ends from being one relation."""
    fact, back = draft.relation_fact, opposite.relation_fact
    at = (draft.line, draft.at(fact.column) if fact.column else draft.node.column)
    is_list = draft.node.arity is _LIST
    if is_list and opposite.node.arity is _LIST:
        return
    if is_list:
        if fact.fields or fact.references:
            what = f"the list end {quoted(draft.node.name)} cannot hold the relation's key"
            hint = f"Move fields and references to {other.name}.{opposite.node.name}."
            model.problem(*at, what, hint)
        return
    one_to_one = opposite.node.arity is not _LIST
    if one_to_one and not fact.fields and back.fields:
        if draft.node.arity is _REQUIRED:
            what = f"{quoted(draft.node.name)} cannot be required: its key is in {other.name}"
            model.problem(draft.line, draft.node.column, what, f"Write {other.name}?.")
        return
    if not fact.fields or not fact.references:
        missing = " and ".join(
            word
            for word, given in (("fields", fact.fields), ("references", fact.references))
            if not given
        )
        what = f"relation {quoted(draft.node.name)} needs {missing}"
        hint = "Write @relation(fields: [key], references: [id])."
        model.problem(*at, what, hint)
    elif one_to_one and back.fields:
        what = f"both ends of relation {quoted(draft.node.name)} hold its key"
        model.problem(*at, what, f"Remove fields and references here or in {other.name}.")
    elif len(fact.fields) != len(fact.references):
        what = f"relation {quoted(draft.node.name)} pairs {len(fact.fields)} with "
        hint = "Name as many fields as references."
        model.problem(*at, f"{what}{len(fact.references)} fields", hint)
    else:
        _check_unique(model, draft, other, one_to_one=one_to_one)


def _check_join(model: ModelDraft, draft: FieldDraft, other: ModelDraft) -> None:
    """A join table's column holds a primary key of one field."""
    primary = next((key for key in other.keys if key.kind is _ID), None)
    if other.is_whole and (primary is None or len(primary.fields) != 1):
        name = quoted(draft.node.name)
        what = f"many-to-many relation {name} needs an @id of one field in {other.name}"
        hint = f"Give {other.name} one, or write a model for the join table."
        model.problem(draft.line, draft.node.column, what, hint)


def _check_unique(
    model: ModelDraft, draft: FieldDraft, other: ModelDraft, *, one_to_one: bool
) -> None:
    """A key points at a unique key; that of a one-to-one relation is unique itself."""
    relation, at = draft.relation, draft.at(draft.relation_fact.column)
    if relation is None or not (model.is_whole and other.is_whole):
        return
    own, theirs = frozenset(relation.from_fields), frozenset(relation.to_fields)
    if one_to_one and own and own not in model.unique_sets:
        what = f"one-to-one relation {quoted(draft.node.name)} needs a unique key"
        hint = f"Write @@unique([{', '.join(relation.from_fields)}]), or make the other end a list."
        model.problem(draft.line, at, what, hint)
    if theirs and theirs not in other.unique_sets:
        named = ", ".join(relation.to_fields)
        what = f"relation {quoted(draft.node.name)} references ({named}), which is not unique"
        hint = f"Add @@unique([{named}]) to model {other.name}, or reference its key."
        model.problem(draft.line, at, what, hint)


def _is_first(
    model: ModelDraft, draft: FieldDraft, other: ModelDraft, opposite: FieldDraft
) -> bool:
    """Whether this end is `A`: by the models' names, then by the fields'."""
    return (model.name, draft.node.name) < (other.name, opposite.node.name)


def _join_table(
    model: ModelDraft, draft: FieldDraft, opposite: FieldDraft, relation: Relation, limit: int
) -> JoinTable:
    """The join table of two list ends; the server cuts its name, so the catalog has it cut."""
    return JoinTable(
        name=TableName(model.table.namespace, cut(f"_{relation.name}", limit)),
        relation=relation.name,
        model_a=model.name,
        model_b=relation.to_model,
        field_a=draft.node.name,
        field_b=opposite.node.name,
        span=model.span(draft.line, draft.node.column),
    )


def foreign_keys(
    drafts: Mapping[str, ModelDraft], joins: tuple[JoinTable, ...], source: Datasource | None
) -> tuple[ForeignKey, ...]:
    """The foreign keys that relations imply; views have none.

    Args:
        drafts: Every model and view under its name, relations resolved.
        joins: The join tables.
        source: The datasource: its provider and relation mode.

    Returns:
        Foreign keys with Prisma's names and the effective actions: models' in order, then joins'.
    """
    provider = source.provider if source else "postgresql"
    enforced = source is None or source.relation_mode is RelationMode.FOREIGN_KEYS
    found = []
    for model in drafts.values():
        for draft in model.relations:
            relation = draft.relation
            if relation is None or not relation.from_fields:
                continue
            parent = drafts[relation.to_model]
            if model.block.kind is _VIEW or parent.block.kind is _VIEW:
                continue
            found.append(_foreign_key(model, draft, relation, parent, provider, enforced=enforced))
    for join in joins:
        for end, name in zip(_JOIN_ENDS, (join.model_a, join.model_b), strict=True):
            found.append(_join_key(join, end, drafts[name], provider, enforced=enforced))
    return tuple(found)


def _foreign_key(
    model: ModelDraft,
    draft: FieldDraft,
    relation: Relation,
    parent: ModelDraft,
    provider: str,
    *,
    enforced: bool,
) -> ForeignKey:
    columns = tuple(model.fields[name].column for name in relation.from_fields)
    arities = {model.fields[name].node.arity for name in relation.from_fields}
    is_required = _REQUIRED in arities or draft.node.arity is _REQUIRED
    if not is_required:
        implied = _SET_NULL
    elif provider == "sqlserver":
        implied = ReferentialAction.NO_ACTION  # it has no RESTRICT
    else:
        implied = _RESTRICT
    name = default_name(model.table.name, columns, "_fkey", limit_of(provider))
    return ForeignKey(
        name=relation.map or name,
        child=model.table,
        columns=columns,
        parent=parent.table,
        parent_columns=tuple(parent.fields[name].column for name in relation.to_fields),
        on_delete=relation.on_delete or implied,
        on_update=relation.on_update or _CASCADE,
        enforced=enforced,
    )


def _join_key(
    join: JoinTable, end: str, parent: ModelDraft, provider: str, *, enforced: bool
) -> ForeignKey:
    key = next((key for key in parent.keys if key.kind is _ID), None)
    return ForeignKey(
        name=cut(f"{join.name.name}_{end}_fkey", limit_of(provider)),
        child=join.name,
        columns=(end,),
        parent=parent.table,
        parent_columns=key.columns if key else (),
        on_delete=_CASCADE,
        on_update=_CASCADE,
        enforced=enforced,
    )
