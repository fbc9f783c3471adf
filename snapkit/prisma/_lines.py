"""The rules within one line: fields, values, properties, attributes and expressions.

Every entry point is a pure function of the line's text and gives a node or a `Refusal`; lines that
read the same are parsed once. Rules stand in the order of the grammar.

Source: prisma-engines, datamodel.pest.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NoReturn

from snapkit.prisma._lexer import BLANKS, Kind, Token, is_name
from snapkit.prisma._problems import quoted
from snapkit.prisma._syntax import (
    Argument,
    Arity,
    Array,
    Attribute,
    Call,
    Constant,
    FieldNode,
    Number,
    Property,
    Tail,
    Text,
    ValueNode,
)

if TYPE_CHECKING:
    from snapkit.prisma._syntax import Expression

_CACHED: Final = 16384  # lines
_DEEPEST: Final = 64  # brackets within brackets
_NAMES: Final = frozenset({Kind.NAME, Kind.NUMBER})
_NO_TAIL: Final = Tail()
_STRING_HINT: Final = "Close the string with a double quote on the same line."


@dataclass(frozen=True, slots=True, eq=False)
class Refusal:
    """Why a line is not what it should be."""

    what: str
    column: int
    hint: str


class _RefusedError(Exception):
    """Carries a refusal out of the rules; it never leaves this module."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.what)
        self.refusal = refusal


class _Stream:
    """One line, and a place in it."""

    __slots__ = ("depth", "line", "token")

    def __init__(self, line: str) -> None:
        self.line = line
        self.token = Token(line, 0)
        self.depth = 0

    def next(self) -> Token:
        """Take the token and move on."""
        token = self.token
        self.token = Token(self.line, token.end)
        return token

    def takes(self, text: str) -> bool:
        """Take the sign if it is next."""
        if self.token.kind is Kind.SIGN and self.token.text == text:
            self.next()
            return True
        return False

    def ahead(self, text: str) -> bool:
        """Whether the token after the next is this sign."""
        later = Token(self.line, self.token.end)
        return later.kind is Kind.SIGN and later.text == text

    def sign(self, text: str, where: str) -> None:
        """Take the sign, or refuse."""
        if not self.takes(text):
            self.refuse(f'"{text}" {where}')

    def refuse(self, wanted: str, hint: str = "") -> NoReturn:
        """Stop here: something else was wanted."""
        token = self.token
        found = "the line ends" if token.kind is Kind.END else f"found {quoted(token.text[:40])}"
        if token.text == '"':
            found, hint = "found a string that does not end", _STRING_HINT
        raise _RefusedError(
            Refusal(f"expected {wanted}, {found}", token.column, hint or f"Write {wanted} here.")
        )


def _fail(what: str, column: int, hint: str) -> _RefusedError:
    return _RefusedError(Refusal(what, column, hint))


@lru_cache(maxsize=_CACHED)
def model_line(line: str) -> FieldNode | Attribute | Refusal:
    """Parse one line inside a model, view or composite type.

    model_line = field | block_attribute [ trailing ]
    """
    stream = _Stream(line)
    try:
        if stream.token.kind is Kind.DOUBLE_AT:
            return _block_attribute(stream)
        return _field(stream)
    except _RefusedError as refused:
        return refused.refusal


@lru_cache(maxsize=_CACHED)
def enum_line(line: str) -> ValueNode | Attribute | Refusal:
    """Parse one line inside an enum.

    enum_line = NAME { attribute } [ trailing ] | block_attribute [ trailing ]
    """
    stream = _Stream(line)
    try:
        if stream.token.kind is Kind.DOUBLE_AT:
            return _block_attribute(stream)
        name = _name(stream, "a value or an attribute such as @@map")
        attributes = _attributes(stream)
        return ValueNode(name.text, name.column, attributes, _trailing(stream, "an attribute"))
    except _RefusedError as refused:
        return refused.refusal


@lru_cache(maxsize=_CACHED)
def property_line(line: str) -> Property | Refusal:
    """Parse one line inside a generator or datasource.

    property_line = NAME "=" [ expression ] [ trailing ]
    """
    stream = _Stream(line)
    try:
        name = _name(stream, "a property such as provider")
        stream.sign("=", f"after {quoted(name.text)}")
        if stream.token.kind in {Kind.END, Kind.COMMENT, Kind.DOCUMENTATION}:
            _trailing(stream, "a value")
            return Property(name.text, name.column, None, "")
        start = stream.token.column - 1
        value = _expression(stream)
        written = line[start : stream.token.column - 1].rstrip(BLANKS)
        _trailing(stream, "the end of the line")
        return Property(name.text, name.column, value, written)
    except _RefusedError as refused:
        return refused.refusal


