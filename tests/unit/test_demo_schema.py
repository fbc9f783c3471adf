"""The demo's schema, as snapkit's own parser reads it."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from snapkit.demo import schema_path
from snapkit.prisma import parse

if TYPE_CHECKING:
    from snapkit.core.schema import Schema

INVENTORY = Path(__file__).resolve().parents[3] / "shared" / "demo-inventory.csv"


@pytest.fixture(scope="module")
def schema() -> Schema:
    path = schema_path()
    return parse([(path.name, path.read_text("utf-8"))])


def test_demo_schema_has_107_models(schema: Schema) -> None:
    assert len(schema.models) == 107


def test_demo_schema_has_21_groups(schema: Schema) -> None:
    assert len({model.group for model in schema.models}) == 21


def test_demo_models_are_documented(schema: Schema) -> None:
    assert [model.name for model in schema.models if not model.documentation] == []


def test_demo_schema_has_the_models_of_the_inventory(schema: Schema) -> None:
    if not INVENTORY.exists():
        pytest.skip("../shared/demo-inventory.csv is not here")
    with INVENTORY.open(encoding="utf-8", newline="") as file:
        wanted = {(row["group"], row["model"], row["table"]) for row in csv.DictReader(file)}
    assert len(wanted) == 82
    assert wanted <= {(model.group, model.name, model.table.name) for model in schema.models}
