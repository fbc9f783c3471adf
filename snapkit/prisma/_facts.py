"""What a field's and a block's attributes say, before other fields and models are known.

A fact depends on one line alone, so that lines that read the same share it.
"""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from snapkit.core.names import ReferentialAction
from snapkit.core.schema import Default, KeyKind, Literal, NativeType
from snapkit.prisma._arguments import Arguments, Complaint, describe
from snapkit.prisma._problems import nearest, quoted
from snapkit.prisma._syntax import Array, Call, Constant, Expression, Number, Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from snapkit.prisma._syntax import Attribute, Tail

_CACHED: Final = 16384  # lines
_ACTIONS: Final = {action.prisma: action for action in ReferentialAction}
_ALGORITHMS: Final = ("BTree", "Hash", "Gist", "Gin", "SpGist", "Brin")
_FUNCTIONS: Final = frozenset(
    {"auto", "autoincrement", "cuid", "dbgenerated", "nanoid", "now", "sequence", "ulid", "uuid"}
)


class PartFact(Struct, frozen=True, gc=False):
    """One field of a key, as written."""

    path: str
    column: int
    sort: str | None = None
    length: int | None = None
    operator_class: str | None = None


class KeyFact(Struct, frozen=True, kw_only=True, gc=False):
    """A key or index, as written; `parts` is empty for one that stands on a field."""

    kind: KeyKind
    column: int
    parts: tuple[PartFact, ...] = ()
    name: str | None = None
    map: str | None = None
    algorithm: str | None = None
    clustered: bool | None = None
    predicate: str | None = None
    sort: str | None = None
    length: int | None = None


class RelationFact(Struct, frozen=True, kw_only=True, gc=False):
    """A `@relation`, as written; None where an argument is absent."""

    column: int = 0
    name: str | None = None
    fields: tuple[tuple[str, int], ...] | None = None
    references: tuple[tuple[str, int], ...] | None = None
    on_delete: ReferentialAction | None = None
    on_update: ReferentialAction | None = None
    map: str | None = None


class NativeFact(Struct, frozen=True, kw_only=True, gc=False):
    """A native type, as written: `@db.VarChar(40)` has the scope `db`."""

    scope: str
    column: int
    type: NativeType


class FieldFacts(Struct, eq=False):
    """What one field's attributes say. `columns` says where each attribute stands."""

    columns: dict[str, int]
    map: str | None = None
    default: Default | None = None
    written_default: Expression | None = None
    identity: KeyFact | None = None
    unique: KeyFact | None = None
    relation: RelationFact | None = None
    native: NativeFact | None = None
    is_ignored: bool = False
    is_updated_at: bool = False
    complaints: tuple[Complaint, ...] = ()


NO_RELATION: Final = RelationFact()


@lru_cache(maxsize=_CACHED)
def field_facts(tail: Tail, type_name: str) -> FieldFacts:
    """Read a field's attributes.

    Args:
        tail: The attributes as parsed.
        type_name: The field's type; it says what a default's digits mean.

    Returns:
        What they say; what is wrong is in `complaints`. Columns count from the tail's start.
    """
    facts = FieldFacts({})
    complaints: list[Complaint] = []
    for attribute in tail.attributes:
        scope, dot, native = attribute.name.partition(".")
        if attribute.name in facts.columns or (dot and facts.native):
            what = f"attribute {quoted(attribute.written)} is given twice"
            if attribute.name not in facts.columns:
                what = f"{quoted(attribute.written)} is a second native type"
            complaints.append(Complaint(what, attribute.column, "Remove one."))
        facts.columns.setdefault(attribute.name, attribute.column)
        read = _READERS.get(attribute.name)
        if dot:
            texts = tuple(_native_argument(one.value) for one in attribute.arguments)
            kind = NativeType(native, texts)
            facts.native = NativeFact(scope=scope, column=attribute.column, type=kind)
        elif read is None:
            complaints.append(unknown_attribute(attribute, tuple(_READERS)))
        else:
            arguments = Arguments(
                attribute.written, attribute.arguments, attribute.column, complaints
            )
            read(facts, arguments, type_name)
            arguments.finish()
    facts.complaints = tuple(complaints)
    return facts


