"""Drift on a real server: none where Prisma's own SQL made the database, each change where not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from snapkit.core.drift import Drift, DriftKind, drift
from snapkit.pg.catalog import read_catalog
from snapkit.pg.session import connect
from snapkit.prisma import parse

if TYPE_CHECKING:
    from snapkit.core.catalog import Catalog
    from snapkit.core.schema import Schema
    from snapkit.pg.server import EmbeddedServer

SHARED = Path(__file__).parents[3] / "shared" / "corpus" / "schemas"
FOLDERS = [path.parent for path in sorted(SHARED.glob("*/ddl.sql"))]
DEMO = Path(__file__).parents[2] / "snapkit" / "demo"

SCHEMA = """\
datasource db {
  provider = "postgresql"
  url      = env("DATABASE_URL")
}

model Shop {
  id     Int     @id @default(autoincrement())
  name   String  @unique
  note   String?
  state  State   @default(OPEN)
  tags   String[]
  orders Order[]
  labels Label[]

  @@index([state, name])
}

model Order {
  id     Int    @id @default(autoincrement())
  shopId Int
  amount Decimal @db.Decimal(10, 2)
  at     DateTime @default(now())
  shop   Shop   @relation(fields: [shopId], references: [id])
}

model Label {
  id    Int    @id
  shops Shop[]
}

enum State {
  OPEN
  CLOSED
}
"""
SQL = """\
CREATE TYPE "State" AS ENUM ('OPEN', 'CLOSED');
CREATE TABLE "Shop" (
    "id" SERIAL NOT NULL, "name" TEXT NOT NULL, "note" TEXT,
    "state" "State" NOT NULL DEFAULT 'OPEN', "tags" TEXT[],
    CONSTRAINT "Shop_pkey" PRIMARY KEY ("id"));
CREATE TABLE "Order" (
    "id" SERIAL NOT NULL, "shopId" INTEGER NOT NULL, "amount" DECIMAL(10,2) NOT NULL,
    "at" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "Order_pkey" PRIMARY KEY ("id"));
CREATE TABLE "Label" ("id" INTEGER NOT NULL, CONSTRAINT "Label_pkey" PRIMARY KEY ("id"));
CREATE TABLE "_LabelToShop" ("A" INTEGER NOT NULL, "B" INTEGER NOT NULL,
    CONSTRAINT "_LabelToShop_AB_pkey" PRIMARY KEY ("A", "B"));
CREATE INDEX "Shop_state_name_idx" ON "Shop"("state", "name");
CREATE UNIQUE INDEX "Shop_name_key" ON "Shop"("name");
CREATE INDEX "_LabelToShop_B_index" ON "_LabelToShop"("B");
ALTER TABLE "Order" ADD CONSTRAINT "Order_shopId_fkey" FOREIGN KEY ("shopId")
    REFERENCES "Shop"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "_LabelToShop" ADD CONSTRAINT "_LabelToShop_A_fkey" FOREIGN KEY ("A")
    REFERENCES "Label"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "_LabelToShop" ADD CONSTRAINT "_LabelToShop_B_fkey" FOREIGN KEY ("B")
    REFERENCES "Shop"("id") ON DELETE CASCADE ON UPDATE CASCADE;
"""


UNMODELLED = "table without a model _prisma_migrations"
PARTIAL = "partial or expression index Shop.p"
REORDERED = """\
DROP INDEX "Shop_state_name_idx";
CREATE INDEX "Shop_state_name_idx" ON "Shop"("state" DESC, "name");
"""
CASCADING = """\
ALTER TABLE "Order" DROP CONSTRAINT "Order_shopId_fkey", ADD CONSTRAINT "Order_shopId_fkey"
    FOREIGN KEY ("shopId") REFERENCES "Shop"("id") ON DELETE CASCADE;
"""
TRIGGER = """\
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER t BEFORE INSERT ON "Shop" EXECUTE FUNCTION f();
"""


NULLABLE_JOIN = """\
ALTER TABLE "_LabelToShop" DROP CONSTRAINT "_LabelToShop_AB_pkey", ALTER "A" DROP NOT NULL;
CREATE UNIQUE INDEX "_LabelToShop_AB_unique" ON "_LabelToShop"("A", "B");
"""
DEFERRABLE = """\
DROP INDEX "Shop_name_key";
ALTER TABLE "Shop" ADD CONSTRAINT "Shop_name_key" UNIQUE ("name") DEFERRABLE;
"""
STATE = "foreign key's state Order.Order_shopId_fkey"
OPTION = "index option Shop.Shop_state_name_idx"
UNIQUE_OPTION = "index option Shop.Shop_name_key"


def foreign_key(actions: str, match: str = "") -> str:
    """SQL that makes Order's foreign key anew."""
    return (
        'ALTER TABLE "Order" DROP CONSTRAINT "Order_shopId_fkey", ADD CONSTRAINT '
        f'"Order_shopId_fkey" FOREIGN KEY ("shopId") REFERENCES "Shop"("id") {match} '
        f"ON DELETE {actions}"
    )


