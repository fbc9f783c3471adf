"""The lexer: one line of a schema to tokens, each with its column.

Prisma's grammar is made of lines: nothing but a block comment runs across a newline. Strings and
comments are opaque. The rest of a line behind `{` is dropped, as Prisma does.

Source: prisma-engines, datamodel.pest.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from typing import Final

BLANKS: Final = (
    " \t\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u202f\u205f\u3000"
)
"""The characters between tokens: Unicode's space separators, and tab."""


class Kind(StrEnum):
    """What a token is; the order is the lexer's."""

    NUMBER = "NUMBER"
    NAME = "NAME"  # one name, or a path: names joined by dots
    DOUBLE_AT = "DOUBLE_AT"
    AT = "AT"
    LIST = "LIST"  # `[]`
    SIGN = "SIGN"  # one of ( ) [ ] , : ? ! =
    TEXT = "TEXT"
    DOCUMENTATION = "DOCUMENTATION"
    COMMENT = "COMMENT"
    OPEN = "OPEN"  # `{` and the rest of its line
    CLOSE = "CLOSE"
    END = "END"  # the end of the line
    UNKNOWN = "UNKNOWN"  # what no other rule takes


_NAME: Final = r"[^\W_][\w-]*"
_RULES: Final = {
    Kind.NUMBER: r"-?[0-9]+(?:\.[0-9]+)?(?![\w-])",
    Kind.NAME: rf"{_NAME}(?:\.(?:{_NAME})?)*",
    Kind.DOUBLE_AT: "@@",
    Kind.AT: "@",
    Kind.LIST: r"\[\]",
    Kind.SIGN: r"[()\[\],:?!=]",
    Kind.TEXT: r'"(?:\\.|[^"\\\x00-\x1f])*"',
    Kind.DOCUMENTATION: "///.*",
    Kind.COMMENT: r"//.*|/\*(?s:.*?)\*/",
    Kind.OPEN: r"\{(?s:.*)",
    Kind.CLOSE: r"\}",
    Kind.END: r"\Z",
    Kind.UNKNOWN: "(?s:.)",
}
_KINDS: Final = (Kind.UNKNOWN, *_RULES)  # by the number of the rule's group, from 1
_MATCH: Final = re.compile(
    f"[{re.escape(BLANKS)}]*(?:{'|'.join(f'({rule})' for rule in _RULES.values())})"
).match


class Token:
    """One token of a line, where a stream stands: `column` counts from 1."""

    __slots__ = ("_found", "kind")

    def __init__(self, line: str, start: int) -> None:
        self._found = found = _MATCH(line, start)
        self.kind = _KINDS[found.lastindex or 0] if found else Kind.UNKNOWN

    @property
    def text(self) -> str:
        """The token as written."""
        return self._found[self._found.lastindex or 0] if self._found else ""

    @property
    def column(self) -> int:
        """Where it starts."""
        return self._found.start(self._found.lastindex or 0) + 1 if self._found else 0

    @property
    def end(self) -> int:
        """Where the next one may start [characters from the line's start]."""
        return self._found.end() if self._found else 0


def tokenize(line: str) -> list[Token]:
    """Split one line into tokens.

    Args:
        line: A line without its newline; it holds newlines only inside a block comment.

    Returns:
        The tokens in order, then one of kind END. What no rule takes is UNKNOWN, never an error.
    """
    tokens = [Token(line, 0)]
    while tokens[-1].kind is not Kind.END:
        tokens.append(Token(line, tokens[-1].end))
    return tokens


def is_name(text: str) -> bool:
    """Whether every letter of a name is one to Prisma: of any script, but only ASCII digits."""
    return text.isascii() or all(
        char.isascii() or unicodedata.category(char)[0] == "L" for char in text
    )


def opens_comment(line: str) -> bool:
    """Whether a block comment starts on this line and does not end on it."""
    if "/*" not in line:
        return False
    return any(
        token.kind is Kind.UNKNOWN and line.startswith("/*", token.column - 1)
        for token in tokenize(line)
    )
