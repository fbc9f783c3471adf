"""Lowering: blocks to a schema.

This room alone knows what `@map`, `@@map`, `@@schema`, `@@ignore` and implicit join tables mean for
the database.

Source: Prisma documentation, Prisma schema reference.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final

from snapkit.core.schema import (
    CompositeType,
    Field,
    FieldKind,
    KeyKind,
    Model,
    ModelKind,
    Schema,
    Span,
)
from snapkit.prisma import _keys, _relations
from snapkit.prisma._arguments import Arguments, Complaint
from snapkit.prisma._config import generators
from snapkit.prisma._defaults import default_fault
from snapkit.prisma._drafts import FieldDraft, ModelDraft
from snapkit.prisma._enums import lower_enum
from snapkit.prisma._facts import (
    NAMES,
    KeyFact,
    field_facts,
    key_fact,
    name_argument,
    unknown_attribute,
)
from snapkit.prisma._problems import nearest, quoted
from snapkit.prisma._run import (
    NATIVE_ARGUMENTS,
    NATIVE_SCALARS,
    SCALARS,
    Lowering,
    check_namespace,
    group_of,
    name_fault,
)
from snapkit.prisma._syntax import Arity, Array, BlockKind, Constant

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from snapkit.core.names import TableName
    from snapkit.core.schema import Datasource, Enum
    from snapkit.prisma._problems import Problems
    from snapkit.prisma._syntax import Attribute, Block, FieldNode

_KEY_ATTRIBUTES: Final = {
    "id": KeyKind.ID,
    "unique": KeyKind.UNIQUE,
    "index": KeyKind.NORMAL,
    "fulltext": KeyKind.FULLTEXT,
}
_OTHER_ATTRIBUTES: Final = ("map", "schema", "ignore", "shardKey")
# Python 3.11 looks an enum's member up by calling a function: once here, not once for each field
_SCALAR: Final = FieldKind.SCALAR
_OBJECT: Final = FieldKind.OBJECT
_ENUM: Final = FieldKind.ENUM
_ID: Final = KeyKind.ID
_UNIQUE: Final = KeyKind.UNIQUE
_MODELS: Final = frozenset({BlockKind.MODEL, BlockKind.VIEW})
_LIST: Final = Arity.LIST
_OPTIONAL: Final = Arity.OPTIONAL
_ON_COLUMNS: Final = ("id", "unique", "map", "default", "updatedAt")


def lower(
    files: Sequence[tuple[str, str]],
    blocks: Sequence[Block],
    problems: Problems,
    default_namespace: str,
) -> Schema:
    """Lower the blocks of every file.

    Args:
        files: Path and text of each file.
        blocks: What the parser made of them.
        problems: Takes what is wrong; with any, the schema is not to be used.
        default_namespace: The namespace of models without `@@schema`.

    Returns:
        The schema.
    """
    run = Lowering(files, blocks, problems, default_namespace)
    composites = {
        block.name: _fields(run, block, is_composite=True) for block in run.of_kind(BlockKind.TYPE)
    }
    drafts: dict[str, ModelDraft] = {}
    for block in run.of_kind(BlockKind.MODEL, BlockKind.VIEW):
        draft, block_keys = _draft(run, block)
        draft.keys = _keys.resolve(draft, block_keys, composites, run.provider)
        drafts[block.name] = draft
    _check_tables(drafts)
    if run.is_postgres:
        _keys.check_names(drafts)
    joins = _relations.resolve(drafts, run.source)
    enums = tuple(lower_enum(run, block) for block in run.of_kind(BlockKind.ENUM))
    _check_types(run, enums)
    whole = {enum.name: enum for enum in enums if run.declared[enum.name].is_whole}
    _check_defaults(drafts, whole)
    return Schema(
        models=tuple(_model(draft) for draft in drafts.values()),
        enums=enums,
        composite_types=tuple(_composite(run, name, fields) for name, fields in composites.items()),
        generators=generators(blocks, problems),
        datasource=run.source,
        join_tables=joins,
        foreign_keys=_relations.foreign_keys(drafts, joins, run.source),
        files=tuple(files),
        default_namespace=default_namespace,
    )


def _fields(run: Lowering, block: Block, *, is_composite: bool) -> dict[str, FieldDraft]:
    """Look up the type of every field of a block."""
    found: dict[str, FieldDraft] = {}
    columns: dict[str, str] = {}
    declared = run.declared
    for line, node, documentation in block.fields:
        name, type_name = node.name, node.type
        facts = field_facts(node.tail, type_name)
        if node.is_unsupported:
            kind = FieldKind.UNSUPPORTED
        elif type_name in SCALARS:
            kind = _SCALAR
        else:
            kind = _declared_kind(run, block, line, node, declared)
        if not name.isidentifier() and (fault := name_fault(name)):
            what = f"field {quoted(name)} {fault}"
            run.problem(block, line, node.column, what, "Use letters, digits and _.")
        draft = FieldDraft(line, node, documentation, kind, facts)
        if found.setdefault(name, draft) is not draft:
            what = f"field {quoted(name)} is declared twice"
            run.problem(block, line, node.column, what, f"The other is on line {found[name].line}.")
        elif kind is not _OBJECT:
            other = columns.setdefault(name if facts.map is None else facts.map, name)
            if other != name:
                what = f"fields {quoted(other)} and {quoted(name)} are the same column"
                run.problem(block, line, node.column, what, "Give one another @map.")
        if facts.columns or facts.complaints:
            for complaint in facts.complaints:
                column = node.offset + complaint.column
                run.problem(block, line, column, complaint.what, complaint.hint)
            is_known = kind is not _SCALAR or type_name in SCALARS
            if is_known:
                _check_attributes(run, block, draft, is_composite=is_composite)
    return found


def _declared_kind(
    run: Lowering, block: Block, line: int, node: FieldNode, declared: Mapping[str, Block]
) -> FieldKind:
    target = declared.get(node.type)
    if target is None:
        meant = run.problems.nearest(node.type, chain(declared, SCALARS))
        hint = f"Declare model {quoted(node.type)}" + (
            f", or write {quoted(meant)}." if meant else "."
        )
        what = f"unknown type {quoted(node.type)} for field {quoted(node.name)}"
        run.problem(block, line, node.type_column, what, hint)
        return _SCALAR
    if target.kind not in _MODELS:
        return _ENUM if target.kind is BlockKind.ENUM else FieldKind.COMPOSITE
    if block.kind is BlockKind.TYPE:
        what = f"field {quoted(node.name)} of a composite type cannot be a relation"
        run.problem(block, line, node.type_column, what, "Move it to a model.")
    return _OBJECT


def _check_attributes(
    run: Lowering, block: Block, draft: FieldDraft, *, is_composite: bool
) -> None:
    """Find attributes that do not go with the field's type."""
    facts, node = draft.facts, draft.node
    is_relation = draft.kind is _OBJECT
    for name, column in facts.columns.items():
        what = hint = ""
        if is_relation and name in _ON_COLUMNS:
            what = f"relation {quoted(node.name)} cannot have @{name}: it has no column"
            hint = "Put it on the fields that hold the relation's key."
        elif not is_relation and name == "relation":
            what = f"field {quoted(node.name)} is not a relation: {quoted(node.type)} is no model"
            hint = "Remove @relation, or give the field a model as its type."
        elif is_composite and name in {"id", "unique", "ignore", "relation", "updatedAt"}:
            what = f"field {quoted(node.name)} of a composite type cannot have @{name}"
            hint = "Remove it."
        elif name == "updatedAt" and (node.type != "DateTime" or node.arity is _LIST):
            what = f"field {quoted(node.name)} with @updatedAt is no single DateTime"
            hint = "Write DateTime, or remove @updatedAt."
        elif "." in name and draft.kind is not _SCALAR:
            what = f"field {quoted(node.name)} cannot have a native type: it is no scalar"
            hint = f"Remove @{name}."
        elif "." in name and run.source:
            what, hint = _native_fault(run, run.source, draft, name)
        elif name == "default" and (fault := default_fault(draft, run.provider)):
            what, hint = fault
        if what:
            run.problem(block, draft.line, draft.at(column), what, hint)