def index(definition: str) -> str:
    """SQL that makes Shop's index anew."""
    return f'DROP INDEX "Shop_state_name_idx"; CREATE INDEX "Shop_state_name_idx" ON {definition}'


def unique(definition: str) -> str:
    """SQL that makes Shop's unique key anew."""
    return f'DROP INDEX "Shop_name_key"; CREATE UNIQUE INDEX "Shop_name_key" ON "Shop" {definition}'


def found_in(conninfo: str, schema: Schema, *scripts: str) -> tuple[Drift, ...]:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        for script in scripts:
            connection.execute(script.encode())
    with connect(conninfo) as session:
        return drift(schema, read_catalog(session))


def told(found: tuple[Drift, ...], *, is_drift: bool = True) -> list[str]:
    return [f"{one.kind} {one.where}" for one in found if one.is_drift is is_drift]


@pytest.fixture(scope="module")
def scratch(server: EmbeddedServer) -> str:
    """A database of the module's own, as a superuser, who may install extensions."""
    name = "drift_scratch"
    server.create_database(name, owner="app")
    return server.conninfo(name)


def catalog_after(conninfo: str, script: str) -> Catalog:
    """What a database says of itself after a script; then the script is undone."""
    with connect(conninfo) as session:
        session.begin()
        session.execute("SET LOCAL search_path = public")
        session.execute(script.encode())
        session.execute("SET LOCAL search_path = ''")
        found = read_catalog(session)
        session.rollback()
        return found


@pytest.mark.skipif(not FOLDERS, reason=f"no corpus at {SHARED}")
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_prismas_own_sql_has_no_drift(folder: Path, scratch: str) -> None:
    paths = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.prisma"))
    schema = parse([(path, (folder / path).read_bytes().decode()) for path in paths])
    found = drift(schema, catalog_after(scratch, (folder / "ddl.sql").read_text("utf-8")))
    assert told(found) == []


