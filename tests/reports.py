"""A small shop for tests of reports: its schema, what a catalog and a snapshot say of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from snapkit.core.evidence import Evidence, RunKind
from snapkit.core.verdict import Finding, Verdict, VerificationReport
from snapkit.prisma import parse
from tests.factories import make_catalog, make_entry, make_foreign_key, make_manifest, make_table

if TYPE_CHECKING:
    from snapkit.core.catalog import Catalog
    from snapkit.core.manifest import Manifest, TableEntry
    from snapkit.core.schema import Schema

SHOP = """
datasource db {
  provider = "postgresql"
  url      = env("DATABASE_URL")
}

/// @namespace People
model User {
  id     Int     @id @default(autoincrement())
  email  String  @unique
  boss   User?   @relation("Boss", fields: [bossId], references: [id])
  bossId Int?    @map("boss_id")
  staff  User[]  @relation("Boss")
  orders Order[]

  @@map("users")
}

/// @namespace Sales
model Order {
  id        Int      @id @default(autoincrement())
  user      User     @relation(fields: [userId], references: [id])
  userId    Int      @map("user_id")
  note      String?
  invoice   Invoice? @relation("Current", fields: [invoiceId], references: [id])
  invoiceId Int?     @unique @map("invoice_id")
  invoices  Invoice[] @relation("All")
  labels    Label[]

  @@map("orders")
}

/// @namespace Sales
model Invoice {
  id      Int    @id @default(autoincrement())
  order   Order  @relation("All", fields: [orderId], references: [id])
  orderId Int    @map("order_id")
  current Order? @relation("Current")

  @@map("invoices")
}

/// @namespace Sales
model Label {
  id     Int     @id @default(autoincrement())
  name   String
  orders Order[]

  @@map("labels")
}

/// @namespace Old
model Legacy {
  id Int @id

  @@ignore
  @@map("legacy")
}
"""

JOIN = "_LabelToOrder"


def shop_schema() -> Schema:
    """The schema, parsed."""
    return parse([("schema.prisma", SHOP)])


def shop_catalog() -> Catalog:
    """The catalog of a database that has all of it, and one table more."""
    names = ("users", "orders", "invoices", "labels", "legacy", JOIN, "cron_log")
    return make_catalog(
        *(replace(make_table(name), estimated_rows=5, size_bytes=8192) for name in names),
        foreign_keys=(
            make_foreign_key("users", "users", column="boss_id"),
            make_foreign_key("orders", "users", column="user_id"),
            make_foreign_key("orders", "invoices", column="invoice_id"),
            make_foreign_key("invoices", "orders", column="order_id"),
            make_foreign_key(JOIN, "labels", column="A"),
            make_foreign_key(JOIN, "orders", column="B"),
        ),
    )


def shop_entry(name: str, rows: int = 0) -> TableEntry:
    """One table of the snapshot, with its model and group as the schema says."""
    schema = shop_schema()
    lines = tuple(f"{number}\tx".encode() for number in range(rows))
    entry = make_entry(name, lines=lines)
    model = schema.by_table.get(entry.table)
    return replace(entry, model=model.name if model else None, group=schema.group_of(entry.table))


def shop_manifest() -> Manifest:
    """The manifest of a snapshot that holds all of it: 8 rows in 7 tables."""
    rows = {
        "users": 3,
        "orders": 2,
        "invoices": 2,
        "labels": 0,
        "legacy": 1,
        JOIN: 0,
        "cron_log": 0,
    }
    return make_manifest(
        *(shop_entry(name, count) for name, count in rows.items()),
        foreign_keys=shop_catalog().foreign_keys,
    )


def match(entry: TableEntry) -> Finding:
    """The finding of a table that was read and is equal."""
    return Finding(
        table=entry.table,
        model=entry.model,
        group=entry.group,
        verdict=Verdict.MATCH,
        expected_rows=entry.rows,
        expected_digest=entry.digest,
        observed_rows=entry.rows,
        observed_digest=entry.digest,
    )


def whole() -> VerificationReport:
    """The report of a run that found every table equal."""
    return VerificationReport(findings=tuple(map(match, shop_manifest().data_tables)))


def evidence(found: VerificationReport) -> Evidence:
    """The record of a verification that found this."""
    return Evidence(
        kind=RunKind.VERIFY,
        snapshot_id="20251101_085916",
        manifest_digest="ab" * 32,
        target="copy",
        role="app",
        started_at="2025-11-02T00:00:00+00:00",
        finished_at="2025-11-02T00:00:01+00:00",
        seconds=1.0,
        report=found,
    )