def _native_fault(
    run: Lowering, source: Datasource, draft: FieldDraft, name: str
) -> tuple[str, str]:
    """What is wrong with a native type such as `db.Text`, and what to do.

    One that is like none we know may be newer than we are, and is taken. A field may have several
    by mistake: each is held against the field's type by its own name.
    """
    scope, _, native = name.partition(".")
    if scope != source.name:
        hint = f"The datasource is {source.name}: @{source.name}.{native}."
        return f"unknown attribute {quoted('@' + name)}", hint
    if not run.is_postgres:
        return "", ""
    node, wanted = draft.node, NATIVE_SCALARS.get(native)
    if wanted is None:
        meant = nearest(native, NATIVE_SCALARS)
        what = f"unknown native type {quoted('@' + name)}"
        return (what, f"Did you mean @{scope}.{meant}?") if meant else ("", "")
    if wanted != node.type:
        what = f"{node.type} field {quoted(node.name)} cannot have the native type @{name}"
        return what, f"It goes with {wanted}."
    given = draft.facts.native
    arguments = given.type.arguments if given and given.type.name == native else ()
    count = NATIVE_ARGUMENTS.get(native, 0)
    if arguments and (len(arguments) != count or not all(map(str.isdecimal, arguments))):
        what = f"native type @{name} does not take these arguments"
        return what, f"It takes {('none', 'a whole number', 'two whole numbers')[count]}."
    return "", ""


