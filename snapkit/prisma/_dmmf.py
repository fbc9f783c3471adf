"""Prisma's own account of a schema: the data model of its DMMF, key for key.

Source: prisma-engines, query-compiler/dmmf; answers of engine 6.19.
"""

from __future__ import annotations

import base64
import binascii
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from snapkit.core.schema import FieldKind, KeyKind, ModelKind

if TYPE_CHECKING:
    from snapkit.core.schema import (
        CompositeType,
        Default,
        Enum,
        EnumValue,
        Field,
        Key,
        Literal,
        Model,
        Schema,
    )

_KINDS: Final = {
    FieldKind.SCALAR: "scalar",
    FieldKind.ENUM: "enum",
    FieldKind.OBJECT: "object",
    FieldKind.COMPOSITE: "object",
}
_WITHOUT_ARGUMENTS: Final = frozenset({"autoincrement", "sequence"})
_VERSIONS: Final = {"uuid": 4, "cuid": 1}  # what a call without an argument means
_INT64: Final = 2**63
_EXACT: Final = 2**53  # below it a float holds every whole number


def to_dmmf(schema: Schema) -> dict[str, Any]:
    """Write a schema as the `datamodel` of Prisma's DMMF.

    Ignored models and fields and unsupported types are left out, as Prisma leaves them out;
    `to_mapping` has them.

    Args:
        schema: As parsed.

    Returns:
        The keys `enums`, `models`, `types` and `indexes`; JSON values only.

    Source: prisma-engines, query-compiler/dmmf.
    """
    models = [
        model
        for kind in (ModelKind.MODEL, ModelKind.VIEW)
        for model in schema.models
        if model.kind is kind and not model.is_ignored
    ]
    return {
        "enums": [_enum(enum) for enum in schema.enums],
        "models": [_model(model) for model in models],
        "types": [_composite(composite) for composite in schema.composite_types],
        "indexes": [_index(model.name, key) for model in models for key in model.keys],
    }


def _with(target: dict[str, Any], **optional: object) -> dict[str, Any]:
    """Add the keys that have a value."""
    target.update((key, value) for key, value in optional.items() if value is not None)
    return target


def _enum(enum: Enum) -> dict[str, Any]:
    return _with(
        {
            "name": enum.name,
            "values": [_enum_value(value) for value in enum.values],
            "dbName": enum.map,
        },
        documentation=enum.documentation,
    )


def _enum_value(value: EnumValue) -> dict[str, Any]:
    return _with({"name": value.name, "dbName": value.map}, documentation=value.documentation)


def _model(model: Model) -> dict[str, Any]:
    primary = model.primary_key
    uniques = [key for key in model.uniques if not key.is_on_field and key.predicate is None]
    return _with(
        {
            "name": model.name,
            "dbName": model.map,
            "schema": model.namespace,
            "fields": [
                _field(field)
                for field in model.fields
                if not field.is_ignored and field.kind is not FieldKind.UNSUPPORTED
            ],
            "primaryKey": None
            if primary is None or primary.is_on_field
            else {"name": primary.name, "fields": list(primary.field_names)},
            "uniqueFields": [_ends(key) for key in uniques],
            "uniqueIndexes": [{"name": key.name, "fields": _ends(key)} for key in uniques],
            "isGenerated": False,
        },
        documentation=model.documentation,
    )


def _ends(key: Key) -> list[str]:
    """A key's fields; of a path into composite types, the last name only."""
    return [name.rpartition(".")[2] for name in key.field_names]


def _composite(composite: CompositeType) -> dict[str, Any]:
    fields = []
    for field in composite.fields:
        if field.kind is not FieldKind.UNSUPPORTED:
            written = _field(field)
            del written["isGenerated"], written["isUpdatedAt"]
            fields.append(written)
    return _with(
        {
            "name": composite.name,
            "dbName": None,
            "schema": None,
            "fields": fields,
            "primaryKey": None,
            "uniqueFields": [],
            "uniqueIndexes": [],
        },
        documentation=composite.documentation,
    )


