"""Drift without a server: types, and what a catalog that was made by hand differs in."""

from __future__ import annotations

import dataclasses

import pytest

from snapkit.core.catalog import Catalog, Column, EnumType, Index, Server, Table, TableKind
from snapkit.core.column_types import ColumnType, read_type, type_of
from snapkit.core.drift import Drift, DriftKind, Severity, drift
from snapkit.core.names import TableName
from snapkit.prisma import parse

SOURCE = 'datasource db {\n  provider = "postgresql"\n}\n'
SCHEMA = parse([("s", SOURCE + "model A {\n  id Int @id\n  e E?\n}\n\nenum E {\n  X\n}\n")])
KEY = Index(name="A_pkey", columns=("id",), is_unique=True, is_primary=True, is_constraint=True)
TABLE = Table(
    name=TableName("public", "A"),
    columns=(
        Column(name="id", type="integer", not_null=True),
        Column(name="e", type='public."E"'),
    ),
    indexes=(KEY,),
)
CATALOG = Catalog(
    database="d",
    server=Server(
        version=180000, version_text="18", encoding="UTF8", collation="C", collation_version=None
    ),
    role="app",
    tables=(TABLE,),
    enums=(EnumType(name=TableName("public", "E"), values=("X",)),),
)


def with_table(**changes: object) -> Catalog:
    table = dataclasses.replace(TABLE, **changes)  # type: ignore[arg-type]
    return dataclasses.replace(CATALOG, tables=(table,))


def test_matching_catalog_has_no_drift() -> None:
    assert drift(SCHEMA, CATALOG) == ()


def test_other_provider_is_not_compared() -> None:
    text = SOURCE.replace("postgresql", "sqlite") + "model A {\n  id Int @id\n}\n"
    assert drift(parse([("s", text)]), CATALOG) == ()


def test_drift_comes_before_information() -> None:
    extra = Column(name="x", type="text")
    found = drift(SCHEMA, with_table(columns=(*TABLE.columns, extra), checks=("c",)))
    assert [(one.kind, one.severity) for one in found] == [
        (DriftKind.EXTRA_COLUMN, Severity.DRIFT),
        (DriftKind.CHECK, Severity.INFORMATION),
    ]
    assert [one.is_drift for one in found] == [True, False]


def test_view_in_place_of_a_table_is_told() -> None:
    (found,) = drift(SCHEMA, with_table(kind=TableKind.VIEW))
    assert (found.kind, found.found) == (DriftKind.MISSING_TABLE, "a view")


def test_enum_of_another_namespace_is_not_extra() -> None:
    other = EnumType(name=TableName("elsewhere", "Y"), values=("Z",))
    assert drift(SCHEMA, dataclasses.replace(CATALOG, enums=(*CATALOG.enums, other))) == ()


def test_enum_column_of_another_enum_is_a_type_drift() -> None:
    columns = (TABLE.columns[0], Column(name="e", type="public.f"))
    (found,) = drift(SCHEMA, with_table(columns=columns))
    assert (found.kind, found.expected, found.found) == (DriftKind.TYPE, "public.E", "public.f")


def test_extensions_table_is_not_named() -> None:
    theirs = Table(name=TableName("public", "spatial_ref_sys"), extension="postgis")
    assert drift(SCHEMA, dataclasses.replace(CATALOG, tables=(TABLE, theirs))) == ()


def test_invalid_index_does_not_count() -> None:
    schema = parse(
        [("s", SOURCE + "model A {\n  id Int @id\n  e E?\n  @@index([e])\n}\nenum E {\n  X\n}\n")]
    )
    index = Index(name="A_e_idx", columns=("e",), is_valid=False)
    kinds = [one.kind for one in drift(schema, with_table(indexes=(KEY, index)))]
    assert kinds == [DriftKind.MISSING_INDEX, DriftKind.SPECIAL_INDEX]


def test_partial_key_of_the_schema_wants_a_partial_index() -> None:
    text = 'model A {\n  id Int @id\n  e E?\n  @@unique([e], where: raw("e > 1"))\n}\n'
    schema = parse([("s", SOURCE + text), ("t", "enum E {\n  X\n}\n")])
    (found,) = drift(schema, CATALOG)
    assert (found.kind, found.expected) == (DriftKind.MISSING_UNIQUE, "(e) where e > 1")
    index = Index(name="A_e_key", columns=("e",), is_unique=True, predicate="(e > 1)")
    assert [one.is_drift for one in drift(schema, with_table(indexes=(KEY, index)))] == [False]


