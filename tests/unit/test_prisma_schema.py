"""What a schema means for the database: tables, columns, keys, join tables, groups."""

from __future__ import annotations

from decimal import Decimal

import pytest

from snapkit.core.names import ReferentialAction, TableName
from snapkit.core.schema import (
    FieldKind,
    KeyKind,
    ModelKind,
    NativeType,
    RelationMode,
    Schema,
    Span,
)
from snapkit.prisma import parse, to_dmmf, to_mapping

SOURCE = 'datasource db {\n  provider = "postgresql"\n  url      = env("DATABASE_URL")\n}\n'


def parsed(text: str, **options: str) -> Schema:
    return parse([("schema.prisma", SOURCE + text)], **options)


def model_of(*lines: str, name: str = "A") -> str:
    return f"model {name} {{\n" + "\n".join(f"  {line}" for line in lines) + "\n}\n"


ONE_TO_MANY = model_of("id Int @id", "bs B[]") + model_of(
    "id Int @id",
    "aId Int{opt}",
    "a A{opt} @relation(fields: [aId], references: [id]{args})",
    name="B",
)


def one_to_many(*, optional: bool = False, arguments: str = "") -> str:
    return ONE_TO_MANY.replace("{opt}", "?" if optional else "").replace("{args}", arguments)


def test_model_is_its_table_in_the_default_namespace() -> None:
    schema = parsed(model_of("id Int @id"), default_namespace="shop")
    assert schema.by_name["A"].table == TableName("shop", "A")


def test_mapped_model_is_the_mapped_table() -> None:
    schema = parsed(model_of("id Int @id", '@@map("the \\"As\\"")'))
    assert schema.by_table[TableName("public", 'the "As"')].name == "A"


def test_field_knows_its_column_type_and_place() -> None:
    field = (
        parsed(model_of("id Int @id", 'b String? @map("c d") @db.VarChar(40)')).models[0].fields[1]
    )
    assert (field.column, field.kind, field.is_required) == ("c d", FieldKind.SCALAR, False)
    assert field.native_type == NativeType("VarChar", ("40",))
    assert field.span == Span("schema.prisma", 7, 3)
    assert str(field.span) == "schema.prisma:7:3"


def test_relation_field_has_no_column() -> None:
    fields = parsed(one_to_many()).by_name["B"].by_name
    assert fields["a"].column is None
    assert fields["a"].kind is FieldKind.OBJECT
    assert fields["aId"].is_read_only


def test_relation_knows_both_ends() -> None:
    schema = parsed(one_to_many())
    forward, back = (
        schema.by_name["B"].by_name["a"].relation,
        schema.by_name["A"].by_name["bs"].relation,
    )
    assert forward is not None
    assert back is not None
    assert (forward.name, forward.to_model, forward.opposite) == ("AToB", "A", "bs")
    assert (forward.from_fields, forward.to_fields, forward.holds_key) == (("aId",), ("id",), True)
    assert (back.name, back.to_model, back.opposite, back.holds_key) == ("AToB", "B", "a", False)


@pytest.mark.parametrize(
    ("optional", "arguments", "on_delete", "on_update"),
    [
        (False, "", ReferentialAction.RESTRICT, ReferentialAction.CASCADE),
        (True, "", ReferentialAction.SET_NULL, ReferentialAction.CASCADE),
        (False, ", onDelete: Cascade", ReferentialAction.CASCADE, ReferentialAction.CASCADE),
        (True, ", onUpdate: NoAction", ReferentialAction.SET_NULL, ReferentialAction.NO_ACTION),
    ],
    ids=["required", "optional", "on delete", "on update"],
)
def test_foreign_key_has_the_effective_actions(
    optional: bool,  # noqa: FBT001
    arguments: str,
    on_delete: ReferentialAction,
    on_update: ReferentialAction,
) -> None:
    (key,) = parsed(one_to_many(optional=optional, arguments=arguments)).foreign_keys
    assert (key.on_delete, key.on_update) == (on_delete, on_update)


def test_written_actions_stay_as_written() -> None:
    relation = parsed(one_to_many()).by_name["B"].by_name["a"].relation
    assert relation is not None
    assert relation.on_delete is None


def test_foreign_key_names_columns_not_fields() -> None:
    text = one_to_many().replace("aId Int", 'aId Int @map("a id")')
    (key,) = parsed(text).foreign_keys
    assert (key.child, key.columns) == (TableName("public", "B"), ("a id",))
    assert (key.parent, key.parent_columns) == (TableName("public", "A"), ("id",))
    assert (key.name, key.enforced) == ("B_a id_fkey", True)


def test_foreign_key_takes_the_name_of_map() -> None:
    (key,) = parsed(one_to_many(arguments=', map: "a name"')).foreign_keys
    assert key.name == "a name"


def test_default_names_are_cut_to_63_bytes_between_characters() -> None:
    long = "ü" * 40
    schema = parsed(model_of("id Int @id", f"{long} Int @unique"))
    name = schema.models[0].uniques[0].database_name
    assert name == "A_" + "ü" * 28 + "_key"
    assert len(name.encode()) <= 63


