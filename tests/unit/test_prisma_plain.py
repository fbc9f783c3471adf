"""Lines read at once are read as the rules read them."""

from __future__ import annotations

import re
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from snapkit.prisma import _lexer, _lines, _parser, _plain
from snapkit.prisma._syntax import Attribute, FieldNode, ValueNode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

OWN = Path(__file__).parents[1] / "corpus"
SHARED = Path(__file__).parents[3] / "shared" / "corpus"
READERS = ("plain_field", "plain_block_attribute", "plain_tail", "plain_value", "plain_header")

WORDS = "id a.b String Unsupported true model enum 1 -2.5 é a-b name: @id @map( @@index(["
SIGNS = '@ @@ [ ] [] ( ) () , : ? { } = " //c ///d /*e*/ /* "x" "é{" "\\n" [a,b] @default(now())'
BLANKS = (" ", "\t", "\u00a0", "\n")
PIECES = st.sampled_from((*WORDS.split(), *SIGNS.split(), *BLANKS, "a String "))
LINES = st.lists(PIECES, max_size=12).map("".join)


@contextmanager
def rules_alone() -> Iterator[None]:
    """Within it, nothing is read at once."""
    with pytest.MonkeyPatch.context() as patched:
        for module, name in product((_lines, _parser), READERS):
            if hasattr(module, name):
                patched.setattr(module, name, lambda *_: None)
        _lines._tail.cache_clear()
        yield
    _lines._tail.cache_clear()


def read_all(line: str) -> list[object]:
    """What the three entry points make of a line; nodes as values, refusals as their kind."""
    items = (
        _lines.model_line.__wrapped__(line),
        _lines.enum_line.__wrapped__(line),
        _parser._header(line),
    )
    return [_comparable(item) for item in items]


def _comparable(item: object) -> object:
    if isinstance(item, FieldNode):  # its tail compares by identity
        return structs.astuple(structs.replace(item, tail=None)), structs.astuple(item.tail)
    return item if isinstance(item, Attribute | ValueNode | tuple) else type(item)


def corpus_lines() -> set[str]:
    """Every line of every schema at hand."""
    files = [*OWN.rglob("*.prisma"), *SHARED.rglob("*.prisma")]
    texts = (path.read_bytes().decode("utf-8", "replace") for path in files)
    return {line for text in texts for line in re.split(r"\r\n|\r|\n", text)}


def test_line_of_the_corpus_is_read_as_the_rules_read_it() -> None:
    lines = sorted(corpus_lines())
    at_once = [read_all(line) for line in lines]
    with rules_alone():
        by_rules = [read_all(line) for line in lines]
    pairs = zip(lines, at_once, by_rules, strict=True)
    assert [line for line, one, other in pairs if one != other] == []
    assert len(lines) > 100


@given(LINES)
def test_line_of_any_pieces_is_read_as_the_rules_read_it(line: str) -> None:
    at_once = read_all(line)
    with rules_alone():
        assert read_all(line) == at_once


@pytest.mark.parametrize(
    ("reader", "line"),
    [
        (_plain.plain_field, "  id String? @id"),
        (_plain.plain_tail, '@id @default(now()) @map("é") @db.VarChar(40) // why'),
        (_plain.plain_tail, '@relation(name: "x", fields: [a, b], references: [])'),
        (_plain.plain_block_attribute, '  @@index([a, b], map: "c", type: Gin)'),
        (_plain.plain_value, '  RED @map("red")'),
        (_plain.plain_header, "model A {"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_line_of_the_usual_shape_is_read_at_once(
    reader: Callable[[str], object], line: str
) -> None:
    assert reader(line) is not None


@pytest.mark.parametrize(
    "line",
    ["@" + "a." * 50_000, "@a(" + " " * 100_000, "@a([" + "b, " * 50_000, '@a("' + "x" * 100_000],
    ids=["path", "blanks", "list", "string"],
)
def test_long_line_takes_no_more_than_linear_time(line: str) -> None:
    assert _plain.plain_tail(line) is None
    assert _lexer.tokenize(line)[-1].kind is _lexer.Kind.END
