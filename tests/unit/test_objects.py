"""Definitions: what the server prints otherwise is alike, what means something else is not."""

from __future__ import annotations

import pytest

from snapkit.core.objects import skeleton


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
