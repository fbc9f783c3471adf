"""The demo's rows: how many, and the same ones every time."""

from __future__ import annotations

import csv
import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from snapkit.core.copytext import copy_blocks
from snapkit.demo import DemoTable, tables

INVENTORY = Path(__file__).resolve().parents[3] / "shared" / "demo-inventory.csv"

KNOWN_ROWS = {
    "users": 18,
    "audit_logs": 12_763,
    "ext_listhoadon": 4_210,
    "ext_detailhoadon": 18_827,
    "ext_sanphamhoadon": 16_368,
    "courses": 7,
    "aff_clicks": 1_994,
    "aff_conversions": 184,
    "page": 9,
    "menus": 23,
    "website_setting": 57,
}

# A change of this figure changes the snapshots that people compare: change it on purpose only.
DIGEST = "ae0f7261d744bf59a3caa4d254b8b98b7e12339492d53497fe874d254b576273"

PRINT_DIGEST = """
import hashlib
from snapkit.demo import tables
from snapkit.core.copytext import copy_blocks
digest = hashlib.sha256()
for table in tables():
    digest.update(repr((table.name, table.columns)).encode())
    for block in copy_blocks(table.rows):
        digest.update(block)
print(digest.hexdigest())
"""


@pytest.fixture(scope="module")
def made() -> tuple[DemoTable, ...]:
    return tuple(tables())


@pytest.fixture(scope="module")
def shop(made: tuple[DemoTable, ...]) -> dict[str, DemoTable]:
    return {table.name: table for table in made}


def test_demo_fills_37_tables(made: tuple[DemoTable, ...]) -> None:
    assert len({table.name for table in made if table.rows}) == len(made) == 37


def test_demo_holds_54923_rows(made: tuple[DemoTable, ...]) -> None:
    assert sum(len(table.rows) for table in made) == 54_923


def test_demo_keeps_the_known_counts(shop: dict[str, DemoTable]) -> None:
    assert {name: len(shop[name].rows) for name in KNOWN_ROWS} == KNOWN_ROWS


def test_demo_spreads_422_rows_over_the_listed_tables_of_open_count(
    shop: dict[str, DemoTable],
) -> None:
    if not INVENTORY.exists():
        pytest.skip("../shared/demo-inventory.csv is not here")
    with INVENTORY.open(encoding="utf-8", newline="") as file:
        listed = {row["table"]: row["rows"] for row in csv.DictReader(file)}
    rows = [len(shop[name].rows) for name, known in listed.items() if not known and name in shop]
    assert sum(rows) == 422


def test_demo_keeps_the_counts_of_the_inventory() -> None:
    if not INVENTORY.exists():
        pytest.skip("../shared/demo-inventory.csv is not here")
    with INVENTORY.open(encoding="utf-8", newline="") as file:
        listed = {row["table"]: int(row["rows"]) for row in csv.DictReader(file) if row["rows"]}
    assert listed == KNOWN_ROWS


def test_demo_columns_are_named_once(shop: dict[str, DemoTable]) -> None:
    assert [t.name for t in shop.values() if len(set(t.columns)) != len(t.columns)] == []


def test_demo_table_refuses_a_row_of_the_wrong_width() -> None:
    with pytest.raises(ValueError, match="2 columns"):
        DemoTable("t", ("a", "b"), ((1, 2), (1,)))


def test_demo_categories_hold_children_before_parents(shop: dict[str, DemoTable]) -> None:
    assert shop["categories"].columns[:2] == ("id", "parentId")
    seen: set[object] = set()
    early = 0
    for number, parent, *_ in shop["categories"].rows:
        early += parent is not None and parent not in seen
        seen.add(number)
    assert early == 18


def test_demo_rows_are_the_pinned_ones(shop: dict[str, DemoTable]) -> None:
    digest = hashlib.sha256()
    for table in shop.values():
        digest.update(repr((table.name, table.columns)).encode())
        for block in copy_blocks(table.rows):
            digest.update(block)
    assert digest.hexdigest() == DIGEST


@pytest.mark.parametrize("seed", ["0", "4711"])
def test_demo_rows_do_not_depend_on_the_process(seed: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PRINT_DIGEST],
        env={"PYTHONHASHSEED": seed, "TZ": "Asia/Ho_Chi_Minh", "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        check=True,
        text=True,
    )
    assert done.stdout.strip() == DIGEST