def _field(stream: _Stream) -> FieldNode:
    """Parse a field.

    field = NAME [ ":" ] type tail
    """
    name = _name(stream, 'a field, an attribute such as @@index, or "}"')
    colon = stream.token
    if stream.takes(":"):
        raise _fail(
            f'field {quoted(name.text)} has a ":" before its type', colon.column, "Remove it."
        )
    start = stream.token
    if start.kind not in {Kind.NAME, Kind.NUMBER} and start.text != "[":
        stream.refuse(f"a type for field {quoted(name.text)}", "Write a type such as String.")
    type_name, is_unsupported, arity = _type(stream)
    offset = stream.token.column - 1
    tail = _NO_TAIL if stream.token.kind is Kind.END else _tail(stream.line[offset:])
    if isinstance(tail, Refusal):
        raise _fail(tail.what, tail.column + offset, tail.hint)
    return FieldNode(
        name.text, name.column, type_name, start.column, arity, is_unsupported, tail, offset
    )


@lru_cache(maxsize=_CACHED)
def _tail(text: str) -> Tail | Refusal:
    """Parse what stands behind a field's type.

    tail = { attribute } [ trailing ]
    """
    stream = _Stream(text)
    try:
        attributes = _attributes(stream)
        return Tail(attributes, _trailing(stream, "an attribute"))
    except _RefusedError as refused:
        return refused.refusal


def _type(stream: _Stream) -> tuple[str, bool, Arity]:
    """Parse a field's type.

    type = base [ "[]" | "?" ]        (Prisma knows `!`, `[base]` and `[]?` only to refuse them)
    """
    start = stream.token
    if stream.takes("["):
        hint = f"Write {stream.token.text}[]."
        raise _fail("a list is written behind its type", start.column, hint)
    name, is_unsupported = _base(stream)
    token = stream.token
    if token.kind is Kind.LIST:
        stream.next()
        if stream.token.text == "?":
            hint = f"Write {name}[] or {name}?."
            raise _fail("a list cannot be optional", stream.token.column, hint)
        return name, is_unsupported, Arity.LIST
    if stream.takes("?"):
        return name, is_unsupported, Arity.OPTIONAL
    if stream.takes("!"):
        raise _fail('fields are required without "!"', token.column, "Remove it.")
    return name, is_unsupported, Arity.REQUIRED


def _base(stream: _Stream) -> tuple[str, bool]:
    """Parse a type without its arity.

    base = "Unsupported(" TEXT ")" | NAME
    """
    name = _name(stream, "a type")
    bracket = stream.token
    touches = bracket.column == name.column + len(name.text)
    if name.text != "Unsupported" or bracket.text != "(" or not touches:
        return name.text, False
    stream.next()
    if stream.token.kind is not Kind.TEXT:
        stream.refuse("the database's type as a string", 'Write Unsupported("type").')
    text = _text(stream.next())
    stream.sign(")", "after the database's type")
    return text, True


def _name(stream: _Stream, wanted: str) -> Token:
    """Take a name: letters of any script, digits, `_` and `-`, a letter or digit first."""
    token = stream.token
    text = token.text
    is_plain = token.kind is Kind.NAME and "." not in text and is_name(text)
    if not is_plain and not (token.kind is Kind.NUMBER and text.isdigit()):
        stream.refuse(wanted)
    return stream.next()


def _attributes(stream: _Stream) -> tuple[Attribute, ...]:
    """Parse a field's attributes.

    attribute = "@" path [ arguments ]
    """
    found = []
    while stream.token.kind is Kind.AT:
        column = stream.next().column
        found.append(_attribute(stream, column, is_block=False))
    return tuple(found)


def _block_attribute(stream: _Stream) -> Attribute:
    """Parse a block attribute and the end of its line.

    block_attribute = "@@" path [ arguments ]
    """
    column = stream.next().column
    attribute = _attribute(stream, column, is_block=True)
    _trailing(stream, "the end of the line")
    return attribute


