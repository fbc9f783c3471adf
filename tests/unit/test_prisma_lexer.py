"""The lexer: kinds, columns, and what is opaque."""

from __future__ import annotations

import pytest

from snapkit.prisma._lexer import Kind, opens_comment, tokenize


def kinds(line: str) -> list[tuple[Kind, str]]:
    return [(token.kind, token.text) for token in tokenize(line)[:-1]]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("id", [(Kind.NAME, "id")]),
        ("db.VarChar", [(Kind.NAME, "db.VarChar")]),
        ("a_b-c", [(Kind.NAME, "a_b-c")]),
        ("1st", [(Kind.NAME, "1st")]),
        ("-12.50", [(Kind.NUMBER, "-12.50")]),
        ("12-3", [(Kind.NAME, "12-3")]),
        ("@@@", [(Kind.DOUBLE_AT, "@@"), (Kind.AT, "@")]),
        ("[]", [(Kind.LIST, "[]")]),
        ("[ ]", [(Kind.SIGN, "["), (Kind.SIGN, "]")]),
        ('"a \\" } // b"', [(Kind.TEXT, '"a \\" } // b"')]),
        ('"open', [(Kind.UNKNOWN, '"'), (Kind.NAME, "open")]),
        ("a /// b } //", [(Kind.NAME, "a"), (Kind.DOCUMENTATION, "/// b } //")]),
        ("a // b", [(Kind.NAME, "a"), (Kind.COMMENT, "// b")]),
        ("/* a */ b", [(Kind.COMMENT, "/* a */"), (Kind.NAME, "b")]),
        ("a { b } c", [(Kind.NAME, "a"), (Kind.OPEN, "{ b } c")]),
        ("} a", [(Kind.CLOSE, "}"), (Kind.NAME, "a")]),
        ("\u00a0\u3000x", [(Kind.NAME, "x")]),
        ("\x0b", [(Kind.UNKNOWN, "\x0b")]),
        ("", []),
    ],
    ids=str,
)
def test_line_gives_these_tokens(line: str, expected: list[tuple[Kind, str]]) -> None:
    assert kinds(line) == expected


def test_columns_count_from_one_in_characters() -> None:
    assert [token.column for token in tokenize("  größe\tInt")] == [3, 9, 12]


def test_line_ends_with_an_end_token() -> None:
    assert tokenize("a ")[-1].kind is Kind.END


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("id Int /* open", True),
        ("id Int /* closed */", False),
        ('id String @default("/*")', False),
        ("id Int // /*", False),
        ("/* a */ /* b", True),
    ],
)
def test_block_comment_that_runs_on_is_seen(line: str, expected: bool) -> None:  # noqa: FBT001
    assert opens_comment(line) is expected