def test_demo_has_no_drift_and_its_extras_are_information(database: str) -> None:
    schema = parse([("schema.prisma", (DEMO / "schema.prisma").read_text("utf-8"))])
    scripts = [(DEMO / name).read_text("utf-8") for name in ("schema.sql", "extras.sql")]
    found = found_in(database, schema, *scripts)
    assert told(found) == []
    assert {DriftKind.GENERATED, DriftKind.CHECK, DriftKind.SPECIAL_INDEX} <= {
        one.kind for one in found
    }


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ('DROP TABLE "Order"', ["missing table Order"]),
        ('ALTER TABLE "Shop" DROP COLUMN "note"', ["missing column Shop.note"]),
        ('ALTER TABLE "Shop" ADD COLUMN "new" int', ["extra column Shop.new"]),
        ('ALTER TABLE "Order" ALTER "amount" TYPE numeric(12,2)', ["column type Order.amount"]),
        ('ALTER TABLE "Shop" ALTER "tags" TYPE varchar(9)[]', ["column type Shop.tags"]),
        ('ALTER TABLE "Shop" ALTER "note" SET NOT NULL', ["nullability Shop.note"]),
        ('ALTER TABLE "Shop" ALTER "name" DROP NOT NULL', ["nullability Shop.name"]),
        ('ALTER TABLE "Order" ALTER "at" DROP DEFAULT', ["default Order.at"]),
        ('ALTER TABLE "Shop" ALTER "note" SET DEFAULT \'x\'', ["default Shop.note"]),
        ("ALTER TYPE \"State\" ADD VALUE 'LOST'", ["extra enum value State.LOST"]),
        (
            "ALTER TYPE \"State\" RENAME VALUE 'CLOSED' TO 'SHUT'",
            ["missing enum value State.CLOSED", "extra enum value State.SHUT"],
        ),
        ("CREATE TYPE \"Other\" AS ENUM ('A')", ["extra enum Other"]),
        ('ALTER TABLE "Order" DROP CONSTRAINT "Order_pkey"', ["primary key Order.Order_pkey"]),
        ('DROP INDEX "Shop_name_key"', ["missing unique key Shop.Shop_name_key"]),
        ('CREATE UNIQUE INDEX u ON "Order"("shopId")', ["extra unique key Order.u"]),
        ('DROP INDEX "Shop_state_name_idx"', ["missing index Shop.Shop_state_name_idx"]),
        ('CREATE INDEX i ON "Order"("at")', ["extra index Order.i"]),
        (
            REORDERED,
            [
                "missing index Shop.Shop_state_name_idx",
                "extra index Shop.Shop_state_name_idx",
            ],
        ),
        (
            'ALTER TABLE "Order" DROP CONSTRAINT "Order_shopId_fkey"',
            ["missing foreign key Order.Order_shopId_fkey"],
        ),
        (
            'ALTER TABLE "Shop" ADD CONSTRAINT f FOREIGN KEY ("id") REFERENCES "Label"("id")',
            ["extra foreign key Shop.f"],
        ),
        (
            CASCADING,
            ["referential action Order.Order_shopId_fkey"] * 2,
        ),
        (
            'ALTER INDEX "Shop_name_key" RENAME TO "another name"',
            ["constraint name Shop.another name"],
        ),
        ('DROP TABLE "_LabelToShop"', ["missing table _LabelToShop"]),
        ('DROP INDEX "_LabelToShop_B_index"', ["missing index _LabelToShop.(B)"]),
        ('ALTER TABLE "_LabelToShop" ADD COLUMN "C" int', ["extra column _LabelToShop.C"]),
        (NULLABLE_JOIN, ["nullability _LabelToShop.A"]),
        ('ALTER TABLE "_LabelToShop" ALTER "A" SET DEFAULT 1', ["default _LabelToShop.A"]),
        ('CREATE INDEX i ON "_LabelToShop"("A")', ["extra index _LabelToShop.i"]),
        ('CREATE UNIQUE INDEX i ON "_LabelToShop"("A")', ["extra unique key _LabelToShop.i"]),
        (foreign_key("RESTRICT ON UPDATE CASCADE NOT ENFORCED"), [STATE]),
    ],
    ids=lambda value: value.replace('"', "")[:60] if isinstance(value, str) else "",
)
def test_change_by_hand_is_named(change: str, expected: list[str], database: str) -> None:
    found = found_in(database, parse([("schema.prisma", SCHEMA)]), SQL, change)
    assert told(found) == expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            'CREATE TABLE "_prisma_migrations" (id int)',
            [UNMODELLED],
        ),
        ('CREATE SCHEMA x; CREATE TABLE x."a b" (id int)', ["table without a model x.a b"]),
        ('ALTER TABLE "Order" ADD CONSTRAINT c CHECK (amount > 0)', ["check constraint Order.c"]),
        (
            "CREATE INDEX p ON \"Shop\"(note) WHERE note > ''",
            [PARTIAL],
        ),
        ('CREATE INDEX e ON "Shop"(lower(note))', ["partial or expression index Shop.e"]),
        ("CREATE VIEW v AS SELECT 1 AS one", []),
        (
            TRIGGER,
            ["trigger Shop.t"],
        ),
        (foreign_key("RESTRICT ON UPDATE CASCADE NOT VALID"), [STATE]),
        (foreign_key("RESTRICT ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED"), [STATE]),
        (foreign_key("RESTRICT ON UPDATE CASCADE", "MATCH FULL"), [STATE]),
        (index('"Shop"("state", "name" text_pattern_ops)'), [OPTION]),
        (index('"Shop"("state", "name" COLLATE "C")'), [OPTION]),
        (index('"Shop"("state" NULLS FIRST, "name")'), [OPTION]),
        (unique('("name") NULLS NOT DISTINCT'), [UNIQUE_OPTION]),
        (unique('("name") INCLUDE ("note")'), [UNIQUE_OPTION]),
        (
            DEFERRABLE,
            [UNIQUE_OPTION],
        ),
        ('ALTER TABLE "Shop" ALTER "tags" SET NOT NULL', ["nullability Shop.tags"]),
        (
            'ALTER TABLE "Shop" ADD CONSTRAINT n NOT NULL "note" NOT VALID',
            ["constraint not validated Shop.n"],
        ),
        (
            'CREATE INDEX i ON "_LabelToShop"("B")',
            ["extra index _LabelToShop.i"],
        ),
    ],
    ids=lambda value: value.replace('"', "")[:60] if isinstance(value, str) else "",
)
def test_what_prisma_overlooks_is_information(
    change: str, expected: list[str], database: str
) -> None:
    found = found_in(database, parse([("schema.prisma", SCHEMA)]), SQL, change)
    assert told(found) == []
    assert told(found, is_drift=False) == expected


def test_join_table_as_before_prisma_6_has_no_drift(database: str) -> None:
    older = (
        'ALTER TABLE "_LabelToShop" DROP CONSTRAINT "_LabelToShop_AB_pkey"; '
        'CREATE UNIQUE INDEX "_LabelToShop_AB_unique" ON "_LabelToShop"("A", "B")'
    )
    assert told(found_in(database, parse([("schema.prisma", SCHEMA)]), SQL, older)) == []