def unknown_attribute(attribute: Attribute, known: tuple[str, ...]) -> Complaint:
    """Say that an attribute is unknown, with the one it most likely means."""
    signs = "@@" if attribute.is_block else "@"
    meant = nearest(attribute.name, known)
    listed = ", ".join(f"{signs}{name}" for name in known)
    hint = f"Did you mean {signs}{meant}?" if meant else f"Known here: {listed}."
    return Complaint(f"unknown attribute {quoted(attribute.written)}", attribute.column, hint)


def _native_argument(value: Expression) -> str:
    match value:
        case Number(digits=text) | Text(value=text) | Constant(name=text) | Call(name=text):
            return text
        case Array(items=items):
            return ", ".join(_native_argument(item) for item in items)


def _read_map(facts: FieldFacts, arguments: Arguments, _type: str) -> None:
    facts.map = name_argument(arguments)


def name_argument(arguments: Arguments, name: str = "name") -> str | None:
    """Read `("name")`, which must be there; as in Prisma it may be empty."""
    before = arguments.value(name, by_place=True)
    if isinstance(before, Text):
        return before.value
    column = before.column if before else arguments.column
    arguments.complain("expected a name as a string", column, 'Write ("name").')
    return None


NAMES: Final = {"map": "name", "schema": "map"}
"""The attributes that take a name, and how their argument is called."""


def _read_ignore(facts: FieldFacts, _arguments: Arguments, _type: str) -> None:
    facts.is_ignored = True


def _read_updated_at(facts: FieldFacts, _arguments: Arguments, _type: str) -> None:
    facts.is_updated_at = True


def _read_shard_key(_facts: FieldFacts, _arguments: Arguments, _type: str) -> None:
    """Sharding is the database's affair; the attribute is known and says nothing of rows."""


def _read_id(facts: FieldFacts, arguments: Arguments, _type: str) -> None:
    facts.identity = _field_key(KeyKind.ID, arguments)


def _read_unique(facts: FieldFacts, arguments: Arguments, _type: str) -> None:
    facts.unique = _field_key(KeyKind.UNIQUE, arguments)


def _field_key(kind: KeyKind, arguments: Arguments) -> KeyFact:
    if arguments.is_empty:
        return KeyFact(kind=kind, column=arguments.column)
    return KeyFact(
        kind=kind,
        column=arguments.column,
        map=arguments.text("map"),
        sort=_sort(arguments),
        length=arguments.integer("length"),
        clustered=arguments.boolean("clustered"),
        predicate=_predicate(arguments) if kind is KeyKind.UNIQUE else None,
    )


def _sort(arguments: Arguments) -> str | None:
    word = arguments.constant("sort", ("Asc", "Desc"))
    return word.lower() if word else None


def _predicate(arguments: Arguments) -> str | None:
    """Read `where: raw("…")`, the condition of a partial index."""
    found = arguments.value("where")
    match found:
        case None:
            return None
        case Call(name="raw", arguments=(one,)) if isinstance(one.value, Text):
            return one.value.value
        case _:
            arguments.complain(
                'argument "where" must be raw("…")', found.column, f"It is {describe(found)} here."
            )
            return None


def _read_relation(facts: FieldFacts, arguments: Arguments, _type: str) -> None:
    facts.relation = RelationFact(
        column=arguments.column,
        name=arguments.text("name", by_place=True),
        fields=_names(arguments, "fields"),
        references=_names(arguments, "references"),
        on_delete=_action(arguments, "onDelete"),
        on_update=_action(arguments, "onUpdate"),
        map=arguments.text("map"),
    )


def _names(arguments: Arguments, name: str) -> tuple[tuple[str, int], ...] | None:
    items = arguments.items(name)
    if items is None:
        return None
    found = []
    for item in items:
        if isinstance(item, Constant):
            found.append((item.name, item.column))
        else:
            hint = f"It is {describe(item)} here."
            arguments.complain(f"{quoted(name)} must list fields", item.column, hint)
    return tuple(found)


def _action(arguments: Arguments, name: str) -> ReferentialAction | None:
    word = arguments.constant(name, _ACTIONS)
    return _ACTIONS[word] if word else None


