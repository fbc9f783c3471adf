"""The schema: what a set of Prisma files says, as values.

Made by `snapkit.prisma.parse`; the only place where the Prisma side (models, fields) and the
database side (tables, columns) of one thing stand side by side.

Values that a schema has by the thousand are msgspec's structs: they compare, hash and print as
frozen dataclasses do, and are made in a twentieth of the time. They hold no cycles, so the garbage
collector need not look at them.

Source: Prisma documentation, Prisma schema reference.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct

from snapkit.core.names import ForeignKey, ReferentialAction, TableName
from snapkit.core.summarized import Summarized

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from snapkit.core.summary import Summary

Literal: TypeAlias = "str | int | Decimal | bool | tuple[Literal, ...]"
"""A value written in a schema. `Decimal` keeps a number's digits as they were written."""

POSTGRES_PROVIDERS = frozenset({"postgresql", "postgres"})


class Span(Struct, frozen=True, order=True, gc=False):
    """Where something stands in the schema's files. `line` and `column` count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class ModelKind(StrEnum):
    """What a block of fields stands for in the database."""

    MODEL = "model"
    VIEW = "view"


class FieldKind(StrEnum):
    """What a field's type is."""

    SCALAR = "scalar"
    ENUM = "enum"
    OBJECT = "object"  # another model: a relation, without a column of its own
    COMPOSITE = "composite"  # a composite type (MongoDB); DMMF calls it an object too
    UNSUPPORTED = "unsupported"


class KeyKind(StrEnum):
    """What an index or key is for; the values are DMMF's."""

    ID = "id"
    UNIQUE = "unique"
    NORMAL = "normal"
    FULLTEXT = "fulltext"


class RelationMode(StrEnum):
    """Who keeps relations true: the database's foreign keys, or Prisma's client."""

    FOREIGN_KEYS = "foreignKeys"
    PRISMA = "prisma"


class NativeType(Struct, frozen=True, gc=False):
    """The database type a field asks for, such as `VarChar` with the argument `40`."""

    name: str
    arguments: tuple[str, ...] = ()


class Default(Struct, frozen=True, kw_only=True, gc=False):
    """A field's default: a literal, or a call such as `now()`; `function` is None for a literal."""

    function: str | None = None
    arguments: tuple[Literal, ...] = ()
    value: Literal = ""
    map: str | None = None

    @property
    def is_in_database(self) -> bool:
        """Whether the column has a default of its own; the others are made by Prisma's client."""
        return self.function not in _CLIENT_DEFAULTS and not self._is_bare_dbgenerated

    @property
    def _is_bare_dbgenerated(self) -> bool:
        return self.function == "dbgenerated" and not any(self.arguments)


_CLIENT_DEFAULTS = frozenset({"uuid", "cuid", "nanoid", "ulid", "auto"})


class Relation(Struct, frozen=True, kw_only=True, gc=False):
    """One end of a relation. `from_fields` is empty on the end that holds no foreign key.

    `on_delete` and `on_update` are as written; `Schema.foreign_keys` has the effective ones.
    """

    name: str
    to_model: str
    from_fields: tuple[str, ...] = ()
    to_fields: tuple[str, ...] = ()
    on_delete: ReferentialAction | None = None
    on_update: ReferentialAction | None = None
    map: str | None = None
    opposite: str | None = None  # the field at the other end

    @property
    def holds_key(self) -> bool:
        """Whether this end's model has the referencing columns."""
        return bool(self.from_fields)


class Field(Struct, frozen=True, gc=False):
    """One field of a model or composite type. A relation has no `column`."""

    name: str
    column: str | None
    kind: FieldKind
    type: str  # `String`, an enum's or model's name, or the text inside Unsupported("…")
    span: Span
    is_list: bool = False
    is_required: bool = True
    native_type: NativeType | None = None
    default: Default | None = None
    documentation: str | None = None
    map: str | None = None  # the column's name where @map gives one
    is_id: bool = False
    is_unique: bool = False
    is_updated_at: bool = False
    is_ignored: bool = False
    is_read_only: bool = False  # it carries a relation's key: Prisma writes it through the relation
    relation: Relation | None = None


