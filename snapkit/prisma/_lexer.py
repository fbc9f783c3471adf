"""The lexer: one line of a schema to tokens, each with its column.

Prisma's grammar is made of lines: nothing but a block comment runs across a newline. Strings and
comments are opaque. The rest of a line behind `{` is dropped, as Prisma does.

Source: prisma-engines, datamodel.pest.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from typing import NamedTuple

BLANKS = " \t\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
"""The characters between tokens: Unicode's space separators, and tab."""


class Kind(StrEnum):
    """What a token is."""

    NAME = "NAME"
    PATH = "PATH"  # names joined by dots
    NUMBER = "NUMBER"
    TEXT = "TEXT"
    DOUBLE_AT = "DOUBLE_AT"
    AT = "AT"
    LIST = "LIST"  # `[]`
    SIGN = "SIGN"  # one of ( ) [ ] , : ? ! =
    OPEN = "OPEN"  # `{` and the rest of its line
    CLOSE = "CLOSE"
    DOCUMENTATION = "DOCUMENTATION"
    COMMENT = "COMMENT"
    UNKNOWN = "UNKNOWN"
    END = "END"  # the end of the line


class Token(NamedTuple):
    """One token. `column` counts from 1."""

    kind: Kind
    text: str
    column: int


_NAME = r"[^\W_][\w-]*"
_TOKENS = re.compile(
    rf"""
      (?P<NUMBER>-?[0-9]+(?:\.[0-9]+)?(?![\w-]))
    | (?P<PATH>{_NAME}(?:\.(?:{_NAME})?)+)
    | (?P<NAME>{_NAME})
    | (?P<DOUBLE_AT>@@)
    | (?P<AT>@)
    | (?P<LIST>\[\])
    | (?P<SIGN>[()\[\],:?!=])
    | (?P<TEXT>"(?:\\.|[^"\\\x00-\x1f])*")
    | (?P<DOCUMENTATION>///.*)
    | (?P<COMMENT>//.*|/\*(?s:.*?)\*/)
    | (?P<OPEN>\{{(?s:.*))
    | (?P<CLOSE>\}})
    | (?P<UNKNOWN>[^{re.escape(BLANKS)}])
    """,
    re.VERBOSE,
)
_KINDS = {kind.value: kind for kind in Kind}


def tokenize(line: str) -> list[Token]:
    """Split one line into tokens.

    Args:
        line: A line without its newline; it holds newlines only inside a block comment.

    Returns:
        The tokens in order, then one of kind END. What no rule takes is UNKNOWN, never an error.
    """
    tokens = [
        Token(_KINDS[found.lastgroup or ""], found.group(), found.start() + 1)
        for found in _TOKENS.finditer(line)
    ]
    if not line.isascii():
        tokens = [_strict(token) for token in tokens]
    tokens.append(Token(Kind.END, "", len(line) + 1))
    return tokens


def _strict(token: Token) -> Token:
    """Names are letters of any script, but only ASCII digits."""
    if token.kind not in {Kind.NAME, Kind.PATH} or token.text.isascii():
        return token
    foreign = (char for char in token.text if not char.isascii())
    if all(unicodedata.category(char).startswith("L") for char in foreign):
        return token
    return token._replace(kind=Kind.UNKNOWN)


def opens_comment(line: str) -> bool:
    """Whether a block comment starts on this line and does not end on it."""
    if "/*" not in line:
        return False
    return any(
        first.kind is Kind.UNKNOWN and line.startswith("/*", first.column - 1)
        for first in tokenize(line)
    )
