"""Rows and files of JSON: which column a name means, which table a file, and what does not fit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from snapkit.core.catalog import Column, EnumType, TableKind
from snapkit.core.json_rows import ImportTable, RowFault, RowReader, import_tables, match_files
from snapkit.core.json_stream import JsonArray
from snapkit.core.schema_catalog import catalog_of
from snapkit.prisma import parse
from tests.factories import make_catalog, make_table, name_of

if TYPE_CHECKING:
    from snapkit.core.schema import Schema

HEAD = 'datasource db {\n  provider = "postgresql"\n  url = env("X")\n}\n'
SHOP = """
model UserProfile {
  id        Int      @id @default(autoincrement())
  fullName  String   @map("full_name")
  birthDay  DateTime? @map("birth-day") @db.Date
  settings  Json
  extra     Json?
  tags      String[]
  status    Status   @default(ACTIVE)
  levels    Status[]
  price     Decimal? @db.Decimal(6, 2)
  avatar    Bytes?
  orders    Order[]
  groups    Group[]
  @@map("user_profiles")
}
model Order {
  id     BigInt @id
  userId Int    @map("user_id")
  user   UserProfile @relation(fields: [userId], references: [id])
  @@unique([userId, id])
}
model Group {
  id    Int @id
  users UserProfile[]
}
enum Status {
  ACTIVE   @map("active")
  SOLD_OUT @map("sold out")
}
"""
WHOLE = {"id": 1, "fullName": "A", "settings": {}, "tags": [], "status": "ACTIVE", "levels": []}
LINE = ["1", "A", None, "{}", None, "{}", "active", "{}", None, None]


def schema_of(text: str) -> Schema:
    return parse([("schema.prisma", HEAD + text)])


def tables_of(text: str) -> dict[str, ImportTable]:
    schema = schema_of(text)
    found = import_tables(catalog_of(schema, "shop"), schema)
    return {table.table.name: table for table in found}


@pytest.fixture(scope="module")
def profiles() -> ImportTable:
    return tables_of(SHOP)["user_profiles"]


def read(table: ImportTable, row: Any) -> tuple[list[str | None], tuple[RowFault, ...]]:  # noqa: ANN401 -- JSON
    return RowReader(table).read(row)


@pytest.mark.parametrize("name", ["fullName", "full_name", "FullName", "FULL_NAME", "full-name"])
def test_field_goes_by_its_name_or_its_columns_in_any_case(
    profiles: ImportTable, name: str
) -> None:
    row = {name if key == "fullName" else key: value for key, value in WHOLE.items()}
    assert read(profiles, row) == (LINE, ())


def test_row_is_read_whatever_the_order_of_its_names(profiles: ImportTable) -> None:
    assert read(profiles, dict(reversed(WHOLE.items()))) == (LINE, ())


def test_optional_fields_may_be_null_or_left_out(profiles: ImportTable) -> None:
    row = WHOLE | {"birth-day": None, "extra": None, "price": None, "avatar": None}
    assert read(profiles, row) == (LINE, ())


def test_null_is_json_where_the_column_must_hold_some(profiles: ImportTable) -> None:
    """Prisma gives null for JSON's null and for the database's: only one fits here."""
    assert read(profiles, WHOLE | {"settings": None})[0][3] == "null"
    assert read(profiles, WHOLE | {"extra": None})[0][4] is None


def test_list_may_be_null_where_the_database_allows_it(profiles: ImportTable) -> None:
    assert read(profiles, WHOLE | {"tags": None})[0][5] is None


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        pytest.param({"fulName": "A"}, [("fulName", "is unknown")], id="unknown"),
        pytest.param({"orders": []}, [("orders", "is a relation, not a column")], id="relation"),
        pytest.param({"id": None}, [("id", "is null, and required")], id="null"),
        pytest.param({"id": "x"}, [("id", "is a text, not an integer")], id="wrong type"),
        pytest.param(
            {"full_name": "B"}, [("full_name", "is the same column as 'fullName'")], id="both names"
        ),
        pytest.param(
            {"status": "OPEN"}, [("status", "is 'OPEN', which its enum does not have")], id="enum"
        ),
        pytest.param(
            {"id": True, "price": "x", "nope": 1},
            [
                ("nope", "is unknown"),
                ("id", "is a boolean, not an integer"),
                ("price", "is a text, not a number"),
            ],
            id="several",
        ),
    ],
)
def test_fault_names_the_field_as_the_file_spells_it(
    profiles: ImportTable, change: dict[str, object], faults: list[tuple[str, str]]
) -> None:
    assert read(profiles, WHOLE | change)[1] == tuple(RowFault(*fault) for fault in faults)


def test_missing_fields_are_named_as_prisma_does(profiles: ImportTable) -> None:
    assert read(profiles, {"id": 1, "settings": {}, "status": "sold out"})[1] == (
        RowFault("fullName", "is missing, and required"),
    )


def test_name_that_stands_twice_is_named(profiles: ImportTable) -> None:
    (row,) = JsonArray(
        ['[{"id": 1, "id": 2, "full_name": "A", "settings": 1, "status": "active"}]']
    )
    assert read(profiles, row)[1] == (RowFault("id", "stands twice in the row"),)


@pytest.mark.parametrize(
    ("row", "what"),
    [
        (None, "is null, not an object"),
        ([1], "is a list, not an object"),
        ("x", "is a text, not an object"),
        (1.5, "is a number, not an object"),
        (True, "is a boolean, not an object"),
    ],
)
def test_row_that_is_no_object_says_what_it_is(
    profiles: ImportTable, row: object, what: str
) -> None:
    assert read(profiles, row) == ([], (RowFault("", what),))


def test_join_table_has_columns_a_and_b() -> None:
    join = tables_of(SHOP)["_GroupToUserProfile"]
    assert read(join, {"A": 1, "B": 2}) == (["1", "2"], ())
    assert read(join, {"a": 1, "C": 2})[1] == (
        RowFault("C", "is unknown"),
        RowFault("B", "is missing, and required"),
    )


def test_reader_forgets_layouts_and_reads_on(profiles: ImportTable) -> None:
    reader = RowReader(profiles)
    for number in range(1100):
        assert reader.read(WHOLE | {f"x{number}": 1})[1] == (RowFault(f"x{number}", "is unknown"),)
    assert reader.read(WHOLE) == (LINE, ())


# a field has the name of another field's column: what a file means, its other names must tell
SHIFTED = """
model Book {
  id       Int    @id
  name     String @map("title")
  title    String @map("subtitle")
  subtitle String @map("blurb")
}
"""
SWAPPED = """
model Pair {
  id Int @id
  a  Int @map("b")
  b  Int @map("a")
}
"""


@pytest.mark.parametrize(
    "row",
    [
        pytest.param({"id": 1, "name": "N", "title": "T", "subtitle": "S"}, id="fields"),
        pytest.param({"id": 1, "title": "N", "subtitle": "T", "blurb": "S"}, id="columns"),
    ],
)
def test_names_that_overlap_are_told_apart_by_the_others(row: dict[str, object]) -> None:
    assert read(tables_of(SHIFTED)["Book"], row) == (["1", "N", "T", "S"], ())


def test_names_that_may_mean_two_columns_mean_none() -> None:
    _, faults = read(tables_of(SWAPPED)["Pair"], {"id": 1, "a": 2, "b": 3})
    assert faults == (
        RowFault("a", "may be any of the columns a, b"),
        RowFault("b", "may be any of the columns b, a"),
    )


def test_spelling_that_two_columns_share_means_none() -> None:
    table = tables_of("model T {\n id Int @id\n userId Int\n user_id Int\n}\n")["T"]
    assert read(table, {"id": 1, "userId": 2, "user_id": 3}) == (["1", "2", "3"], ())
    assert read(table, {"id": 1, "USERID": 2, "user_id": 3})[1] == (
        RowFault("USERID", "may be any of the columns userId, user_id"),
    )


def test_enum_value_that_may_mean_two_means_none() -> None:
    text = (
        'model T {\n id Int @id\n e E\n}\nenum E {\n LOW @map("HIGH")\n HIGH @map("LOW")\n MID\n}\n'
    )
    table = tables_of(text)["T"]
    assert read(table, {"id": 1, "e": "MID"}) == (["1", "MID"], ())
    assert read(table, {"id": 1, "e": "LOW"})[1] == (
        RowFault("e", "is 'LOW', which may be either of two values of its enum"),
    )


def test_enum_of_the_database_may_have_values_that_the_schema_lacks() -> None:
    schema = schema_of(SHOP)
    catalog = catalog_of(schema, "shop")
    (enum,) = catalog.enums
    more = EnumType(name=enum.name, values=(*enum.values, "gone"))
    (table,) = (
        table
        for table in import_tables(replace(catalog, enums=(more,)), schema)
        if table.model == "UserProfile"
    )
    assert read(table, WHOLE | {"status": "gone"})[0][6] == "gone"
    assert read(table, WHOLE | {"status": "SOLD_OUT"})[0][6] == "sold out"


def test_generated_columns_are_left_out() -> None:
    total = Column(name="total", type="integer", is_generated=True)
    (table,) = import_tables(make_catalog(make_table("t", columns=("id", total))), None)
    assert read(table, {"id": "1", "total": 5}) == (["1"], ())


def test_partitioned_tables_can_be_meant_and_views_cannot() -> None:
    catalog = make_catalog(
        make_table("parts", kind=TableKind.PARTITIONED),
        make_table("view", kind=TableKind.VIEW),
        make_table("owned", extension="postgis"),
    )
    assert [table.table.name for table in import_tables(catalog, None)] == ["parts"]


@pytest.mark.parametrize(
    ("stem", "table"),
    [
        ("user_profiles", "user_profiles"),
        ("UserProfile", "user_profiles"),
        ("userProfile", "user_profiles"),
        ("user-profiles", "user_profiles"),
        ("USER_PROFILES", "user_profiles"),
        ("public.user_profiles", "user_profiles"),
        ("UserProfiles", "user_profiles"),
        ("user_profile", "user_profiles"),
        ("orders", "Order"),
        ("_GroupToUserProfile", "_GroupToUserProfile"),
        ("grouptouserprofile", "_GroupToUserProfile"),
    ],
)
def test_file_goes_by_the_name_of_its_table_or_model(stem: str, table: str) -> None:
    found = match_files([stem], tables_of(SHOP).values())
    assert (found.files, found.faults) == ({stem: name_of(f"public.{table}")}, ())


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("category", "categories"),
        ("address", "addresses"),
        ("shelf", "shelves"),
        ("knife", "knives"),
        ("status", "statuses"),
        ("media_file", "mediaFiles"),
    ],
)
def test_file_may_be_singular_or_plural(one: str, many: str) -> None:
    for stem, name in ((one, many), (many, one)):
        (table,) = import_tables(make_catalog(make_table(name)), None)
        assert match_files([stem], [table]).files == {stem: name_of(name)}


def test_nearest_name_wins() -> None:
    tables = import_tables(make_catalog(make_table("post"), make_table("posts")), None)
    found = match_files(["post", "posts"], tables)
    assert found.files == {"post": name_of("post"), "posts": name_of("posts")}


def test_file_that_is_no_table_says_so() -> None:
    found = match_files(["metadata"], tables_of(SHOP).values())
    assert (found.files, found.faults) == ({}, (("metadata", "is no table or model"),))


def test_file_that_may_be_several_tables_names_them() -> None:
    tables = import_tables(make_catalog(make_table("a.user"), make_table("b.user")), None)
    found = match_files(["user", "a.user"], tables)
    assert found.files == {"a.user": name_of("a.user")}
    assert found.faults == (("user", "may be any of the tables a.user, b.user"),)


def test_two_files_for_one_table_name_each_other() -> None:
    found = match_files(["Order", "orders", "Group"], tables_of(SHOP).values())
    assert found.files == {"Group": name_of("Group")}
    assert found.faults == (
        ("Order", "is table Order, as is orders.json"),
        ("orders", "is table Order, as is Order.json"),
    )


def test_keys_are_those_that_every_row_obeys() -> None:
    tables = tables_of(SHOP)
    assert tables["user_profiles"].keys == (("id",),)
    assert tables["Order"].keys == (("id",), ("user_id", "id"))
    assert tables["_GroupToUserProfile"].keys == (("A", "B"),)