class KeyField(Struct, frozen=True, kw_only=True, gc=False):
    """One part of a key or index. `name` is a field, or a dotted path into composite types."""

    name: str
    column: str
    sort: str | None = None  # "asc" or "desc", where written
    length: int | None = None
    operator_class: str | None = None


class Key(Struct, frozen=True, kw_only=True, gc=False):
    """A primary key, a unique key or an index.

    `database_name` is what Prisma's migrations call it: `map`, or Prisma's default name.
    """

    kind: KeyKind
    fields: tuple[KeyField, ...]
    database_name: str
    span: Span
    name: str | None = None  # the name Prisma's client uses
    map: str | None = None
    is_on_field: bool = False  # @id or @unique, rather than @@id or @@unique
    algorithm: str | None = None
    clustered: bool | None = None
    predicate: str | None = None  # a partial index's condition, as SQL

    @property
    def field_names(self) -> tuple[str, ...]:
        """The fields, in order."""
        return tuple(part.name for part in self.fields)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns, in order."""
        return tuple(part.column for part in self.fields)


class Model(Struct, frozen=True, kw_only=True, dict=True):
    """One model or view, and the table or view it stands for.

    `keys` holds the primary key, unique keys and indexes in the order of Prisma's DMMF.
    """

    name: str
    kind: ModelKind
    table: TableName
    group: str
    fields: tuple[Field, ...]
    span: Span
    keys: tuple[Key, ...] = ()
    documentation: str | None = None
    map: str | None = None  # the table's name where @@map gives one
    namespace: str | None = None  # @@schema, as written
    is_ignored: bool = False

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        """Every field under its name."""
        return {field.name: field for field in self.fields}

    @property
    def columns(self) -> tuple[Field, ...]:
        """The fields that are columns, in order: all but relations."""
        return tuple(field for field in self.fields if field.column is not None)

    @property
    def relations(self) -> tuple[Field, ...]:
        """The fields that are relations, in order."""
        return tuple(field for field in self.fields if field.relation is not None)

    @property
    def primary_key(self) -> Key | None:
        """The primary key, from `@id` or `@@id`."""
        return next((key for key in self.keys if key.kind is KeyKind.ID), None)

    @property
    def uniques(self) -> tuple[Key, ...]:
        """The unique keys, `@unique` and `@@unique`."""
        return tuple(key for key in self.keys if key.kind is KeyKind.UNIQUE)

    @property
    def indexes(self) -> tuple[Key, ...]:
        """The other indexes, `@@index` and `@@fulltext`."""
        return tuple(key for key in self.keys if key.kind in {KeyKind.NORMAL, KeyKind.FULLTEXT})


class EnumValue(Struct, frozen=True, kw_only=True, gc=False):
    """One value of an enum; `database_value` is `@map`'s text, or the name."""

    name: str
    span: Span
    map: str | None = None
    documentation: str | None = None

    @property
    def database_value(self) -> str:
        """What the column holds."""
        return self.name if self.map is None else self.map