def test_missing_view_is_information() -> None:
    text = (
        SOURCE
        + "model A {\n  id Int @id\n  e E?\n}\nview V {\n  id Int @unique\n}\nenum E {\n  X\n}\n"
    )
    (found,) = drift(parse([("s", text)]), CATALOG)
    assert (found.kind, found.is_drift) == (DriftKind.VIEW, False)


def test_text_is_a_sentence_for_people() -> None:
    found = Drift(
        kind=DriftKind.TYPE, table=TableName("x", "A"), item="b", expected="text", found="integer"
    )
    assert str(found) == "column type x.A.b: schema has text, database has integer"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("integer", ColumnType(name="integer")),
        ("character varying(40)", ColumnType(name="character varying", modifier="40")),
        (
            "timestamp(3) without time zone",
            ColumnType(name="timestamp without time zone", modifier="3"),
        ),
        ("timestamptz(6)", ColumnType(name="timestamp with time zone", modifier="6")),
        ("numeric(10, 2)[]", ColumnType(name="numeric", modifier="10,2", is_list=True)),
        ('public."My ""E"""', ColumnType(name='My "E"', namespace="public")),
        ('"a.b"."c[d"[]', ColumnType(name="c[d", namespace="a.b", is_list=True)),
        (
            "public.geometry(Point,4326)",
            ColumnType(name="geometry", namespace="public", modifier="point,4326"),
        ),
        ("int4[][]", ColumnType(name="integer", is_list=True)),
        ('"char"', ColumnType(name="char")),
        ("]", ColumnType(name="", is_list=True)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_type_text_is_read(text: str, expected: ColumnType) -> None:
    assert read_type(text) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("String", "text"),
        ("String?", "text"),
        ("String[]", "text[]"),
        ("Decimal", "numeric(65,30)"),
        ("Decimal @db.Decimal", "numeric"),
        ("Decimal @db.Decimal(10, 2)", "numeric(10,2)"),
        ("DateTime", "timestamp(3) without time zone"),
        ("DateTime @db.Timestamptz(6)", "timestamp(6) with time zone"),
        ("DateTime @db.Date", "date"),
        ("String @db.Char", "character(1)"),
        ("String @db.Citext", "citext"),
        ("Int @db.SmallInt", "smallint"),
        ("Bytes", "bytea"),
        ("Json @db.Json", "json"),
        ('Unsupported("vector(3)")', "vector(3)"),
        ("E[]", "public.E[]"),
        ("String @db.FromTheFuture", "None"),
    ],
)
def test_field_has_this_type(written: str, expected: str) -> None:
    text = f"{SOURCE}model A {{\n  id Int @id\n  a {written}\n}}\nenum E {{\n  X\n}}\n"
    schema = parse([("s", text)])
    assert str(type_of(schema.models[0].by_name["a"], schema.enum_by_name)) == expected


def test_action_on_some_columns_only_is_information() -> None:
    text = (
        "model A {\n  id Int @id\n  e E?\n  a Int?\n  b Int?\n"
        "  p B? @relation(fields: [a, b], references: [a, b])\n}\n"
        "model B {\n  a Int\n  b Int\n  c A[]\n  @@id([a, b])\n}\nenum E {\n  X\n}\n"
    )
    schema = parse([("s", SOURCE + text)])
    (key,) = schema.foreign_keys
    parent = Table(
        name=TableName("public", "B"),
        columns=tuple(Column(name=name, type="integer", not_null=True) for name in "ab"),
        indexes=(dataclasses.replace(KEY, name="B_pkey", columns=("a", "b")),),
    )
    columns = (*TABLE.columns, *(Column(name=name, type="integer") for name in "ab"))
    catalog = dataclasses.replace(
        with_table(columns=columns),
        tables=(dataclasses.replace(TABLE, columns=columns), parent),
        foreign_keys=(
            dataclasses.replace(
                key,
                definition='FOREIGN KEY (a, b) REFERENCES "B"(a, b) ON DELETE SET NULL (b)',
            ),
        ),
    )
    (found,) = drift(schema, catalog)
    assert (found.kind, found.is_drift) == (DriftKind.FOREIGN_KEY_STATE, False)
    assert (found.expected, found.found) == ("ON DELETE SET NULL", "SET NULL (b)")
