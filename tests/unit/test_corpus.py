"""Agreement with Prisma: other people's schemas, and our own cases, against its own answers.

`python -m pytest tests/unit/test_corpus.py -rA` prints what was compared.
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from snapkit.errors import SchemaError
from snapkit.prisma import parse, to_dmmf, to_mapping
from tests.support import differences

if TYPE_CHECKING:
    from collections.abc import Callable

OWN = Path(__file__).parents[1] / "corpus"
SHARED = Path(__file__).parents[3] / "shared" / "corpus"
OLD_ENGINES = ("5.22",)  # their answers lack some keys
# What Prisma says of a line that its grammar does not take, rather than of what a line means.
OF_SYNTAX = (
    "This line is not a valid",
    "This line is invalid",
    "This block is invalid",
    "Optional lists are not supported",
    "Invalid type definition",
    "Unknown escape sequence",
)


def files_of(folder: Path) -> list[tuple[str, str]]:
    """A schema's files as Prisma gets them: in order of their paths, newlines as they are."""
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.prisma"))
    return [(name, (folder / name).read_bytes().decode("utf-8-sig")) for name in names]


def datamodel_of(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_bytes())["datamodel"]
    return found


@cache
def engines() -> dict[str, str]:
    with (SHARED / "index.csv").open(encoding="utf-8", newline="") as rows:
        return {row["id"]: row["engine"] for row in csv.DictReader(rows)}


def shared_folders() -> list[Path]:
    return sorted((SHARED / "schemas").iterdir()) if SHARED.is_dir() else []


def shared_fixtures(suffix: str) -> list[Path]:
    found = (SHARED / "fixtures").rglob(f"*.prisma{suffix}") if SHARED.is_dir() else ()
    return sorted(path.with_name(path.name.removesuffix(suffix)) for path in found)


def name_of(path: Path) -> str:
    return "/".join(path.parts[-3:])


needs_corpus = pytest.mark.skipif(not SHARED.is_dir(), reason=f"no corpus at {SHARED}")


@needs_corpus
@pytest.mark.parametrize("folder", shared_folders(), ids=lambda path: path.name)
def test_shared_schema_equals_prismas_datamodel(folder: Path) -> None:
    lenient = engines()[folder.name].startswith(OLD_ENGINES)
    ours = to_dmmf(parse(files_of(folder)))
    assert differences(ours, datamodel_of(folder / "dmmf.json"), lenient=lenient) == []


@needs_corpus
@pytest.mark.parametrize("path", shared_fixtures(".dmmf.json"), ids=name_of)
def test_fixture_that_prisma_takes_equals_its_datamodel(path: Path) -> None:
    ours = to_dmmf(parse([("schema.prisma", path.read_bytes().decode())]))
    assert differences(ours, datamodel_of(path.with_name(f"{path.name}.dmmf.json"))) == []


def lines_of_syntax(answer: str) -> list[int]:
    """The lines that Prisma's grammar refuses, in its order."""
    found = re.findall(r"error: (.*?)\n\s*-->\s+schema\.prisma:(\d+)", answer, re.DOTALL)
    return [int(line) for what, line in found if any(text in what for text in OF_SYNTAX)]


def fixtures_refused_for_syntax() -> list[Path]:
    return [
        path
        for path in shared_fixtures(".error.txt")
        if lines_of_syntax(path.with_name(f"{path.name}.error.txt").read_text("utf-8"))
    ]


@needs_corpus
@pytest.mark.parametrize("path", fixtures_refused_for_syntax(), ids=name_of)
def test_fixture_that_prisma_refuses_for_syntax_is_refused_there(path: Path) -> None:
    answer = path.with_name(f"{path.name}.error.txt").read_text("utf-8")
    theirs = {int(line) for line in re.findall(r"-->\s+schema\.prisma:(\d+)", answer)}
    with pytest.raises(SchemaError) as caught:
        parse([("schema.prisma", path.read_bytes().decode())])
    ours = {int(line) for line in re.findall(r"at: schema\.prisma:(\d+):", str(caught.value))}
    assert lines_of_syntax(answer)[0] in ours
    assert ours <= theirs


@needs_corpus
def test_corpus_is_compared_in_full(record_property: Callable[[str, object], None]) -> None:
    counts: Counter[str] = Counter()
    for folder in shared_folders():
        datamodel = datamodel_of(folder / "dmmf.json")
        counts["schemas"] += 1
        counts["models"] += len(datamodel["models"])
        counts["fields"] += sum(len(model["fields"]) for model in datamodel["models"])
        counts["enums"] += len(datamodel["enums"])
        counts["indexes"] += len(datamodel["indexes"])
    counts["fixtures accepted"] = len(shared_fixtures(".dmmf.json"))
    counts["fixtures refused for syntax"] = len(fixtures_refused_for_syntax())
    for what, count in counts.items():
        record_property(what, count)
    print(", ".join(f"{count:,} {what}" for what, count in counts.items()))  # noqa: T201 -- -rA shows it
    assert counts["schemas"] >= 77
    assert counts["models"] > 2000
    assert counts["fields"] > 20_000
    assert counts["fixtures accepted"] >= 113
    assert counts["fixtures refused for syntax"] >= 28


@pytest.mark.parametrize("folder", sorted((OWN / "valid").iterdir()), ids=lambda path: path.name)
def test_valid_case_equals_what_prisma_says(folder: Path) -> None:
    ours = to_dmmf(parse(files_of(folder)))
    assert differences(ours, datamodel_of(folder / "expected.json")) == []


@pytest.mark.parametrize("folder", sorted((OWN / "valid").iterdir()), ids=lambda path: path.name)
def test_mapping_of_valid_case_is_json(folder: Path) -> None:
    mapping = to_mapping(parse(files_of(folder)))
    assert json.loads(json.dumps(mapping)) == mapping


@pytest.mark.parametrize("folder", sorted((OWN / "invalid").iterdir()), ids=lambda path: path.name)
def test_invalid_case_says_exactly_this(folder: Path) -> None:
    with pytest.raises(SchemaError) as caught:
        parse(files_of(folder))
    assert f"{caught.value}\n" == (folder / "error.txt").read_text("utf-8")


@pytest.mark.parametrize(
    ("ours", "theirs", "found"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, [".b: only theirs"]),
        ({"a": 1, "b": 2}, {"a": 1}, [".b: only ours"]),
        ([1, 2], [2, 1], ["[0]: 1 is not 2", "[1]: 2 is not 1"]),
        ([1], [1, 2], [": [1] is not [1, 2]"]),
        ({"a": False}, {"a": 0}, [".a: False is not 0"]),
        ({"a": None}, {"a": "x"}, [".a: None is not 'x'"]),
        ([1], [1.0], ["[0]: 1 is not 1.0"]),
        ([1], {"a": 1}, [": [1] is not {'a': 1}"]),
    ],
    ids=["missing", "extra", "order", "length", "bool", "null", "float", "sort"],
)
def test_comparison_finds_every_difference(ours: object, theirs: object, found: list[str]) -> None:
    assert differences(ours, theirs) == found