def _attribute(stream: _Stream, column: int, *, is_block: bool) -> Attribute:
    token = stream.token
    if token.kind not in _NAMES or not is_name(token.text):
        stream.refuse("an attribute's name such as map")
    stream.next()
    arguments = _arguments(stream) if stream.token.text == "(" else ()
    return Attribute(token.text, arguments, column, is_block)


def _arguments(stream: _Stream) -> tuple[Argument, ...]:
    """Parse arguments in brackets.

    arguments = "(" [ argument { "," argument } ] ")"
    """
    _descend(stream)
    stream.next()
    found: list[Argument] = []
    while not stream.takes(")"):
        if found:
            comma = stream.token
            stream.sign(",", "or ) after an argument")
            if stream.token.text == ")":
                raise _fail("a comma stands before )", comma.column, "Remove the comma.")
        found.append(_argument(stream))
    stream.depth -= 1
    return tuple(found)


def _argument(stream: _Stream) -> Argument:
    """Parse one argument.

    argument = [ NAME ":" ] expression
    """
    token = stream.token
    if token.kind is Kind.NAME and "." not in token.text and stream.ahead(":"):
        stream.next()
        stream.next()
        if stream.token.text in {",", ")"}:
            hint = f"Write a value behind {token.text}:."
            raise _fail(f"argument {quoted(token.text)} has no value", token.column, hint)
        return Argument(token.text, _expression(stream), token.column)
    return Argument(None, _expression(stream), token.column)


def _expression(stream: _Stream) -> Expression:
    """Parse a value.

    expression = word | "[" [ expression { "," expression } ] "]" | TEXT
    """
    token = stream.token
    text = token.text
    if token.kind in _NAMES and is_name(text):
        return _word(stream)
    if token.kind is Kind.SIGN and text == "[":
        return _array(stream)
    if token.kind is Kind.TEXT:
        stream.next()
        return Text(_text(token), token.column)
    if token.kind is not Kind.LIST:
        stream.refuse("a value")
    stream.next()
    return Array((), token.column)


def _word(stream: _Stream) -> Expression:
    """Parse a value that starts with a name or a number.

    word = path arguments | NUMBER | path
    """
    token = stream.token
    text = token.text
    if text[0] != "-" and stream.ahead("("):
        stream.next()
        return Call(text, _arguments(stream), token.column)
    if token.kind is Kind.NAME and text[0].isdigit():
        stream.refuse("a value", "A name starts with a letter; a text stands in double quotes.")
    stream.next()
    return (Number if token.kind is Kind.NUMBER else Constant)(text, token.column)


def _array(stream: _Stream) -> Array:
    _descend(stream)
    column = stream.next().column
    items: list[Expression] = []
    while not stream.takes("]"):
        if items:
            stream.sign(",", "or ] after a value")
        items.append(_expression(stream))
    stream.depth -= 1
    return Array(tuple(items), column)


def _descend(stream: _Stream) -> None:
    stream.depth += 1
    if stream.depth > _DEEPEST:
        hint = "Write it with fewer brackets."
        raise _fail(f"more than {_DEEPEST} brackets within brackets", stream.token.column, hint)


def _text(token: Token) -> str:
    """The text of a string, its escapes resolved; they are JSON's."""
    inner = token.text[1:-1]
    if "\\" not in inner:
        return inner
    try:
        text = json.loads(token.text, strict=False)
    except json.JSONDecodeError:
        text = None
    if not isinstance(text, str) or any("\ud800" <= char <= "\udfff" for char in text):
        hint = 'Write \\\\ for a backslash; known: \\" \\\\ \\/ \\b \\f \\n \\r \\t \\u0000.'
        raise _fail("unknown escape in a string", token.column, hint)
    return text


def _trailing(stream: _Stream, wanted: str) -> str | None:
    """Take the comment that may end the line; give its text where it is documentation."""
    token = stream.token
    is_comment = token.kind in {Kind.DOCUMENTATION, Kind.COMMENT}
    if is_comment:
        stream.next()
        wanted = "the end of the line"
    if stream.token.kind is not Kind.END:
        stream.refuse(wanted, "Remove the rest of the line, or put it on a line of its own.")
    if not is_comment or (token.kind is Kind.COMMENT and token.text.startswith("//")):
        return None
    return documentation(token.text)


def documentation(comment: str) -> str:
    """The text of a `///` or `/* */` comment."""
    text = comment[3:] if comment.startswith("///") else comment[2:-2]
    return text.strip(f"{BLANKS}\n\r\x0b\x0c\x85\u2028\u2029")
