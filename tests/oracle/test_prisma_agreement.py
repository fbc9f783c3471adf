"""The parser against Prisma itself, on schemas that nobody wrote.

Prisma is asked about all of them in one process. `SNAPKIT_ORACLE_SCHEMAS` sets how many (200 each).
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from snapkit.errors import SchemaError
from snapkit.prisma import parse, to_dmmf
from tests.property import strategies
from tests.support import requires

if TYPE_CHECKING:
    from collections.abc import Callable

ORACLE = Path(__file__).parent
SEEDS = [
    path.read_bytes().decode("utf-8-sig")
    for path in sorted((ORACLE.parent / "corpus" / "valid").glob("*/schema.prisma"))
]
COUNT = int(os.environ.get("SNAPKIT_ORACLE_SCHEMAS", "200"))


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
    answers: list[dict[str, Any]] = json.loads(done.stdout)
    return answers


def drawn(texts: st.SearchStrategy[str]) -> list[str]:
    """As many texts as were asked for, the same in every run."""
    found: list[str] = []

    @settings(
        max_examples=COUNT,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        deadline=None,
    )
    @given(texts)
    def collect(text: str) -> None:
        found.append(text)

    collect()
    return [text for text in found if not any("\ud800" <= char <= "\udfff" for char in text)]


def ours(text: str) -> dict[str, Any] | str:
    try:
        return to_dmmf(parse([("schema.prisma", text)]))
    except SchemaError as error:
        return str(error)


def test_generated_schemas_mean_the_same_to_prisma(
    node: str, record_property: Callable[[str, object], None]
) -> None:
    texts = drawn(strategies.schemas().map(lambda written: written.text))
    answers = ask_prisma(node, texts)
    differing = [
        text
        for text, answer in zip(texts, answers, strict=True)
        if ours(text) != answer.get("datamodel")
    ]
    record_property("schemas", len(texts))
    print(f"{len(texts)} schemas, {len(differing)} differences")  # noqa: T201 -- -rA shows it
    assert len(texts) >= COUNT // 2
    assert differing == []


def test_what_prisma_takes_is_never_refused(
    node: str, record_property: Callable[[str, object], None]
) -> None:
    seeds = st.sampled_from(SEEDS) | strategies.schemas().map(lambda written: written.text)
    texts = drawn(strategies.nudged(seeds))
    taken = [
        (text, answer["datamodel"])
        for text, answer in zip(texts, ask_prisma(node, texts), strict=True)
        if "datamodel" in answer
    ]
    record_property("texts", len(texts))
    record_property("taken", len(taken))
    print(f"{len(texts)} texts, {len(taken)} of them taken by Prisma")  # noqa: T201 -- -rA shows it
    assert len(taken) > len(texts) // 10, "too few of the texts are schemas"
    assert [text for text, datamodel in taken if ours(text) != datamodel] == []


@pytest.mark.parametrize("text", ["model A {\n  id Int @id,\n}\n", "model A {\n  id Int\n}\n", "x"])
def test_prisma_and_we_refuse_alike(text: str, node: str) -> None:
    (answer,) = ask_prisma(node, [text])
    assert "refusal" in answer
    assert isinstance(ours(text), str)
