"""Properties of the manifest: it round-trips, and no edit of it goes unseen."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snapkit.core.catalog import Sequence, Server
from snapkit.core.manifest import (
    FORMAT,
    FileEntry,
    Manifest,
    Orphans,
    Part,
    TableEntry,
    decode,
    encode,
    is_safe_path,
)
from snapkit.core.names import ForeignKey
from snapkit.errors import ManifestError
from tests.factories import make_entry, make_foreign_key, make_manifest, make_sequence

if TYPE_CHECKING:
    from collections.abc import Iterator

Path = tuple[str | int, ...]

TEXT = st.text(max_size=12)
COUNT = st.integers(0, 2**63 - 1)
TEXTS = st.dictionaries(TEXT, TEXT, max_size=2)
PATHS = st.text(min_size=1, max_size=12).filter(is_safe_path)
PARTS = st.builds(Part, path=PATHS, rows=st.integers(0, 9), size=COUNT, digest=TEXT)


@st.composite
def entries(draw: st.DrawFn) -> TableEntry:
    """A table with parts that add up, and names of any text."""
    parts = tuple(draw(st.lists(PARTS, max_size=2)))
    made = draw(st.builds(TableEntry, parts=st.just(parts)))
    return replace(made, rows=sum(part.rows for part in parts))


MANIFESTS = st.builds(
    Manifest,
    format=st.just(FORMAT),
    seconds=st.floats(0, 1e9),
    jobs=COUNT,
    server=st.builds(Server, version=COUNT),
    versions=TEXTS,
    settings=TEXTS,
    tables=st.lists(entries(), max_size=2).map(tuple),
    foreign_keys=st.lists(st.builds(ForeignKey), max_size=2).map(tuple),
    sequences=st.lists(
        st.builds(Sequence, last_value=st.integers(-(2**63), 2**63 - 1)), max_size=2
    ).map(tuple),
    orphans=st.lists(st.builds(Orphans, rows=COUNT), max_size=2).map(tuple),
    unchecked_orphans=COUNT,
    files=st.lists(st.builds(FileEntry, path=PATHS, size=COUNT), max_size=3).map(tuple),
    seal=st.just(""),
)

SAMPLE = make_manifest(
    make_entry("users", lines=(b"1\ta",)),
    make_entry("empty"),
    foreign_keys=(make_foreign_key("users", "empty"),),
    sequences=(make_sequence("users_id_seq", owner="users"),),
    orphans=(Orphans(foreign_key=make_foreign_key("a", "b"), rows=2),),
    files=(FileEntry(path="catalog.json", size=3, digest="00"),),
    not_held=(("2 large objects", "they belong to no table"),),
)


def leaves(value: object, path: Path = ()) -> Iterator[Path]:
    """The place of every text, number, boolean and null of a document."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from leaves(inner, (*path, place))
    else:
        yield path


def write(document: Any, path: Path, value: object) -> object:  # noqa: ANN401
    """Put a value into a document; return what was there."""
    *way, last = path
    for step in way:
        document = document[step]
    old: object = document[last]
    document[last] = value
    return old


LEAVES = tuple(leaves(json.loads(encode(SAMPLE))))
VALUES: st.SearchStrategy[object] = (
    TEXT
    | st.integers(-(2**70), 2**70)
    | st.booleans()
    | st.none()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.just([])
    | st.just({})
)


def same(one: object, other: object) -> bool:
    """Whether two JSON values are written alike: True is not 1, and 1 is not 1.0."""
    return json.dumps(one) == json.dumps(other)


@settings(max_examples=50)  # each is a large document
@given(MANIFESTS)
def test_manifest_round_trips(manifest: Manifest) -> None:
    assert replace(decode(encode(manifest), "x"), seal="") == manifest


@given(st.sampled_from(LEAVES), VALUES)
def test_an_edit_of_any_value_is_found(path: Path, value: object) -> None:
    document = json.loads(encode(SAMPLE))
    if same(write(document, path, value), value):
        decode(json.dumps(document).encode(), "x")
        return
    with pytest.raises(ManifestError):
        decode(json.dumps(document).encode(), "x")


@pytest.mark.parametrize("path", LEAVES, ids=lambda path: ".".join(map(str, path)))
def test_an_edit_of_each_value_is_found(path: Path) -> None:
    document = json.loads(encode(SAMPLE))
    old = write(document, path, None)
    other = not old if isinstance(old, bool) else old + 1 if isinstance(old, int) else f"{old}x"
    write(document, path, other)
    with pytest.raises(ManifestError):
        decode(json.dumps(document).encode(), "x")


@given(st.sampled_from(LEAVES))
def test_a_value_that_is_removed_is_found(path: Path) -> None:
    document = json.loads(encode(SAMPLE))
    *way, last = path
    inner: Any = document
    for step in way:
        inner = inner[step]
    del inner[last]
    with pytest.raises(ManifestError):
        decode(json.dumps(document).encode(), "x")


@given(st.integers(0, len(encode(SAMPLE)) - 1), st.integers(0, 7))
def test_a_flipped_bit_is_found(place: int, bit: int) -> None:
    text = bytearray(encode(SAMPLE))
    text[place] ^= 1 << bit
    with pytest.raises(ManifestError):
        decode(bytes(text), "x")


@given(st.integers(0, len(encode(SAMPLE)) - 2))
def test_a_truncated_manifest_is_damage(length: int) -> None:
    with pytest.raises(ManifestError):
        decode(encode(SAMPLE)[:length], "x")


@given(st.binary(max_size=200))
def test_any_bytes_are_a_manifest_error_and_no_other(text: bytes) -> None:
    with pytest.raises(ManifestError):
        decode(text, "x")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)


@given(JSON, st.sampled_from(["format", "tables", "server", "files", "seal"]))
def test_any_json_in_any_place_is_a_manifest_error_and_no_other(value: object, key: str) -> None:
    document = json.loads(encode(SAMPLE))
    if same(document[key], value):
        return
    document[key] = value
    with pytest.raises(ManifestError):
        decode(json.dumps(document).encode(), "x")


@given(st.text())
def test_a_safe_path_stays_below_its_folder(path: str) -> None:
    if not is_safe_path(path):
        return
    parts = path.split("/")
    assert ".." not in parts
    assert all(parts)
    assert path.isprintable()
    assert "\\" not in path
