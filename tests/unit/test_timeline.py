"""The timeline of a backup: in order, numbered by who began first, and read with care."""

from __future__ import annotations

import pytest

from snapkit.core.digest import TableDigest
from snapkit.core.timeline import Span, decode, encode, timeline
from snapkit.errors import ManifestError
from snapkit.pg.rows import RowSource
from snapkit.workflows.reading import ReadResult, ReadTask
from snapkit.workflows.timing import Act, timeline_of
from tests.factories import name_of


def read(name: str, reader: int, begin: float, end: float) -> ReadResult:
    task = ReadTask(
        entry=1,
        part=0,
        source=RowSource(name_of(name)),
        columns=("id",),
        pages=None,
        path="data/1",
        extent=1,
    )
    digest = TableDigest(rows=3, size=2)
    return ReadResult(task=task, digest=digest, part=None, reader=reader, begin=begin, end=end)


def test_timeline_counts_from_the_start_and_numbers_readers_as_they_began() -> None:
    parts = [read("b", 17, 103.0, 104.0), read("a", 99, 101.5, 102.0), read("c", 99, 102.0, 105.0)]
    found = timeline_of(100.0, [Act("backup", "lock", 100.0, 101.0)], parts)
    assert [(one.who, one.what, one.begin, one.end, one.rows) for one in found.spans] == [
        ("backup", "lock", 0.0, 1.0, None),
        ("reader 1", "a", 1.5, 2.0, 3),
        ("reader 1", "c", 2.0, 5.0, 3),
        ("reader 2", "b", 3.0, 4.0, 3),
    ]
    assert list(found.by_who) == ["backup", "reader 1", "reader 2"]


def test_timeline_comes_back_from_its_file() -> None:
    found = timeline([Span(who="a", what="x", begin=0.0, end=1.5, table=name_of("t"), part=0)])
    assert decode(encode(found), "s") == found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"{", "cannot be read"),
        (b"[]", "format None"),
        (b'{"format": 9, "spans": []}', "format 9"),
        (b'{"format": 1, "spans": [{"who": 1}]}', "cannot be read"),
        (b'{"format": 1, "spans": [{"who":"a","what":"x","begin":2,"end":1}]}', "cannot be"),
        (b'{"format": 1, "spans": [{"who":"a","what":"x","begin":-1,"end":1}]}', "cannot be"),
    ],
)
def test_timeline_that_cannot_be_is_refused(text: bytes, words: str) -> None:
    with pytest.raises(ManifestError, match=words):
        decode(text, "snapshot s")
