"""The parser on texts that nobody wrote: valid ones come back whole, broken ones are told so.

`SNAPKIT_FUZZ_EXAMPLES` sets how many broken texts are made (500).
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from snapkit.core.schema import FieldKind, Schema
from snapkit.errors import SchemaError
from snapkit.prisma import parse, to_dmmf, to_mapping
from tests.property import strategies

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.property.strategies import WrittenSchema

EXAMPLES = int(os.environ.get("SNAPKIT_FUZZ_EXAMPLES", "500"))
FOLDERS = (Path(__file__).parents[1] / "corpus", Path(__file__).parents[3] / "shared" / "corpus")
LONGEST = 25_000  # of a seed [bytes]: what is broken in a longer one is broken in a shorter one
SEEDS = [
    path.read_bytes().decode()
    for folder in FOLDERS
    for path in sorted(folder.rglob("*.prisma"))
    if path.stat().st_size <= LONGEST
]
TEXTS = st.sampled_from(SEEDS) | strategies.schemas().map(lambda written: written.text)


def parsed(text: str) -> Schema:
    return parse([("schema.prisma", text)])


@given(strategies.schemas())
def test_valid_schema_gives_back_its_models_and_tables(written: WrittenSchema) -> None:
    schema = parsed(written.text)
    assert {(model.name, model.table.name) for model in schema.models} == {
        (model.name, model.table) for model in written.models
    }


@given(strategies.schemas())
def test_valid_schema_gives_back_its_fields_in_order(written: WrittenSchema) -> None:
    schema = parsed(written.text)
    for model in written.models:
        found = schema.by_name[model.name].fields
        assert [(field.name, field.type, field.is_list, field.is_required) for field in found] == [
            (field.name, field.type, field.arity == "[]", field.arity != "?")
            for field in model.fields
        ]
        assert [field.column for field in found if field.kind is FieldKind.SCALAR] == [
            field.column for field in model.fields if field.type in strategies.SCALARS
        ]


@given(strategies.schemas())
def test_valid_schema_gives_back_its_join_tables(written: WrittenSchema) -> None:
    found = {
        (join.name.name, join.model_a, join.model_b) for join in parsed(written.text).join_tables
    }
    assert found == {(f"_{name}", *sorted((one, other))) for name, one, other in written.joins}


@given(strategies.schemas())
def test_spans_point_at_the_names(written: WrittenSchema) -> None:
    lines = written.text.split("\n")
    for model in parsed(written.text).models:
        places = [(model.name, model.span), *((field.name, field.span) for field in model.fields)]
        for name, span in places:
            assert lines[span.line - 1][span.column - 1 :].startswith(name)


@given(strategies.schemas())
def test_order_of_files_changes_no_model(written: WrittenSchema) -> None:
    whole = parsed(written.text)
    parts = [f"{part}\n}}\n" for part in written.text.split("\n}\n") if part.strip()]
    turned = parse([(f"{number}.prisma", part) for number, part in enumerate(reversed(parts))])
    assert {model["name"]: model for model in to_dmmf(whole)["models"]} == {
        model["name"]: model for model in to_dmmf(turned)["models"]
    }


def test_broken_text_raises_nothing_but_schema_error(
    record_property: Callable[[str, object], None],
) -> None:
    counts: Counter[str] = Counter()

    @settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow])
    @given(strategies.broken(TEXTS))
    def fuzz(text: str) -> None:
        counts["texts"] += 1
        try:
            schema = parsed(text)
        except SchemaError as error:
            counts["refused"] += 1
            report = str(error)
            assert "schema.prisma:" in report
            assert all(line.isprintable() for line in report.split("\n"))
        else:
            to_dmmf(schema)
            to_mapping(schema)

    fuzz()
    for what, count in counts.items():
        record_property(what, count)
    told = f"{counts['texts']} texts of {len(SEEDS)} seeds, {counts['refused']} of them refused"
    print(told)  # noqa: T201 -- -rA shows it


@given(st.text())
def test_any_text_raises_nothing_but_schema_error(text: str) -> None:
    with pytest.raises(SchemaError) as caught:
        parsed(text + "{")  # so that there is a problem to find
    assert caught.value.where.startswith("schema.prisma:")


@pytest.mark.parametrize("opening", ["[", "f(", "@@index([", "@x(["])
def test_deep_nesting_is_refused_without_recursion(opening: str) -> None:
    deep = opening * (sys.getrecursionlimit() * 2)
    with pytest.raises(SchemaError, match=r"brackets within|expected"):
        parsed(f"model A {{\n  id Int @id @default({deep})\n}}\n")
