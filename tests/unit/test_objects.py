"""Definitions: what the server prints otherwise is alike, what means something else is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from snapkit.core.objects import CatalogObject, ObjectKind, compare_objects, skeleton
from snapkit.core.verdict import ObjectChange
from tests.factories import make_catalog, make_server, make_table, name_of


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            (
                "CHECK (((s)::text = ANY ((ARRAY['a'::character varying,"
                " 'b'::character varying])::text[])))"
            ),
            (
                "CHECK (((s)::text = ANY (ARRAY[('a'::character varying)::text,"
                " ('b'::character varying)::text])))"
            ),
        ),
        (
            "CHECK ((((a >= 1) AND (a <= 2)) AND (b > 0)))",
            "CHECK (((a >= 1) AND (a <= 2) AND (b > 0)))",
        ),
        ("DEFAULT 'x'::text", "DEFAULT ('x')::character varying(3)"),
    ],
)
def test_what_is_printed_otherwise_is_alike(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("DEFAULT 'two  words'::text", "DEFAULT 'two words'::text"),
        ("DEFAULT 'a (b)'::text", "DEFAULT 'a b'::text"),
        ("DEFAULT 'a::text'::text", "DEFAULT 'a'::text"),
        ("DEFAULT 'it''s (x)'::text", "DEFAULT 'it''s x'::text"),
        ('CHECK (("a b" > 0))', 'CHECK (("a  b" > 0))'),
        ("CHECK (((a OR b) AND c))", "CHECK ((a OR (b AND c)))"),
        ("CHECK ((a * (b + c)) > 0)", "CHECK (((a * b) + c) > 0)"),
        ("CHECK ((NOT (a AND b)))", "CHECK (((NOT a) AND b))"),
    ],
)
def test_what_means_something_else_is_not(one: str, other: str) -> None:
    assert skeleton(one) != skeleton(other)


def test_text_with_brackets_that_do_not_match_is_kept() -> None:
    assert skeleton("a ) don't ( b") == "a ) don ' t b"


def made(kind: ObjectKind, name: str, *, table: str = "users", role: str = "") -> CatalogObject:
    return CatalogObject(
        kind=kind, namespace="public", relation=table, name=name, role=role, definition=name
    )


INDEX = made(ObjectKind.INDEX, "by_name")
CATALOG = make_catalog(make_table("users"), make_table("orders"))
VERSION = CATALOG.server.version


def test_what_is_lost_changed_or_new_is_named_and_what_was_looked_for_is_counted() -> None:
    expected = (INDEX, made(ObjectKind.TRIGGER, "stamp"), made(ObjectKind.INDEX, "same"))
    found = (
        replace(INDEX, definition="other"),
        made(ObjectKind.INDEX, "same"),
        made(ObjectKind.RULE, "new"),
    )
    findings, compared = compare_objects(expected, found, catalog=CATALOG, source_version=VERSION)
    assert compared == 3
    assert [(item.what, item.change) for item in findings] == [
        ("index users: by_name", ObjectChange.CHANGED),
        ("rule users: new", ObjectChange.EXTRA),
        ("trigger users: stamp", ObjectChange.MISSING),
    ]


def test_only_what_hangs_on_the_chosen_tables_is_compared_and_counted() -> None:
    other = made(ObjectKind.INDEX, "by_day", table="orders")
    findings, compared = compare_objects(
        (INDEX, other),
        (),
        catalog=CATALOG,
        source_version=VERSION,
        tables=frozenset({name_of("orders")}),
    )
    assert ([item.what for item in findings], compared) == (["index orders: by_day"], 1)


def test_what_hangs_on_a_lost_table_and_what_an_owner_was_granted_is_not_looked_for() -> None:
    lost = made(ObjectKind.INDEX, "by_day", table="gone")
    owners = made(ObjectKind.GRANT, "SELECT TO app", role=make_table("users").owner)
    assert compare_objects((lost, owners), (), catalog=CATALOG, source_version=VERSION) == ((), 0)


def test_definitions_of_two_major_versions_are_not_compared() -> None:
    older = make_catalog(make_table("users"), server=replace(make_server(), version=140_000))
    changed = (replace(INDEX, definition="other"),)
    assert compare_objects((INDEX,), changed, catalog=older, source_version=180_000) == ((), 1)
