"""PostgreSQL column types: what Prisma makes of a field, and what the catalog's text means.

Source: Prisma documentation, PostgreSQL connector, type mapping; PostgreSQL manual, `format_type`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from snapkit.core.schema import FieldKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from snapkit.core.names import TableName
    from snapkit.core.schema import Enum, Field

_SCALARS: Final = {
    "String": "text",
    "Boolean": "boolean",
    "Int": "integer",
    "BigInt": "bigint",
    "Float": "double precision",
    "Decimal": "numeric(65,30)",
    "DateTime": "timestamp(3) without time zone",
    "Json": "jsonb",
    "Bytes": "bytea",
}
# {} is the argument in brackets, or nothing.
_NATIVE: Final = {
    "Text": "text",
    "Char": "character{}",
    "VarChar": "character varying{}",
    "Bit": "bit{}",
    "VarBit": "bit varying{}",
    "Uuid": "uuid",
    "Inet": "inet",
    "Citext": "citext",
    "Xml": "xml",
    "Boolean": "boolean",
    "SmallInt": "smallint",
    "Integer": "integer",
    "BigInt": "bigint",
    "Oid": "oid",
    "DoublePrecision": "double precision",
    "Real": "real",
    "Decimal": "numeric{}",
    "Money": "money",
    "Timestamp": "timestamp{} without time zone",
    "Timestamptz": "timestamp{} with time zone",
    "Date": "date",
    "Time": "time{} without time zone",
    "Timetz": "time{} with time zone",
    "Json": "json",
    "JsonB": "jsonb",
    "ByteA": "bytea",
}
_LENGTH_ONE: Final = frozenset({"Char", "Bit"})  # what they are without an argument
_ALIASES: Final = {
    "int": "integer",
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "float4": "real",
    "float8": "double precision",
    "decimal": "numeric",
    "bool": "boolean",
    "char": "character",
    "varchar": "character varying",
    "varbit": "bit varying",
    "timestamp": "timestamp without time zone",
    "timestamptz": "timestamp with time zone",
    "time": "time without time zone",
    "timetz": "time with time zone",
}
_PART: Final = re.compile(r'"((?:[^"]|"")*)"|([^".(\[]+)')
_MODIFIER: Final = re.compile(r"\(([^)]*)\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnType:
    """A type in parts, so that spellings of one type are equal.

    `namespace` is None for a built-in type, or where the text does not say.
    """

    name: str
    namespace: str | None = None
    modifier: str = ""  # such as `40` or `10,2`
    is_list: bool = False

    def __str__(self) -> str:
        prefix = f"{self.namespace}." if self.namespace else ""
        first, _, rest = self.name.partition(" ")
        if self.modifier and rest and first in {"timestamp", "time"}:
            text = f"{prefix}{first}({self.modifier}) {rest}"
        else:
            text = prefix + self.name + (f"({self.modifier})" if self.modifier else "")
        return text + ("[]" if self.is_list else "")

    def means(self, other: ColumnType) -> bool:
        """Whether both are one type, as far as their texts say."""
        known = {self.namespace, other.namespace} - {None}
        return len(known) <= 1 and (self.name, self.modifier, self.is_list) == (
            other.name,
            other.modifier,
            other.is_list,
        )


def read_type(text: str) -> ColumnType:
    """Read a type's text.

    Args:
        text: As `format_type` gives it, or as it stands in `Unsupported("…")`.

    Returns:
        The type in parts; aliases such as `int4` are resolved.
    """
    rest = text.strip()
    is_list = rest.endswith("]")
    while rest.endswith("]"):
        rest = rest[: rest.rindex("[")].rstrip() if "[" in rest else rest[:-1]
    if rest.startswith('"') or "." in rest.partition("(")[0]:
        return _named(rest, is_list=is_list)
    modifier = _MODIFIER.search(rest)
    name = " ".join(_MODIFIER.sub(" ", rest).lower().split())
    inner = modifier.group(1) if modifier else ""
    return ColumnType(
        name=_ALIASES.get(name, name), modifier=inner.replace(" ", "").lower(), is_list=is_list
    )


def _named(text: str, *, is_list: bool) -> ColumnType:
    """Read a qualified or quoted name: `public."Status"`, `public.geometry(Point,4326)`."""
    parts: list[str] = []
    place = 0
    while found := _PART.match(text, place):
        quoted, plain = found.groups()
        parts.append(quoted.replace('""', '"') if quoted is not None else plain.strip())
        place = found.end()
        if text[place : place + 1] != ".":
            break
        place += 1
    modifier = _MODIFIER.search(text, place)
    return ColumnType(
        name=parts[-1] if parts else text,
        namespace=parts[-2] if len(parts) > 1 else None,
        modifier=modifier.group(1).replace(" ", "").lower() if modifier else "",
        is_list=is_list,
    )


def type_of(field: Field, enums: Mapping[str, Enum]) -> ColumnType | None:
    """The type that Prisma gives a field's column on PostgreSQL.

    Args:
        field: A field with a column.
        enums: The schema's enums by name.

    Returns:
        The type; None where PostgreSQL has none for it.
    """
    if field.kind is FieldKind.ENUM:
        name: TableName = enums[field.type].database_name
        return ColumnType(name=name.name, namespace=name.namespace, is_list=field.is_list)
    if field.kind is FieldKind.UNSUPPORTED:
        return read_type(field.type + ("[]" if field.is_list else ""))
    if field.kind is not FieldKind.SCALAR:
        return None
    text = _SCALARS.get(field.type)
    if field.native_type is not None:
        native = field.native_type
        arguments = ",".join(native.arguments)
        if native.name in _LENGTH_ONE:
            arguments = arguments or "1"
        text = _NATIVE.get(native.name)
        text = text and text.format(f"({arguments})" if arguments else "")
    return read_type(text + ("[]" if field.is_list else "")) if text else None
