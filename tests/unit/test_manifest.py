"""The manifest: format first, sealed, and never an error but a ManifestError."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from snapkit.core.catalog import TableKind
from snapkit.core.manifest import (
    FORMAT,
    FileEntry,
    Manifest,
    Part,
    decode,
    encode,
    is_safe_path,
)
from snapkit.errors import ManifestError
from tests.factories import (
    HOSTILE_NAMES,
    SNAPSHOT_ID,
    make_entry,
    make_foreign_key,
    make_manifest,
    make_sequence,
    name_of,
    names_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

DIGEST = "0" * 64
MANIFEST = make_manifest(
    make_entry("users", lines=(b"1\ta", b"2\tb")),
    make_entry("empty"),
    make_entry("log", kind=TableKind.PARTITIONED),
    make_entry("log_1", lines=(b"1\tx",), partition_of="log"),
    foreign_keys=(make_foreign_key("users", "empty"),),
    sequences=(make_sequence("users_id_seq", owner="users"),),
    files=(
        FileEntry(path="catalog.json", size=3, digest=DIGEST),
        FileEntry(path="schema/schema.prisma", size=3, digest=DIGEST),
        FileEntry(path="schema/models/shop.prisma", size=3, digest=DIGEST),
    ),
)


def edited(change: Callable[[dict[str, Any]], object]) -> bytes:
    """MANIFEST as JSON, after an edit of its document."""
    document = json.loads(encode(MANIFEST))
    change(document)
    return json.dumps(document, ensure_ascii=False).encode()


def refused(text: bytes) -> str:
    """What the error says that `decode` raises."""
    with pytest.raises(ManifestError) as caught:
        decode(text, SNAPSHOT_ID)
    assert SNAPSHOT_ID in caught.value.where
    return caught.value.what


def test_manifest_comes_back_as_it_was() -> None:
    assert replace(decode(encode(MANIFEST), SNAPSHOT_ID), seal="") == MANIFEST


def test_manifest_that_was_read_is_written_the_same() -> None:
    text = encode(MANIFEST)
    assert encode(decode(text, SNAPSHOT_ID)) == text


def test_manifest_names_its_format_first() -> None:
    assert next(iter(json.loads(encode(MANIFEST)))) == "format"


def test_manifest_is_text_for_people() -> None:
    text = encode(MANIFEST).decode()
    assert text.endswith("}\n")
    assert len(text.splitlines()) > 50


def test_seal_can_be_recomputed_without_snapkit() -> None:
    document = json.loads(encode(MANIFEST))
    seal, document["seal"] = document["seal"], ""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    assert hashlib.sha256(text.encode()).hexdigest() == seal


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_manifest_keeps_hostile_names(name: str) -> None:
    entry = replace(make_entry("t"), namespace=name, name=name, model=name, group=name)
    assert decode(encode(make_manifest(entry)), "x").tables == (entry,)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param(b'{"format": 2}', "2", id="newer"),
        pytest.param(b'{"format": 0}', "0", id="zero"),
        pytest.param(b'{"format": -1}', "-1", id="negative"),
        pytest.param(b'{"format": "1"}', "'1'", id="string"),
        pytest.param(b'{"format": true}', "True", id="boolean-that-equals-1"),
        pytest.param(b'{"format": 1.0}', "1.0", id="float-that-equals-1"),
        pytest.param(b'{"format": null}', "None", id="null"),
        pytest.param(b"{}", "None", id="missing"),
        pytest.param(b"[]", "None", id="list"),
        pytest.param(b'"format"', "None", id="text"),
        pytest.param(b"1", "None", id="number"),
        pytest.param(b'{"format": [1]}', "unknown", id="list-of-1"),
        pytest.param(b'{"format": {"a": 1}}', "unknown", id="object"),
        pytest.param(b'{"format": ' + b"9" * 300 + b"}", "9" * 40, id="huge"),
    ],
)
def test_another_format_is_named(text: bytes, shown: str) -> None:
    assert refused(text) == f"cannot read manifest format {shown}"


def test_another_format_says_which_ones_can_be_read() -> None:
    with pytest.raises(ManifestError) as caught:
        decode(b'{"format": 2}', SNAPSHOT_ID)
    assert f"this one reads [{FORMAT}]" in caught.value.hint


def test_format_is_read_before_any_other_key() -> None:
    text = edited(lambda document: document.update(format=2, tables="meaning something else"))
    assert refused(text) == "cannot read manifest format 2"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"nul", id="half-a-word"),
        pytest.param(b"\x00" * 100, id="zeros"),
        pytest.param(b"\xff\xfe", id="not-utf-8"),
        pytest.param(b'{"format": 1, "id": "\xff"}', id="not-utf-8-in-a-string"),
        pytest.param(b'{"format": 1, "id": "\\ud800"}', id="half-a-surrogate-pair"),
        pytest.param(b'{"format": NaN}', id="not-a-number"),
        pytest.param(b'{"format": 1e999}', id="beyond-floats"),
        pytest.param(b'{"format": ' + b"9" * 100_000 + b"}", id="beyond-integers"),
        pytest.param(b'{"format": 1}{"format": 1}', id="two-documents"),
        pytest.param(b'{"format": ' + b"[" * 100_000, id="deep-lists"),
        pytest.param(b'{"format":' * 100_000, id="deep-objects"),
        pytest.param(encode(MANIFEST)[:-3], id="truncated-at-its-end"),
        pytest.param(encode(MANIFEST)[:300], id="truncated"),
        pytest.param(b"\xef\xbb\xbf" + encode(MANIFEST), id="byte-order-mark"),
    ],
)
def test_what_is_not_json_is_damage(text: bytes) -> None:
    assert refused(text).startswith("manifest is not JSON")


@pytest.mark.parametrize("depth", [*range(900, 1010, 7), 996, 997, 998, 999, 1000])
def test_nesting_of_any_depth_is_damage(depth: int) -> None:
    assert refused(b'{"format":' + b"[" * depth + b"]" * depth + b"}")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda document: document.pop("tables"), id="key-missing"),
        pytest.param(lambda document: document.update(tables=None), id="null-for-a-list"),
        pytest.param(lambda document: document.update(jobs="1"), id="text-for-a-number"),
        pytest.param(lambda document: document.update(jobs=1.5), id="fraction-for-a-count"),
        pytest.param(lambda document: document["tables"][0].pop("rows"), id="inner-key-missing"),
        pytest.param(
            lambda document: document["tables"][0].update(kind="chair"), id="unknown-kind"
        ),
        pytest.param(lambda document: document["views"].append({"name": "v"}), id="half-a-name"),
    ],
)
def test_keys_of_another_shape_are_damage(change: Callable[[dict[str, Any]], object]) -> None:
    assert refused(edited(change)).startswith("manifest is damaged")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda document: document.update(seal=""), id="seal-removed"),
        pytest.param(lambda document: document.update(seal="0" * 64), id="seal-replaced"),
        pytest.param(lambda document: document.update(jobs=10**30), id="huge-number"),
        pytest.param(lambda document: document.update(seconds=2), id="seconds"),
        pytest.param(lambda document: document["tables"].reverse(), id="order-of-tables"),
        pytest.param(lambda document: document["tables"].pop(1), id="a-table-less"),
        pytest.param(lambda document: document["tables"][0].update(rows=3), id="rows-of-a-table"),
        pytest.param(lambda document: document.update(note="x"), id="unknown-key"),
        pytest.param(
            lambda document: document["tables"][0].update(note="x"), id="unknown-inner-key"
        ),
        pytest.param(
            lambda document: document["versions"].update(snapkit="9"), id="version-of-a-tool"
        ),
    ],
)
def test_edits_break_the_seal(change: Callable[[dict[str, Any]], object]) -> None:
    assert refused(edited(change)).startswith("manifest was edited")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(b'"jobs": 1,', b'"jobs": 2, "jobs": 1,', id="a-key-twice"),
        pytest.param(b'"seconds": 1.5', b'"seconds": 1.50', id="a-number-spelled-otherwise"),
        pytest.param(
            b'"database": "shop"', b'"database": "\\u0073hop"', id="an-escape-for-a-letter"
        ),
    ],
)
def test_what_reads_the_same_but_is_not_is_an_edit(old: bytes, new: bytes) -> None:
    text = encode(MANIFEST)
    assert text.count(old) == 1
    assert refused(text.replace(old, new)).startswith("manifest was edited")


def test_white_space_between_values_is_no_edit() -> None:
    document = json.loads(encode(MANIFEST))
    for text in (json.dumps(document, indent=8), json.dumps(document, separators=(",", ":"))):
        assert replace(decode(text.encode(), SNAPSHOT_ID), seal="") == MANIFEST


SAFE = ("a", "data/1-users.0.copy.zst", "schema/models/a b.prisma", "…", "a/.hidden", "Đơn.prisma")
UNSAFE = {
    "empty": "",
    "dot": ".",
    "parent": "..",
    "parent-first": "../x",
    "parent-inside": "data/../../x",
    "parent-last": "data/..",
    "here": "./x",
    "absolute": "/etc/passwd",
    "trailing-slash": "data/",
    "double-slash": "data//x",
    "backslash": "data\\x",
    "drive": "C:x",
    "nul": "a\0b",
    "newline": "a\nb",
    "escape": "a\x1b[2Jb",
    "delete": "a\x7fb",
    "c1-control": "a\x9bb",
    "right-to-left": "a\u202eb",
    "surrogate": "a\udcffb",
    "quote": 'a"b',
    "star": "a*",
    "pipe": "a|b",
    "angle": "<a>",
}


@pytest.mark.parametrize("path", SAFE)
def test_plain_relative_paths_are_safe(path: str) -> None:
    assert is_safe_path(path)


@pytest.mark.parametrize("path", UNSAFE.values(), ids=UNSAFE)
def test_paths_that_could_leave_the_snapshot_are_not_safe(path: str) -> None:
    assert not is_safe_path(path)


NAMED = {key: path for key, path in UNSAFE.items() if key != "surrogate"}  # not JSON in any case


@pytest.mark.parametrize("path", NAMED.values(), ids=NAMED)
def test_manifest_with_an_unsafe_file_is_refused_though_sealed(path: str) -> None:
    manifest = replace(MANIFEST, files=(FileEntry(path=path, size=1, digest=DIGEST),))
    assert refused(encode(manifest)) == f"manifest names a file outside the snapshot: {path!r}"


@pytest.mark.parametrize("path", NAMED.values(), ids=NAMED)
def test_manifest_with_an_unsafe_part_is_refused_though_sealed(path: str) -> None:
    part = Part(path=path, rows=1, size=1, digest=DIGEST)
    manifest = make_manifest(make_entry("users", lines=(b"1\ta",), parts=(part,)))
    assert refused(encode(manifest)) == "manifest names a part outside the snapshot: users"


@pytest.mark.parametrize("rows", [(), (1,), (1, 2), (3, -2)], ids=str)
def test_manifest_whose_parts_do_not_add_up_is_refused_though_sealed(rows: tuple[int, ...]) -> None:
    parts = tuple(
        Part(path=f"data/1-users.{place}.copy.zst", rows=count, size=1, digest=DIGEST)
        for place, count in enumerate(rows)
    )
    manifest = make_manifest(make_entry("users", lines=(b"1\ta", b"2\tb"), parts=parts))
    assert refused(encode(manifest)) == "rows of table users are not the sum of its parts"


def test_by_table_finds_every_entry() -> None:
    assert [MANIFEST.by_table[entry.table] for entry in MANIFEST.tables] == list(MANIFEST.tables)


def test_data_tables_count_empty_ones_and_leave_partitioned_ones_out() -> None:
    names = tuple(entry.table for entry in MANIFEST.data_tables)
    assert names == names_of("users", "empty", "log_1")


def test_sums_are_those_of_the_tables() -> None:
    assert (MANIFEST.rows, MANIFEST.size, MANIFEST.stored_size) == (3, 12, 200)


def test_schema_files_are_those_below_schema() -> None:
    assert [entry.path for entry in MANIFEST.schema_files] == [
        "schema/schema.prisma",
        "schema/models/shop.prisma",
    ]


def test_line_of_a_partition_leads_to_its_root() -> None:
    entry = MANIFEST.by_table[name_of("log_1")]
    assert MANIFEST.line_of(entry) == names_of("log_1", "log")


def test_line_of_tables_above_each_other_ends() -> None:
    manifest: Manifest = make_manifest(
        make_entry("a", partition_of="b"), make_entry("b", partition_of="a")
    )
    assert manifest.line_of(manifest.tables[0]) == names_of("a", "b")
