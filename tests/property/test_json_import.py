"""Properties of JSON imports: rows come out as COPY prints them, wherever a file is cut."""

from __future__ import annotations

import base64
import datetime as dt
import json
import random
from decimal import Decimal
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from snapkit.core.copytext import copy_line, text_line
from snapkit.core.json_rows import RowReader, import_tables
from snapkit.core.json_stream import JsonArray, NotJsonError
from snapkit.core.schema_catalog import catalog_of
from snapkit.prisma import parse

SCHEMA = parse(
    [
        (
            "schema.prisma",
            """
            datasource db {
              provider = "postgresql"
            }
            model Thing {
              id       BigInt    @id
              itsText  String?   @map("its_text")
              small    Int?      @db.SmallInt
              ratio    Float?
              price    Decimal?  @db.Decimal(12, 3)
              raw      Bytes?
              isNew    Boolean?
              madeAt   DateTime? @db.Timestamp(6)
              day      DateTime? @db.Date
              texts    String[]
              numbers  Int[]
            }
            """,
        )
    ]
)
(THING,) = import_tables(catalog_of(SCHEMA, "d"), SCHEMA)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
INTS = st.integers(-(2**31), 2**31 - 1)
# copytext leaves zeros at the end as they are: it is the server that takes them off
MOMENTS = st.datetimes().map(
    lambda moment: moment if moment.microsecond % 10 else moment.replace(microsecond=0)
)
ROWS = st.tuples(
    st.integers(-(2**63), 2**63 - 1),
    st.none() | TEXTS,
    st.none() | st.integers(-(2**15), 2**15 - 1),
    st.none() | st.floats(allow_nan=False),
    st.none() | st.decimals(-(10**8), 10**8, places=3).filter(lambda n: not n.is_signed() or n < 0),
    st.none() | st.binary(max_size=20),
    st.none() | st.booleans(),
    st.none() | MOMENTS,
    st.none() | st.dates(),
    st.lists(st.none() | TEXTS, max_size=4).map(tuple),
    st.lists(st.none() | INTS, max_size=4).map(tuple),
)
ZONES = ["Z", "z", "", "+00", "-00:00", "+0000"]
NAMES = [(column.field or "", column.name) for column in THING.stored]


def as_json(value: object, choice: random.Random) -> object:  # noqa: PLR0911 -- one per type
    """One of the ways in which a file may hold a value."""
    match value:
        case dt.datetime():
            return value.isoformat(choice.choice("T "), "microseconds") + choice.choice(ZONES)
        case dt.date():
            return choice.choice([f"{value}T00:00:00.000Z", str(value)])
        case bytes():
            return choice.choice(
                [
                    {"type": "Buffer", "data": list(value)},
                    {str(place): byte for place, byte in enumerate(value)},
                    base64.b64encode(value).decode(),
                ]
            )
        case Decimal():
            return choice.choice([str(value), f"{value.normalize():f}"])
        case int() if not isinstance(value, bool):
            return choice.choice([value, str(value)])
        case tuple():
            return list(value)
        case _:
            return value


def pieces(text: str, cuts: random.Random) -> list[str]:
    places = sorted(cuts.choices(range(len(text) + 1), k=cuts.randrange(8)))
    return [text[a:b] for a, b in zip([0, *places], [*places, len(text)], strict=True)]


@settings(max_examples=40)
@given(st.lists(ROWS, max_size=5), st.randoms(use_true_random=False))
def test_rows_of_files_are_the_lines_that_copy_prints(
    rows: list[tuple[object, ...]], choice: random.Random
) -> None:
    objects = []
    for row in rows:
        pairs = [
            (choice.choice(names), as_json(value, choice))
            for names, value in zip(NAMES, row, strict=True)
        ]
        # what is null may be left out, and the order of names means nothing
        kept = [pair for pair in pairs if pair[1] is not None or choice.random() < 0.5]
        objects.append(dict(choice.sample(kept, len(kept))))
    text = json.dumps(
        objects, ensure_ascii=choice.random() < 0.5, indent=choice.choice([None, 0, 2, "\t"])
    )
    reader = RowReader(THING)
    found = [reader.read(row) for row in JsonArray(pieces(text, choice))]
    assert [faults for _, faults in found if faults] == []
    assert [text_line(texts) for texts, _ in found] == [copy_line(row) for row in rows]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@settings(max_examples=40)
@given(st.lists(JSON), st.randoms(use_true_random=False))
def test_stream_reads_what_json_reads_wherever_it_is_cut(
    values: list[Any], cuts: random.Random
) -> None:
    text = json.dumps(values, indent=cuts.choice([None, 1]), ensure_ascii=cuts.random() < 0.5)
    assert json.loads(json.dumps(list(JsonArray(pieces(text, cuts))), default=float)) == values


@settings(max_examples=40)
@given(st.lists(JSON, min_size=1), st.randoms(use_true_random=False))
@example([{"a": 1}], random.Random(1))
def test_stream_that_was_cut_short_never_passes_for_whole(
    values: list[Any], cuts: random.Random
) -> None:
    text = json.dumps(values)
    short = text[: cuts.randrange(len(text))]
    try:
        seen = list(JsonArray(pieces(short, cuts)))
    except NotJsonError:
        return
    raise AssertionError(f"{short!r} was read as {seen!r}")


@given(st.text(alphabet='[]{},:"0123eE.+- \\untrfalsx\n', max_size=40))
def test_stream_takes_exactly_what_json_takes(text: str) -> None:
    try:
        expected = json.loads(text)
    except json.JSONDecodeError:
        expected = None
    if not isinstance(expected, list):
        expected = None
    found: list[Any] | None
    try:
        found = list(JsonArray([text]))
    except NotJsonError:
        found = None
    assert (found is None) == (expected is None)