def test_relation_mode_prisma_enforces_nothing() -> None:
    text = SOURCE.replace("url ", 'relationMode = "prisma"\n  url ') + one_to_many()
    schema = parse([("schema.prisma", text)])
    assert schema.datasource is not None
    assert schema.datasource.relation_mode is RelationMode.PRISMA
    assert [key.enforced for key in schema.foreign_keys] == [False]


def test_implicit_many_to_many_is_a_join_table() -> None:
    text = model_of("id Int @id", "as A[]", name="Z") + model_of("key Int @id", "zs Z[]")
    schema = parsed(text)
    (join,) = schema.join_tables
    assert (join.name, join.relation) == (TableName("public", "_AToZ"), "AToZ")
    assert (join.model_a, join.field_a, join.model_b, join.field_b) == ("A", "zs", "Z", "as")
    assert [(key.name, key.columns, key.parent_columns) for key in schema.foreign_keys] == [
        ("_AToZ_A_fkey", ("A",), ("key",)),
        ("_AToZ_B_fkey", ("B",), ("id",)),
    ]
    assert {key.on_delete for key in schema.foreign_keys} == {ReferentialAction.CASCADE}
    assert schema.tables == (
        TableName("public", "Z"),
        TableName("public", "A"),
        TableName("public", "_AToZ"),
    )


def test_many_to_many_with_itself_orders_its_fields() -> None:
    text = model_of("id Int @id", 'z A[] @relation("R")', 'b A[] @relation("R")')
    (join,) = parsed(text).join_tables
    assert (join.field_a, join.field_b) == ("b", "z")


def test_ignored_models_and_fields_are_there_and_flagged() -> None:
    schema = parsed(
        model_of("id Int @id", "x Int @ignore") + model_of("id Int @id", "@@ignore", name="B")
    )
    assert [(model.name, model.is_ignored) for model in schema.models] == [
        ("A", False),
        ("B", True),
    ]
    assert schema.models[0].by_name["x"].is_ignored
    assert TableName("public", "B") in schema.tables
    assert [model["name"] for model in to_dmmf(schema)["models"]] == ["A"]


def test_views_are_models_but_no_tables() -> None:
    schema = parsed("view V {\n  id Int @unique\n}\n" + model_of("id Int @id"))
    assert schema.by_name["V"].kind is ModelKind.VIEW
    assert schema.tables == (TableName("public", "A"),)


def test_unsupported_type_keeps_its_text() -> None:
    field = parsed(model_of("id Int @id", 'at Unsupported("point")?')).models[0].by_name["at"]
    assert (field.kind, field.type, field.column) == (FieldKind.UNSUPPORTED, "point", "at")


def test_keys_come_in_prismas_order() -> None:
    text = model_of(
        "id Int @id", "a Int @unique", "b Int", "@@unique([a, b])", "@@index([b])", "@@index([a])"
    )
    keys = parsed(text).models[0].keys
    assert [(key.kind, key.columns) for key in keys] == [
        (KeyKind.ID, ("id",)),
        (KeyKind.UNIQUE, ("a",)),
        (KeyKind.NORMAL, ("b",)),
        (KeyKind.NORMAL, ("a",)),
        (KeyKind.UNIQUE, ("a", "b")),
    ]
    assert [key.database_name for key in keys] == [
        "A_pkey",
        "A_a_key",
        "A_b_idx",
        "A_a_idx",
        "A_a_b_key",
    ]


def test_partial_unique_key_makes_no_field_unique() -> None:
    model = parsed(model_of("id Int @id", "a Int", '@@unique([a], where: raw("a > 0"))')).models[0]
    assert model.uniques[0].predicate == "a > 0"
    assert not model.by_name["a"].is_unique


@pytest.mark.parametrize(
    ("written", "in_database"),
    [
        ("String @default(uuid())", False),
        ("String @default(cuid(2))", False),
        ('String @default("x")', True),
        ("DateTime @default(now())", True),
        ("Int @default(autoincrement())", True),
        ("String @default(dbgenerated())", False),
        ('String @default(dbgenerated("f()"))', True),
    ],
)
def test_default_is_the_databases_or_the_clients(written: str, in_database: bool) -> None:  # noqa: FBT001
    default = parsed(model_of("id Int @id", f"a {written}")).models[0].by_name["a"].default
    assert default is not None
    assert default.is_in_database is in_database


def test_number_keeps_its_digits() -> None:
    default = (
        parsed(model_of("id Int @id", "a Decimal @default(1.10)")).models[0].by_name["a"].default
    )
    assert default is not None
    assert str(default.value) == str(Decimal("1.10"))


def test_enum_knows_its_type_and_values() -> None:
    text = 'enum E {\n  A @map("a b")\n  B\n  @@map("the enum")\n}\n' + model_of(
        "id Int @id", "e E"
    )
    (enum,) = parsed(text).enums
    assert enum.database_name == TableName("public", "the enum")
    assert [value.database_value for value in enum.values] == ["a b", "B"]


