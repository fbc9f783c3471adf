"""Defaults: whether they fit the field's type. What Prisma takes is never refused.

Source: prisma-engines, parser-database, attributes/default.rs; tried on its engine, type by type.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from snapkit.core.schema import FieldKind
from snapkit.prisma._arguments import describe
from snapkit.prisma._problems import quoted
from snapkit.prisma._syntax import Arity, Array, Call, Constant, Number, Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from snapkit.prisma._drafts import FieldDraft
    from snapkit.prisma._syntax import Expression

_WITH_VALUES: Final = frozenset({FieldKind.SCALAR, FieldKind.ENUM})
_STRINGS: Final = frozenset({"String", "Decimal", "DateTime", "Json", "Bytes"})
_WHOLE: Final = frozenset({"Int", "BigInt"})
_NUMBERS: Final = frozenset({"Float", "Decimal"})
_INT64: Final = 2**63
_DIGITS: Final = 20  # more than a whole number of 64 bits has
_TYPES_OF: Final = {
    "now": frozenset({"DateTime"}),
    "autoincrement": _WHOLE,
    "uuid": frozenset({"String"}),
    "cuid": frozenset({"String"}),
    "nanoid": frozenset({"String"}),
    "ulid": frozenset({"String"}),
}
_ONLY_ON: Final = {"auto": "mongodb", "sequence": "cockroachdb"}
_NONE: Final = range(0)
_ARGUMENTS: Final[
    Mapping[str, Sequence[int]]
] = {  # the whole numbers that a function takes as its one argument
    "now": _NONE,
    "autoincrement": _NONE,
    "ulid": _NONE,
    "uuid": (4, 7),
    "cuid": (1, 2),
    "nanoid": range(2, 256),
}
_WORDS: Final = {
    "String": "a string",
    "Boolean": "true or false",
    "Int": "a whole number of 64 bits",
    "BigInt": "a whole number of 64 bits",
    "Float": "a number",
    "Decimal": "a number",
    "DateTime": "a time as a string, or now()",
    "Json": "JSON as a string",
    "Bytes": "Base64 as a string",
}


def default_fault(draft: FieldDraft, provider: str) -> tuple[str, str] | None:
    """Say what is wrong with a field's default, and what to do; an enum's values come later.

    Args:
        draft: A field whose type is known; no relation.
        provider: The datasource's.

    Returns:
        What is wrong and a hint; None where the default may stand.
    """
    value = draft.facts.written_default
    if value is None:
        return None
    name, type_name = draft.node.name, _type_of(draft)
    if isinstance(value, Call):
        return _call_fault(draft, value, provider)
    is_list = draft.node.arity is Arity.LIST
    items = value.items if is_list and isinstance(value, Array) else (value,)
    unfit = next((item for item in items if not _fits(item, draft)), None)
    if draft.kind not in _WITH_VALUES:
        unfit = value
    if unfit is not None:
        is_enum = draft.kind is FieldKind.ENUM
        other = f"a value of {type_name}" if is_enum else 'dbgenerated("expression")'
        wanted = _WORDS.get(type_name, other)
        what = f"default of field {quoted(name)} does not fit its type {type_name}"
        return what, f"It is {describe(unfit)}; write {wanted}."
    if is_list and not isinstance(value, Array):
        what = f"default of field {quoted(name)} is no list, as the field is"
        return what, "Write it in brackets: @default([…])."
    return None


def _type_of(draft: FieldDraft) -> str:
    type_name = draft.node.type
    return f"Unsupported({quoted(type_name)})" if draft.node.is_unsupported else type_name


def _fits(value: Expression, draft: FieldDraft) -> bool:
    if draft.kind is FieldKind.ENUM:
        return isinstance(value, Constant)
    type_name = draft.node.type
    match value:
        case Text():
            return type_name in _STRINGS
        case Number(digits=digits) if type_name in _WHOLE:
            return _is_int64(digits)
        case Number():
            return type_name in _NUMBERS
        case Constant(name="true" | "false"):
            return type_name == "Boolean"
        case _:
            return False


def _is_int64(digits: str) -> bool:
    if "." in digits:
        return False
    shown = digits.lstrip("-").lstrip("0") or "0"
    sign = -1 if digits.startswith("-") else 1
    return len(shown) <= _DIGITS and -_INT64 <= sign * int(shown) < _INT64


def _call_fault(draft: FieldDraft, call: Call, provider: str) -> tuple[str, str] | None:
    """What is wrong with a default that is made by a function."""
    default, type_name = draft.facts.default, _type_of(draft)
    called = f"{call.name}()"
    only_on = _ONLY_ON.get(call.name, provider)
    if only_on != provider:
        return f"{called} is no function of {provider}", f"Only {only_on} has it: write another."
    types = _TYPES_OF.get(call.name)
    if types is not None and (draft.kind is not FieldKind.SCALAR or type_name not in types):
        what = f"{called} cannot be the default of field {quoted(draft.node.name)}"
        return what, f"It goes with {' or '.join(sorted(types))}, not with {type_name}."
    given = default.arguments if default else ()
    known = _ARGUMENTS.get(call.name)
    if known is not None and given and (len(given) > 1 or given[0] not in known):
        told = f"no argument, or {_listed(known)}" if known else "no argument"
        return f"{called} does not take these arguments", f"It takes {told}."
    if call.name == "dbgenerated" and call.arguments:
        first = call.arguments[0].value
        if len(call.arguments) > 1 or not isinstance(first, Text) or not first.value:
            what = f"{called} does not take these arguments"
            return what, 'Write dbgenerated("expression"), or dbgenerated().'
    return None


def _listed(numbers: Sequence[int]) -> str:
    if isinstance(numbers, range):
        return f"{numbers[0]} to {numbers[-1]}"
    return " or ".join(map(str, numbers))
