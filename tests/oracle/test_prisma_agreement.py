"""The parser against Prisma itself, on schemas that nobody wrote.

Prisma is asked about all of them in one process. `SNAPKIT_ORACLE_SCHEMAS` sets how many are drawn
(400 each), `SNAPKIT_ORACLE_SEED` which: without it they are the same in every run.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from snapkit.errors import SchemaError
from snapkit.prisma import parse, to_dmmf
from snapkit.prisma._run import NATIVE_SCALARS
from tests.property import strategies
from tests.support import differences, requires

if TYPE_CHECKING:
    from collections.abc import Callable

ORACLE = Path(__file__).parent
SEEDS = [
    path.read_bytes().decode("utf-8-sig")
    for path in sorted((ORACLE.parent / "corpus" / "valid").glob("*/schema.prisma"))
]
COUNT = int(os.environ.get("SNAPKIT_ORACLE_SCHEMAS", "400"))
SEED = os.environ.get("SNAPKIT_ORACLE_SEED")
EXACT = 2**53  # below it, JavaScript has every whole number


def ask_prisma(node: str, texts: list[str]) -> list[dict[str, Any]]:
    installed = (ORACLE / "node_modules" / "@prisma").is_dir()
    requires("Prisma's engines", installed, "npm ci --ignore-scripts, in tests/oracle")
    done = subprocess.run(
        [node, "prisma_dmmf_many.mjs"],
        cwd=ORACLE,
        input=json.dumps(texts).encode(),
        capture_output=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr.decode()
    answers: list[dict[str, Any]] = json.loads(done.stdout, parse_float=as_javascript)
    return answers


def as_javascript(digits: str) -> float:
    """A number as JavaScript writes it: a whole one has no fraction."""
    number = float(digits)
    return int(number) if number.is_integer() and abs(number) < EXACT else number


def drawn(texts: st.SearchStrategy[str]) -> list[str]:
    """As many texts as were asked for; the same in every run, or those of the seed."""
    found: list[str] = []

    @settings(
        max_examples=COUNT,
        database=None,
        derandomize=SEED is None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        deadline=None,
    )
    @given(texts)
    def collect(text: str) -> None:
        found.append(text)

    (collect if SEED is None else seed(int(SEED))(collect))()
    return [text for text in found if not any("\ud800" <= char <= "\udfff" for char in text)]


def ours(text: str) -> dict[str, Any] | str:
    try:
        return to_dmmf(parse([("schema.prisma", text)]))
    except SchemaError as error:
        return str(error)


def disagreements(texts: list[str], answers: list[dict[str, Any]]) -> list[tuple[str, list[str]]]:
    """The texts that Prisma takes and we refuse or read otherwise, and in what."""
    found = []
    for text, answer in zip(texts, answers, strict=True):
        if "datamodel" in answer and (differing := differences(ours(text), answer["datamodel"])):
            found.append((text, differing))
    return found


def test_generated_schemas_mean_the_same_to_prisma(
    node: str, record_property: Callable[[str, object], None]
) -> None:
    texts = drawn(strategies.schemas().map(lambda written: written.text))
    answers = ask_prisma(node, texts)
    refused = [text for text, answer in zip(texts, answers, strict=True) if "refusal" in answer]
    differing = disagreements(texts, answers)
    models = sum(len(answer["datamodel"]["models"]) for answer in answers if "datamodel" in answer)
    record_property("schemas", len(texts))
    record_property("models", models)
    told = f"{len(texts)} schemas, {models} models, {len(differing)} differences"
    print(told)  # noqa: T201 -- -rA shows it
    assert len(texts) >= COUNT // 2
    assert refused == []
    assert differing == []


def test_what_prisma_takes_is_never_refused(
    node: str, record_property: Callable[[str, object], None]
) -> None:
    seeds = st.sampled_from(SEEDS) | strategies.schemas().map(lambda written: written.text)
    texts = drawn(strategies.nudged(seeds))
    answers = ask_prisma(node, texts)
    taken = sum("datamodel" in answer for answer in answers)
    record_property("texts", len(texts))
    record_property("taken", taken)
    print(f"{len(texts)} texts, {taken} of them taken by Prisma")  # noqa: T201 -- -rA shows it
    assert taken > len(texts) // 10, "too few of the texts are schemas"
    assert disagreements(texts, answers) == []


@pytest.mark.parametrize("text", ["model A {\n  id Int @id,\n}\n", "model A {\n  id Int\n}\n", "x"])
def test_prisma_and_we_refuse_alike(text: str, node: str) -> None:
    (answer,) = ask_prisma(node, [text])
    assert "refusal" in answer
    assert isinstance(ours(text), str)


def test_invalid_cases_are_refused_by_prisma(node: str) -> None:
    """What we refuse, Prisma does: another than that of 7, which has no url, and of a folder."""
    cases = sorted((ORACLE.parent / "corpus" / "invalid").glob("*/schema.prisma"))
    texts = [path.read_bytes().decode("utf-8-sig") for path in cases]
    answers = ask_prisma(node, texts)
    names = [path.parent.name for path in cases]
    assert [name for name, one in zip(names, answers, strict=True) if "refusal" not in one] == []


ENUM = "enum E {\n  X\n}\n"
TYPES = [*strategies.SCALARS, "E", 'Unsupported("x")']
VALUES = [
    *('"x"', '"1"', '"{}"', '"AQI="', '"2020-01-01T00:00:00Z"', "true", "True", "X", "[X]", "[]"),
    *("1", "-1", "0", "01", "1.0", "1.5", "-0.0", "9007199254740993", "9223372036854775807"),
    *("9223372036854775808", "-9223372036854775808", "99999999999999999999", '["x"]', "[true]"),
    *("[1]", "[[1]]", '[1, "x"]', "[now()]", "now()", "now(1)", "autoincrement()"),
    *(
        "autoincrement(1)",
        "uuid()",
        "uuid(4)",
        "uuid(7)",
        "uuid(5)",
        'uuid("4")',
        "uuid(version: 7)",
    ),
    *(
        "cuid()",
        "cuid(1)",
        "cuid(2)",
        "cuid(3)",
        "nanoid()",
        "nanoid(1)",
        "nanoid(2)",
        "nanoid(255)",
    ),
    *(
        "nanoid(256)",
        "ulid()",
        "ulid(1)",
        "auto()",
        "sequence()",
        "dbgenerated()",
        "dbgenerated(1)",
    ),
    *(
        'dbgenerated("x")',
        'dbgenerated("")',
        'dbgenerated("a", "b")',
        'dbgenerated(x: "a")',
        "no()",
    ),
]
NATIVES = ["", "()", "(1)", "(0)", "(2, 1)", "(1, 2, 3)", '("1")', "(a)", "(1.5)", "(-1)"]


@pytest.mark.parametrize("provider", ["postgresql", "mysql", "sqlite", "mongodb", "cockroachdb"])
def test_defaults_are_taken_where_prisma_takes_them(
    provider: str, node: str, record_property: Callable[[str, object], None]
) -> None:
    source = strategies.DATASOURCE.replace("postgresql", provider)
    key = 'id String @id @map("_id")' if provider == "mongodb" else "id Int @id"
    arities = ("", "?", "[]") if provider == "postgresql" else ("",)
    cases = [
        (value, f"{source}model A {{\n  {key}\n  x {kind}{arity} @default({value})\n}}\n{ENUM}")
        for kind in TYPES
        for arity in arities
        for value in VALUES
    ]
    answers = ask_prisma(node, [text for _, text in cases])
    record_property("taken", sum("datamodel" in answer for answer in answers))
    assert disagreements([text for _, text in cases], answers) == []
    if provider == "postgresql":  # but for what a string says, we refuse what Prisma refuses
        refused = [case for case, one in zip(cases, answers, strict=True) if "refusal" in one]
        plain = [text for value, text in refused if '"' not in value]
        assert len(plain) > len(refused) // 2
        assert [text for text in plain if not isinstance(ours(text), str)] == []


def test_native_types_are_taken_where_prisma_takes_them(node: str) -> None:
    texts = [
        f"{strategies.DATASOURCE}model A {{\n  id Int @id\n  x {kind} @db.{native}{given}\n}}\n"
        for kind in strategies.SCALARS
        for native in (*NATIVE_SCALARS, "Nope")
        for given in NATIVES
    ]
    answers = ask_prisma(node, texts)
    assert sum("datamodel" in answer for answer in answers) > len(NATIVE_SCALARS)
    assert disagreements(texts, answers) == []