def test_identity_and_constraint_spellings_have_no_drift(database: str) -> None:
    other = (
        'ALTER TABLE "Shop" ALTER "id" DROP DEFAULT, '
        'ALTER "id" ADD GENERATED BY DEFAULT AS IDENTITY; '
        'DROP INDEX "Shop_name_key"; '
        'ALTER TABLE "Shop" ADD CONSTRAINT "Shop_name_key" UNIQUE ("name"); '
        'DROP TABLE "Order"; CREATE TABLE "Order" (id int GENERATED ALWAYS AS IDENTITY '
        'CONSTRAINT "Order_pkey" PRIMARY KEY, "shopId" int4 NOT NULL CONSTRAINT '
        '"Order_shopId_fkey" REFERENCES "Shop" ON UPDATE CASCADE ON DELETE RESTRICT DEFERRABLE, '
        "amount numeric(10, 2) NOT NULL, at timestamp(3) NOT NULL DEFAULT now()) "
    )
    assert told(found_in(database, parse([("schema.prisma", SCHEMA)]), SQL, other)) == []


def test_relation_mode_prisma_wants_no_foreign_keys(database: str) -> None:
    text = SCHEMA.replace("url ", 'relationMode = "prisma"\n  url ')
    found = found_in(database, parse([("schema.prisma", text)]), SQL)
    assert [one.kind for one in found] == [DriftKind.EXTRA_FOREIGN_KEY] * 3


def test_partitions_belong_to_their_table(database: str) -> None:
    script = (
        'DROP TABLE "Label" CASCADE; CREATE TABLE "Label" (id int, CONSTRAINT "Label_pkey" '
        'PRIMARY KEY (id)) PARTITION BY RANGE (id); CREATE TABLE "Label_1" PARTITION OF "Label" '
        'FOR VALUES FROM (0) TO (9); ALTER TABLE "_LabelToShop" ADD CONSTRAINT '
        '"_LabelToShop_A_fkey" FOREIGN KEY ("A") REFERENCES "Label"("id") '
        "ON DELETE CASCADE ON UPDATE CASCADE"
    )
    found = found_in(database, parse([("schema.prisma", SCHEMA)]), SQL, script)
    assert found == ()


CLASSES = """\
model Doc {
  id   Int    @id
  meta Json
  tags String[]

  @@index([meta(ops: JsonbPathOps)], type: Gin)
  @@index([tags], type: Gin)
  @@index([id(ops: Int4MinMaxMultiOps)], type: Brin)
}
"""
CLASSES_SQL = """\
CREATE TABLE "Doc" ("id" INTEGER NOT NULL, "meta" JSONB NOT NULL, "tags" TEXT[],
    CONSTRAINT "Doc_pkey" PRIMARY KEY ("id"));
CREATE INDEX "Doc_meta_idx" ON "Doc" USING GIN ("meta" jsonb_path_ops);
CREATE INDEX "Doc_tags_idx" ON "Doc" USING GIN ("tags");
CREATE INDEX "Doc_id_idx" ON "Doc" USING BRIN ("id" int4_minmax_multi_ops);
"""


BLOOM = """\
DROP INDEX "Doc_id_idx";
CREATE INDEX "Doc_id_idx" ON "Doc" USING BRIN ("id" int4_bloom_ops);
"""


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("", []),
        (
            'DROP INDEX "Doc_meta_idx"; CREATE INDEX "Doc_meta_idx" ON "Doc" USING GIN ("meta")',
            [("jsonb_path_ops on meta", "jsonb_ops on meta")],
        ),
        (
            BLOOM,
            [("int4_minmax_multi_ops on id", "int4_bloom_ops on id")],
        ),
    ],
    ids=["none", "default in the database", "another"],
)
def test_operator_class_of_the_schema_is_compared(
    change: str, expected: list[tuple[str, str]], database: str
) -> None:
    source = SCHEMA.partition("model")[0]
    found = found_in(database, parse([("s", source + CLASSES)]), CLASSES_SQL, change)
    assert [(one.expected, one.found) for one in found] == expected
    assert all(one.is_drift and one.kind is DriftKind.INDEX_OPTION for one in found)


def test_operator_class_that_the_schema_does_not_name_is_drift(database: str) -> None:
    source = SCHEMA.partition("model")[0]
    text = CLASSES.replace("(ops: JsonbPathOps)", "")
    (found,) = found_in(database, parse([("s", source + text)]), CLASSES_SQL)
    assert (found.expected, found.found) == (
        "the default operator class on meta",
        "jsonb_path_ops on meta",
    )