def _draft(run: Lowering, block: Block) -> tuple[ModelDraft, list[tuple[int, KeyFact]]]:
    """Read a model's own attributes and its fields."""
    keys: list[tuple[int, KeyFact]] = []
    once: dict[str, str | None] = {}
    for line, attribute in block.attributes:
        complaints: list[Complaint] = []
        key = _block_attribute(attribute, once, complaints)
        if key is not None:
            keys.append((line, key))
        for complaint in complaints:
            run.problem(block, line, complaint.column, complaint.what, complaint.hint)
    namespace = once.get("schema")
    check_namespace(run, block, namespace)
    mapped = once.get("map")
    fields = _fields(run, block, is_composite=False)
    draft = ModelDraft(
        block=block,
        table=run.database_name(namespace, block.name if mapped is None else mapped),
        group=group_of(run, block, namespace),
        map=mapped,
        namespace=namespace,
        is_ignored="ignore" in once,
        fields=fields,
        relations=[one for one in fields.values() if one.kind is _OBJECT],
        problems=run.problems,
    )
    return draft, keys


def _block_attribute(
    attribute: Attribute, once: dict[str, str | None], complaints: list[Complaint]
) -> KeyFact | None:
    """Read `@@…`: a key is given back, a name goes to `once`."""
    name, key = attribute.name, None
    arguments = Arguments(attribute.written, attribute.arguments, attribute.column, complaints)
    if name in _KEY_ATTRIBUTES:
        key = key_fact(_KEY_ATTRIBUTES[name], arguments)
    elif name in _OTHER_ATTRIBUTES:
        if name in once:
            arguments.complain("a second attribute of this name", attribute.column, "Remove one.")
        argument = NAMES.get(name)
        once[name] = name_argument(arguments, argument) if argument else None
        if name == "shardKey":
            arguments.items("fields", by_place=True)
    else:
        complaints.append(unknown_attribute(attribute, (*_KEY_ATTRIBUTES, *_OTHER_ATTRIBUTES)))
        return None
    arguments.finish()
    return key


def _check_tables(drafts: Mapping[str, ModelDraft]) -> None:
    """Two models cannot stand for one table."""
    seen: dict[TableName, ModelDraft] = {}
    for draft in drafts.values():
        first = seen.setdefault(draft.table, draft)
        if first is not draft:
            what = f"models {quoted(first.name)} and {quoted(draft.name)} are the same table"
            draft.problem(draft.block.line, draft.block.column, what, "Give one another @@map.")