def _field(field: Field) -> dict[str, Any]:
    native = field.native_type
    written: dict[str, Any] = {
        "name": field.name,
        "kind": _KINDS[field.kind],
        "isList": field.is_list,
        "isRequired": field.is_required,
        "isUnique": field.is_unique,
        "isId": field.is_id,
        "isReadOnly": field.is_read_only,
        "hasDefaultValue": field.default is not None,
        "type": field.type,
        "nativeType": [native.name, list(native.arguments)] if native else None,
        "isGenerated": False,
        "isUpdatedAt": field.is_updated_at,
    }
    if field.relation is not None:
        relation = field.relation
        written["relationName"] = relation.name
        written["relationFromFields"] = list(relation.from_fields)
        written["relationToFields"] = list(relation.to_fields)
        on_delete = relation.on_delete.prisma if relation.on_delete else None
        on_update = relation.on_update.prisma if relation.on_update else None
        _with(written, relationOnDelete=on_delete, relationOnUpdate=on_update)
    if field.default is not None:
        written["default"] = _default(field.default, field.type)
    return _with(written, dbName=field.map, documentation=field.documentation)


def _default(default: Default, type_name: str) -> object:
    if default.function is None:
        return _value(default.value, type_name)
    arguments = [_value(argument, "Int") for argument in default.arguments]
    if not arguments and default.function in _VERSIONS:
        arguments = [_VERSIONS[default.function]]
    if default.function in _WITHOUT_ARGUMENTS:
        arguments = []
    return {"name": default.function, "args": arguments}


def _value(value: Literal, type_name: str) -> object:
    match value:
        case tuple():
            return [_value(item, type_name) for item in value]
        case str():
            return _text(value, type_name)
        case Decimal():
            return _number(value)
        case int() if type_name == "BigInt" or not -_INT64 <= value < _INT64:
            return str(value)
        case _:
            return value


def _number(value: Decimal) -> int | float | str:
    """A number as the engine has it, in binary: its digits times a power of ten.

    A whole number is written without a fraction, as JavaScript writes the engine's.
    """
    sign, digits, exponent = value.as_tuple()
    whole = int("".join(map(str, digits)) or "0") * (-1 if sign else 1)
    places = -exponent if isinstance(exponent, int) else 0
    try:
        found = float(whole) * (1 / 10.0**places) if places else float(whole)
    except OverflowError:  # hundreds of digits: the engine has no number for it either
        return str(value)
    return int(found) if found.is_integer() and abs(found) < _EXACT else found


def _text(value: str, type_name: str) -> object:
    """A string as the engine prints it: some types give it another form."""
    if type_name == "DateTime":
        return _moment(value)
    if type_name == "Bytes":
        return _bytes(value)
    if type_name == "Decimal" and _NUMBER.fullmatch(value):
        return _value(Decimal(value), type_name)
    return value


_NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_MOMENT: Final = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}:\d{2})(\.\d+)?([Zz]|[+-]\d{2}:\d{2})"
)


def _moment(text: str) -> str:
    """RFC 3339 as the engine prints it: a zone by its offset, fractions by threes of digits."""
    found = _MOMENT.fullmatch(text)
    if found is None:
        return text
    day, time, fraction, zone = found.groups()
    digits = (fraction or ".")[1:10].rstrip("0")
    digits = digits.ljust(-(-len(digits) // 3) * 3, "0")
    zone = "+00:00" if zone in {"Z", "z", "-00:00"} else zone
    return f"{day}T{time}{'.' + digits if digits else ''}{zone}"


def _bytes(text: str) -> str:
    """Base64 as the engine prints it."""
    try:
        return base64.b64encode(base64.b64decode(text, validate=True)).decode("ascii")
    except (binascii.Error, ValueError):
        return text


def _index(model: str, key: Key) -> dict[str, Any]:
    written = {
        "model": model,
        "type": key.kind.value,
        "isDefinedOnField": key.is_on_field,
        "fields": [
            _with(
                {"name": part.name},
                sortOrder=part.sort,
                length=part.length,
                operatorClass=part.operator_class,
            )
            for part in key.fields
        ],
    }
    name = None if key.kind in {KeyKind.NORMAL, KeyKind.FULLTEXT} else key.name
    return _with(
        written, name=name, dbName=key.map, algorithm=key.algorithm, clustered=key.clustered
    )