def test_group_is_named_above_the_model() -> None:
    text = "/// A thing.\n/// @namespace Goods & more\n" + model_of("id Int @id")
    assert parsed(text).by_name["A"].group == "Goods & more"


def test_group_is_the_namespace_else() -> None:
    text = SOURCE.replace("url ", 'schemas = ["x"]\n  url ') + model_of(
        "id Int @id", '@@schema("x")'
    )
    schema = parse([("schema.prisma", text)])
    assert (schema.models[0].group, schema.models[0].table) == ("x", TableName("x", "A"))


def test_group_is_the_file_where_there_are_several() -> None:
    files = [
        ("db/base.prisma", SOURCE),
        ("db/shop/item.prisma", model_of("id Int @id")),
        ("db/user.prisma", model_of("id Int @id", name="B")),
    ]
    groups = parse(files).groups
    assert [(group.name, group.models) for group in groups] == [
        ("shop/item", ("A",)),
        ("user", ("B",)),
    ]


def test_group_is_models_where_nothing_says_more() -> None:
    assert [group.name for group in parsed(model_of("id Int @id")).groups] == ["Models"]


def test_join_table_belongs_to_its_first_models_group() -> None:
    text = "/// @namespace G\n" + model_of("id Int @id", "bs B[]")
    schema = parsed(text + model_of("id Int @id", "as A[]", name="B"))
    assert schema.group_of(TableName("public", "_AToB")) == "G"
    assert schema.group_of(TableName("public", "unknown")) is None


def test_datasource_keeps_the_variable_and_hides_the_text() -> None:
    plain = SOURCE.replace('env("DATABASE_URL")', '"postgresql://u:secret@h/d"')
    source = parse([("s", plain + model_of("id Int @id"))]).datasource
    assert source is not None
    assert source.url is not None
    assert source.url.text == "postgresql://u:secret@h/d"
    assert "secret" not in repr(source)
    named = parsed(model_of("id Int @id")).datasource
    assert named is not None
    assert named.url is not None
    assert named.url.variable == "DATABASE_URL"


def test_mapping_holds_no_secret() -> None:
    plain = SOURCE.replace('env("DATABASE_URL")', '"postgresql://u:secret@h/d"')
    schema = parse([("s", plain + model_of("id Int @id"))])
    assert "secret" not in str(to_mapping(schema))
    assert "secret" not in repr(schema)


def test_mapping_says_what_dmmf_leaves_out() -> None:
    text = model_of("id Int @id", "x Int @ignore", "bs B[]") + model_of(
        "id Int @id", "as A[]", name="B"
    )
    mapping = to_mapping(parsed(text))
    model = mapping["models"][0]
    assert model["table"] == {"namespace": "public", "name": "A"}
    assert (model["group"], model["at"]) == ("Models", "schema.prisma:5:7")
    assert [field["ignored"] for field in model["fields"]] == [False, True, False]
    assert mapping["join_tables"][0]["table"]["name"] == "_AToB"
    assert [key["on_delete"] for key in mapping["foreign_keys"]] == ["Cascade", "Cascade"]


def test_other_providers_are_parsed_too() -> None:
    text = 'datasource db {\n  provider = "sqlite"\n  url = "file:x"\n}\n' + model_of("id Int @id")
    schema = parse([("schema.prisma", text)])
    assert not schema.is_postgres
    assert schema.by_name["A"].primary_key is not None


def test_same_files_give_the_same_value_again() -> None:
    text = model_of("id Int @id")
    assert parsed(text) is parsed(text)
    assert parsed(text, default_namespace="x") is not parsed(text)


def test_empty_names_are_names() -> None:
    """`@map("")` is an empty name, not none at all: Prisma takes it."""
    enum = 'enum E {\n  A @map("")\n  @@map("")\n}\n'
    schema = parsed(enum + model_of('id Int @id @map("")', '@@map("")'))
    (found,) = schema.enums
    assert (found.database_name.name, found.values[0].database_value) == ("", "")
    model = schema.by_name["A"]
    assert (model.table.name, model.fields[0].column) == ("", "")


def test_mapping_says_where_each_foreign_key_stands() -> None:
    many = model_of("id Int @id", "as A[]", "bs B[]", name="C")
    text = one_to_many().replace("bs B[]", "bs B[]\n  cs C[]") + many
    schema = parsed(text.replace("[id])", "[id])\n  cs C[]"))
    lines = (SOURCE + text.replace("[id])", "[id])\n  cs C[]")).split("\n")
    keys = to_mapping(schema)["foreign_keys"]
    places = [int(key["at"].split(":")[1]) for key in keys]
    assert [lines[place - 1].split()[:2] for place in places] == [
        ["a", "A"],
        *[["cs", "C[]"]] * 4,
    ]
    assert [key["table"]["name"] for key in keys] == ["B", "_AToC", "_AToC", "_BToC", "_BToC"]