def _check_types(run: Lowering, enums: Sequence[Enum]) -> None:
    """Two enums cannot stand for one type."""
    seen: dict[TableName, Enum] = {}
    for enum in enums:
        first = seen.setdefault(enum.database_name, enum)
        if first is not enum:
            block = run.declared[enum.name]
            what = f"enums {quoted(first.name)} and {quoted(enum.name)} are the same type"
            run.problem(block, block.line, block.column, what, "Give one another @@map.")


def _check_defaults(drafts: Mapping[str, ModelDraft], enums: Mapping[str, Enum]) -> None:
    """A default of an enum field is one of its values."""
    names = {name: {value.name: value for value in enum.values} for name, enum in enums.items()}
    for model in drafts.values():
        for draft in model.fields.values():
            default = draft.facts.written_default if draft.kind is _ENUM else None
            if default is None or draft.node.type not in enums:
                continue
            known = names[draft.node.type]
            for item in default.items if isinstance(default, Array) else (default,):
                value = item.name if isinstance(item, Constant) else None
                if value is not None and value not in known:
                    meant = model.problems.nearest(value, known)
                    hint = f"Did you mean {meant}?" if meant else f"Known: {', '.join(known)}."
                    what = f"default {quoted(value)} is no value of enum {draft.node.type}"
                    column = draft.at(draft.facts.columns["default"])
                    model.problem(draft.line, column, what, hint)


def _composite(run: Lowering, name: str, fields: Mapping[str, FieldDraft]) -> CompositeType:
    block = run.declared[name]
    for line, attribute in block.attributes:
        what = f"composite type {quoted(name)} cannot have {attribute.written}"
        run.problem(block, line, attribute.column, what, "Put it on the models that use the type.")
    none: frozenset[str] = frozenset()
    return CompositeType(
        name=name,
        fields=tuple(_field(draft, block.file, none, none, none) for draft in fields.values()),
        span=Span(block.file, block.line, block.column),
        documentation=block.documentation,
    )


def _model(draft: ModelDraft) -> Model:
    block = draft.block
    ids = frozenset(
        key.fields[0].name for key in draft.keys if key.kind is _ID and len(key.fields) == 1
    )
    uniques = frozenset(
        key.fields[0].name
        for key in draft.keys
        if key.kind is _UNIQUE and len(key.fields) == 1 and key.predicate is None
    )
    read_only = frozenset(
        name for one in draft.relations if one.relation for name in one.relation.from_fields
    )
    return Model(
        name=block.name,
        kind=ModelKind.VIEW if block.kind is BlockKind.VIEW else ModelKind.MODEL,
        table=draft.table,
        group=draft.group,
        fields=tuple(
            [_field(one, block.file, ids, uniques, read_only) for one in draft.fields.values()]
        ),
        span=Span(block.file, block.line, block.column),
        keys=tuple(draft.keys),
        documentation=block.documentation,
        map=draft.map,
        namespace=draft.namespace,
        is_ignored=draft.is_ignored,
    )


def _field(
    draft: FieldDraft,
    file: str,
    ids: frozenset[str],
    uniques: frozenset[str],
    read_only: frozenset[str],
) -> Field:
    node, facts = draft.node, draft.facts
    name, kind = node.name, draft.kind
    return Field(  # by place: by name it takes eight times as long
        name,
        None if kind is _OBJECT else (name if facts.map is None else facts.map),
        kind,
        node.type,
        Span(file, draft.line, node.column),
        node.arity is _LIST,
        node.arity is not _OPTIONAL,
        facts.native.type if facts.native else None,
        facts.default,
        draft.documentation,
        facts.map,
        name in ids,
        name in uniques and name not in ids,
        facts.is_updated_at,
        facts.is_ignored,
        name in read_only,
        draft.relation,
    )