@dataclass(frozen=True, slots=True, kw_only=True)
class Enum:
    """One enum, and the database type it stands for."""

    name: str
    database_name: TableName
    values: tuple[EnumValue, ...]
    span: Span
    map: str | None = None
    namespace: str | None = None  # @@schema, as written
    documentation: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompositeType:
    """A type whose values lie inside a model's field (MongoDB)."""

    name: str
    fields: tuple[Field, ...]
    span: Span
    documentation: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Generator:
    """One generator block. `properties` are name and value as written, in order."""

    name: str
    span: Span
    provider: str | None = None
    preview_features: tuple[str, ...] = ()
    properties: tuple[tuple[str, str], ...] = ()
    documentation: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Url:
    """Where a database is, as written: a text, or the name of an environment variable.

    `repr` hides the text: it may hold a password.
    """

    text: str | None = field(default=None, repr=False)
    variable: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Datasource:
    """The datasource block. `provider` is as written; `namespaces` is its `schemas`."""

    name: str
    provider: str
    span: Span
    url: Url | None = None
    direct_url: Url | None = None
    shadow_database_url: Url | None = None
    relation_mode: RelationMode = RelationMode.FOREIGN_KEYS
    namespaces: tuple[str, ...] = ()
    extensions: tuple[str, ...] = ()
    documentation: str | None = None

    @property
    def is_postgres(self) -> bool:
        """Whether snapkit can snapshot what lies behind it."""
        return self.provider in POSTGRES_PROVIDERS


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinTable:
    """The table of an implicit many-to-many relation; no model stands for it.

    Column `A` points at `model_a`'s key, `B` at `model_b`'s. Models are in the order of their
    names, and for a self-relation fields are, so that the columns keep their meaning.
    """

    name: TableName
    relation: str
    model_a: str
    model_b: str
    field_a: str
    field_b: str
    span: Span
    columns: tuple[str, str] = ("A", "B")


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Models shown together. Join tables belong to the group of their first model."""

    name: str
    models: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Schema(Summarized):
    """All that a set of Prisma files says. Models and views are in declaration order.

    Ignored models and fields are here and flagged: their rows are in the database all the same.
    `foreign_keys` are all that the schema implies, join tables' included, with effective actions;
    `enforced` is false where `relationMode` leaves them to Prisma's client.
    """

    models: tuple[Model, ...] = ()
    enums: tuple[Enum, ...] = ()
    composite_types: tuple[CompositeType, ...] = ()
    generators: tuple[Generator, ...] = ()
    datasource: Datasource | None = None
    join_tables: tuple[JoinTable, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    files: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    default_namespace: str = "public"

    @cached_property
    def by_name(self) -> Mapping[str, Model]:
        """Every model and view under its name."""
        return {model.name: model for model in self.models}

    @cached_property
    def by_table(self) -> Mapping[TableName, Model]:
        """Every model and view under its table's or view's name."""
        return {model.table: model for model in self.models}

    @cached_property
    def enum_by_name(self) -> Mapping[str, Enum]:
        """Every enum under its name."""
        return {enum.name: enum for enum in self.enums}

    @cached_property
    def join_by_table(self) -> Mapping[TableName, JoinTable]:
        """Every join table under its name."""
        return {join.name: join for join in self.join_tables}

    @cached_property
    def tables(self) -> tuple[TableName, ...]:
        """Every table that should exist: models' (ignored ones too), then join tables; no views."""
        models = (model.table for model in self.models if model.kind is ModelKind.MODEL)
        return (*models, *(join.name for join in self.join_tables))

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """The groups in order of first appearance, each with its models in declaration order."""
        members: dict[str, list[str]] = {}
        for model in self.models:
            members.setdefault(model.group, []).append(model.name)
        return tuple(Group(name=name, models=tuple(found)) for name, found in members.items())

    @property
    def is_postgres(self) -> bool:
        """Whether the datasource is PostgreSQL; a schema without a datasource is taken to be."""
        return self.datasource is None or self.datasource.is_postgres

    def group_of(self, table: TableName) -> str | None:
        """The group a table belongs to.

        Args:
            table: A model's table or view, or a join table.

        Returns:
            The group's name; None where the schema does not know the table.
        """
        join = self.join_by_table.get(table)
        model = self.by_name[join.model_a] if join else self.by_table.get(table)
        return model.group if model else None

    def summary(self) -> Summary:
        """What notebooks and terminals show of it."""
        from snapkit.core.summaries import schema_summary  # noqa: PLC0415 -- only where shown

        return schema_summary(self)
