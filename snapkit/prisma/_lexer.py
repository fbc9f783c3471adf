"""The lexer: one line of a schema to tokens, each with its column.

Prisma's grammar is made of lines: nothing but a block comment runs across a newline. Strings and
comments are opaque. The rest of a line behind `{` is dropped, as Prisma does.

Source: prisma-engines, datamodel.pest.
"""

from __future__ import annotations

import re
import string
import unicodedata
from enum import StrEnum
from typing import Final, NamedTuple

BLANKS: Final = (
    " \t\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u202f\u205f\u3000"
)
"""The characters between tokens: Unicode's space separators, and tab."""


class Kind(StrEnum):
    """What a token is."""

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
_NUMBER: Final = r"-?[0-9]+(?:\.[0-9]+)?(?![\w-])"
_RULES: Final = (  # the most frequent first
    rf"{_NAME}(?:\.(?:{_NAME})?)*",  # numbers too, but for their sign
    r"@@?",
    r"[()\],:?!=}]",
    r"\Z",
    r'"(?:[^"\\\x00-\x1f]++|\\.)*+"',
    r"//.*",
    r"/\*(?s:.*?)\*/",
    r"\[\]?",
    r"\{(?s:.*)",
    _NUMBER,
    r"(?s:.)",  # what no other rule takes
)
_tokens = re.compile(f"[{re.escape(BLANKS)}]*({'|'.join(_RULES)})").finditer
_is_number = re.compile(_NUMBER).fullmatch
# A token's kind by its text, else by its first character, else by `_kind_of`.
_BY_TEXT: Final = {
    "": Kind.END,
    "@": Kind.AT,
    "@@": Kind.DOUBLE_AT,
    "[": Kind.SIGN,
    "[]": Kind.LIST,
    **dict.fromkeys('"/-', Kind.UNKNOWN),
}
_BY_FIRST: Final = {
    **dict.fromkeys(string.ascii_letters, Kind.NAME),
    **dict.fromkeys("()],:?!=", Kind.SIGN),
    '"': Kind.TEXT,
    "{": Kind.OPEN,
    "}": Kind.CLOSE,
}


def _kind_of(text: str) -> Kind:
    """The kind of a token whose first character leaves it open."""
    if text.startswith("/"):
        return Kind.DOCUMENTATION if text.startswith("///") else Kind.COMMENT
    if _is_number(text):
        return Kind.NUMBER
    return Kind.NAME if text[0].isalnum() else Kind.UNKNOWN


class Tokens:
    """The tokens of one line, read one by one: `kind`, `text` and `column` are the next one's.

    Args:
        line: A line without its newline; it holds newlines only inside a block comment.
    """

    __slots__ = ("_found", "_later", "_rest", "depth", "kind", "line", "text")

    def __init__(self, line: str) -> None:
        self.line = line
        self.depth = 0  # open brackets; the parser counts them
        self.text = ""
        self._rest = _tokens(line)
        self._found: re.Match[str] | None = None
        self._later: re.Match[str] | None = None
        self.next()

    @property
    def column(self) -> int:
        """Where the token starts, from 1."""
        return self._found.start(1) + 1 if self._found else 1

    def next(self) -> None:
        """Go to the next token; behind the last one is END, for ever."""
        found = self._later
        if found is None:
            found = next(self._rest, self._found)
        else:
            self._later = None
        self._found = found
        self.text = text = found[1] if found else ""
        self.kind = _BY_TEXT.get(text) or _BY_FIRST.get(text[0]) or _kind_of(text)

    def at(self, kind: Kind) -> bool:
        """Whether the token is of a kind; ask again after `next`."""
        return self.kind is kind

    def at_sign(self, sign: str) -> bool:
        """Whether the token is this sign."""
        return self.text == sign

    def ahead(self, sign: str) -> bool:
        """Whether the token after the next is this sign."""
        if self._later is None:
            self._later = next(self._rest, self._found)
        return self._later is not None and self._later[1] == sign


class Token(NamedTuple):
    """One token on its own. `column` counts from 1."""

    kind: Kind
    text: str
    column: int


def tokenize(line: str) -> list[Token]:
    """Split one line into tokens.

    Args:
        line: A line without its newline; it holds newlines only inside a block comment.

    Returns:
        The tokens in order, then one of kind END. What no rule takes is UNKNOWN, never an error.
    """
    tokens = Tokens(line)
    found = [Token(tokens.kind, tokens.text, tokens.column)]
    while tokens.kind is not Kind.END:
        tokens.next()
        found.append(Token(tokens.kind, tokens.text, tokens.column))
    return found


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