def _read_default(facts: FieldFacts, arguments: Arguments, type_name: str) -> None:
    facts.written_default = value = arguments.value("value", by_place=True)
    mapped = arguments.text("map")
    if value is None:
        arguments.complain("expected a value", arguments.column, "Write @default(value).")
    elif isinstance(value, Call):
        if value.name not in _FUNCTIONS:
            meant = nearest(value.name, _FUNCTIONS)
            hint = (
                f"Did you mean {meant}()?" if meant else f"Known: {', '.join(sorted(_FUNCTIONS))}."
            )
            arguments.complain(f"unknown function {quoted(value.name)}", value.column, hint)
        found = tuple([literal(one.value, "Int") for one in value.arguments])
        facts.default = Default(function=value.name, arguments=found, map=mapped)
    else:
        facts.default = Default(value=literal(value, type_name), map=mapped)


def literal(value: Expression, type_name: str) -> Literal:
    """A default's value; what a number's digits mean depends on the field's type."""
    match value:
        case Text(value=text):
            return text
        case Constant(name="true" | "false" as word) if type_name == "Boolean":
            return word == "true"
        case Constant(name=word) | Call(name=word):
            return word
        case Number(digits=digits) if type_name in {"Int", "BigInt"} and "." not in digits:
            return int(digits[:40])
        case Number(digits=digits):
            return Decimal(digits)
        case Array(items=items):
            return tuple(literal(item, type_name) for item in items)


_READERS: Final[dict[str, Callable[[FieldFacts, Arguments, str], None]]] = {
    "default": _read_default,
    "id": _read_id,
    "ignore": _read_ignore,
    "map": _read_map,
    "relation": _read_relation,
    "shardKey": _read_shard_key,
    "unique": _read_unique,
    "updatedAt": _read_updated_at,
}


def key_fact(kind: KeyKind, arguments: Arguments) -> KeyFact:
    """Read `@@id`, `@@unique`, `@@index` or `@@fulltext`.

    `name` on an index is an old spelling of `map`; on a key it is the client's name for it.

    Args:
        kind: Which of them it is.
        arguments: Its arguments; what is wrong goes to their complaints.

    Returns:
        What it says.
    """
    items = arguments.items("fields", by_place=True)
    if items is None:
        hint = f"Write {arguments.owner}([field])."
        arguments.complain("expected a list of fields", arguments.column, hint)
    written = [_part(item, arguments) for item in items or ()]
    parts = tuple([part for part in written if part])
    if arguments.is_empty:
        return KeyFact(kind=kind, column=arguments.column, parts=parts)
    name = None if kind is KeyKind.FULLTEXT else arguments.text("name")
    mapped = arguments.text("map")
    is_index = kind is KeyKind.NORMAL
    algorithm = arguments.constant("type", _ALGORITHMS) if is_index else None
    return KeyFact(
        kind=kind,
        column=arguments.column,
        parts=parts,
        name=None if is_index else name,
        map=(mapped or name) if is_index else mapped,
        algorithm=algorithm,
        clustered=None if kind is KeyKind.FULLTEXT else arguments.boolean("clustered"),
        predicate=_predicate(arguments) if kind in {KeyKind.NORMAL, KeyKind.UNIQUE} else None,
    )


def _part(item: Expression, arguments: Arguments) -> PartFact | None:
    """Read one field of a key: `name`, `a.b`, or `name(sort: Desc, length: 10, ops: X)`."""
    match item:
        case Constant(name=name, column=column):
            return PartFact(name, column)
        case Call(name=name, arguments=given, column=column):
            complaints: list[Complaint] = []
            inner = Arguments(f"{arguments.owner} field {name}", given, column, complaints)
            part = PartFact(
                name, column, _sort(inner), inner.integer("length"), _operator_class(inner)
            )
            for complaint in complaints:  # Prisma takes unknown arguments here without a word
                arguments.complain(*complaint)
            return part
        case _:
            what = f"{quoted('fields')} must list fields"
            arguments.complain(what, item.column, f"It is {describe(item)} here.")
            return None


def _operator_class(arguments: Arguments) -> str | None:
    """Read `ops: Class` or `ops: raw("class")`."""
    found = arguments.value("ops")
    match found:
        case None:
            return None
        case Constant(name=name):
            return name
        case Call(name="raw", arguments=(one,)) if isinstance(one.value, Text):
            return one.value.value
        case _:
            hint = f"It is {describe(found)} here."
            arguments.complain('"ops" must name an operator class', found.column, hint)
            return None
