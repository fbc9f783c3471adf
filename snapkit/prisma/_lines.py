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

from snapkit.prisma._lexer import BLANKS, Kind, Tokens, is_name
from snapkit.prisma._plain import plain_block_attribute, plain_field, plain_tail, plain_value
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
_DEEPEST: Final = 128  # brackets within brackets
_BEHIND: Final = frozenset({Kind.END, Kind.COMMENT, Kind.DOCUMENTATION})
_NAMES: Final = frozenset({Kind.NAME, Kind.NUMBER})
_NO_TAIL: Final = Tail()
_ARITIES: Final = {None: Arity.REQUIRED, "?": Arity.OPTIONAL, "[]": Arity.LIST}
_WHITE: Final = f"{BLANKS}\n\r\x0b\x0c\x85\u2028\u2029"  # what Unicode calls white space
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


def _fail(what: str, column: int, hint: str) -> _RefusedError:
    return _RefusedError(Refusal(what, column, hint))


def _takes(tokens: Tokens, sign: str) -> bool:
    """Take the sign if it is next."""
    if tokens.at_sign(sign):
        tokens.next()
        return True
    return False


def _sign(tokens: Tokens, sign: str, where: str) -> None:
    """Take the sign, or refuse."""
    if not _takes(tokens, sign):
        _refuse(tokens, f'"{sign}" {where}')


def _refuse(tokens: Tokens, wanted: str, hint: str = "") -> NoReturn:
    """Stop here: something else was wanted."""
    text = tokens.text
    found = "the line ends" if tokens.at(Kind.END) else f"found {quoted(text[:40])}"
    if text == '"':
        found, hint = "found a string that does not end", _STRING_HINT
    what = f"expected {wanted}, {found}"
    raise _fail(what, tokens.column, hint or f"Write {wanted} here.")


@lru_cache(maxsize=_CACHED)
def model_line(line: str) -> FieldNode | Attribute | Refusal:
    """Parse one line inside a model, view or composite type.

    model_line = field | block_attribute [ trailing ]
    """
    try:
        return _plain_field(line) or plain_block_attribute(line) or _model_line(Tokens(line))
    except _RefusedError as refused:
        return refused.refusal


def _model_line(tokens: Tokens) -> FieldNode | Attribute:
    if tokens.at(Kind.DOUBLE_AT):
        return _block_attribute(tokens)
    return _field(tokens)


@lru_cache(maxsize=_CACHED)
def enum_line(line: str) -> ValueNode | Attribute | Refusal:
    """Parse one line inside an enum.

    enum_line = NAME { attribute } [ trailing ] | block_attribute [ trailing ]
    """
    plain = plain_value(line)
    if plain:
        return ValueNode(*plain, None)
    block_attribute = plain_block_attribute(line)
    if block_attribute:
        return block_attribute
    tokens = Tokens(line)
    try:
        if tokens.at(Kind.DOUBLE_AT):
            return _block_attribute(tokens)
        column = tokens.column
        name = _name(tokens, "a value or an attribute such as @@map")
        attributes = _attributes(tokens)
        return ValueNode(name, column, attributes, _trailing(tokens, "an attribute"))
    except _RefusedError as refused:
        return refused.refusal


@lru_cache(maxsize=_CACHED)
def property_line(line: str) -> Property | Refusal:
    """Parse one line inside a generator or datasource.

    property_line = NAME "=" [ expression ] [ trailing ]
    """
    tokens = Tokens(line)
    try:
        column = tokens.column
        name = _name(tokens, "a property such as provider")
        _sign(tokens, "=", f"after {quoted(name)}")
        if tokens.kind in _BEHIND:
            _trailing(tokens, "a value")
            return Property(name, column, None, "")
        start = tokens.column - 1
        value = _expression(tokens)
        written = line[start : tokens.column - 1].rstrip(BLANKS)
        _trailing(tokens, "the end of the line")
        return Property(name, column, value, written)
    except _RefusedError as refused:
        return refused.refusal


def _plain_field(line: str) -> FieldNode | None:
    """Parse a field of the usual shape up to its tail; the others go by the rules."""
    plain = plain_field(line)
    if plain is None:
        return None
    name, column, type_name, start, arity, end = plain
    tail = _tail(line[end:]) if end < len(line) else _NO_TAIL
    if isinstance(tail, Refusal):
        return None
    return FieldNode(name, column, type_name, start, _ARITIES[arity], False, tail, end)  # noqa: FBT003


def _field(tokens: Tokens) -> FieldNode:
    """Parse a field.

    field = NAME [ ":" ] type tail
    """
    column = tokens.column
    name = _name(tokens, 'a field, an attribute such as @@index, or "}"')
    start = tokens.column
    if tokens.at_sign(":"):
        raise _fail(f'field {quoted(name)} has a ":" before its type', start, "Remove it.")
    if tokens.kind not in _NAMES and not tokens.at_sign("["):
        _refuse(tokens, f"a type for field {quoted(name)}", "Write a type such as String.")
    type_name, is_unsupported, arity = _type(tokens)
    offset = tokens.column - 1
    tail = _tail(tokens.line[offset:])
    if isinstance(tail, Refusal):
        raise _fail(tail.what, tail.column + offset, tail.hint)
    return FieldNode(name, column, type_name, start, arity, is_unsupported, tail, offset)


@lru_cache(maxsize=_CACHED)
def _tail(text: str) -> Tail | Refusal:
    """Parse what stands behind a field's type.

    tail = { attribute } [ trailing ]
    """
    plain = plain_tail(text)
    if plain is not None:
        return Tail(plain)
    tokens = Tokens(text)
    try:
        attributes = _attributes(tokens)
        return Tail(attributes, _trailing(tokens, "an attribute"))
    except _RefusedError as refused:
        return refused.refusal


def _type(tokens: Tokens) -> tuple[str, bool, Arity]:
    """Parse a field's type.

    type = base [ "[]" | "?" ]        (Prisma knows `!`, `[base]` and `[]?` only to refuse them)
    """
    column = tokens.column
    if _takes(tokens, "["):
        raise _fail("a list is written behind its type", column, f"Write {tokens.text}[].")
    name, is_unsupported = _base(tokens)
    column = tokens.column
    if tokens.at(Kind.LIST):
        tokens.next()
        if tokens.at_sign("?"):
            hint = f"Write {name}[] or {name}?."
            raise _fail("a list cannot be optional", tokens.column, hint)
        return name, is_unsupported, Arity.LIST
    if _takes(tokens, "!"):
        raise _fail('fields are required without "!"', column, "Remove it.")
    return name, is_unsupported, Arity.OPTIONAL if _takes(tokens, "?") else Arity.REQUIRED


def _base(tokens: Tokens) -> tuple[str, bool]:
    """Parse a type without its arity.

    base = "Unsupported(" TEXT ")" | NAME
    """
    column = tokens.column
    name = _name(tokens, "a type")
    touches = tokens.column == column + len(name)
    if name != "Unsupported" or not tokens.at_sign("(") or not touches:
        return name, False
    tokens.next()
    if not tokens.at(Kind.TEXT):
        _refuse(tokens, "the database's type as a string", 'Write Unsupported("type").')
    text = _text(tokens).value
    _sign(tokens, ")", "after the database's type")
    return text, True


def _name(tokens: Tokens, wanted: str) -> str:
    """Take a name: letters of any script, digits, `_` and `-`, a letter or digit first."""
    text = tokens.text
    if tokens.at(Kind.NAME):
        is_plain = "." not in text and is_name(text)
    else:
        is_plain = tokens.at(Kind.NUMBER) and text.isdigit()
    if not is_plain:
        _refuse(tokens, wanted)
    tokens.next()
    return text


def _attributes(tokens: Tokens) -> tuple[Attribute, ...]:
    """Parse a field's attributes.

    attribute = "@" path [ arguments ]
    """
    found = []
    while tokens.at(Kind.AT):
        column = tokens.column
        tokens.next()
        found.append(_attribute(tokens, column, is_block=False))
    return tuple(found)


def _block_attribute(tokens: Tokens) -> Attribute:
    """Parse a block attribute and the end of its line.

    block_attribute = "@@" path [ arguments ]
    """
    column = tokens.column
    tokens.next()
    attribute = _attribute(tokens, column, is_block=True)
    _trailing(tokens, "the end of the line")
    return attribute


def _attribute(tokens: Tokens, column: int, *, is_block: bool) -> Attribute:
    name = tokens.text
    if tokens.kind not in _NAMES or not is_name(name):
        _refuse(tokens, "an attribute's name such as map")
    tokens.next()
    arguments = _arguments(tokens) if tokens.at_sign("(") else ()
    return Attribute(name, arguments, column, is_block)


def _arguments(tokens: Tokens) -> tuple[Argument, ...]:
    """Parse arguments in brackets.

    arguments = "(" [ argument { "," argument } ] ")"
    """
    _descend(tokens)
    found: list[Argument] = []
    while not _takes(tokens, ")"):
        if found:
            comma = tokens.column
            _sign(tokens, ",", "or ) after an argument")
            if tokens.at_sign(")"):
                raise _fail("a comma stands before )", comma, "Remove the comma.")
        found.append(_argument(tokens))
    tokens.depth -= 1
    return tuple(found)


def _argument(tokens: Tokens) -> Argument:
    """Parse one argument.

    argument = [ NAME ":" ] expression
    """
    column, name = tokens.column, tokens.text
    if not tokens.at(Kind.NAME) or not tokens.ahead(":") or "." in name:
        return Argument(None, _expression(tokens), column)
    tokens.next()
    tokens.next()
    if tokens.at_sign(",") or tokens.at_sign(")"):
        hint = f"Write a value behind {name}:."
        raise _fail(f"argument {quoted(name)} has no value", column, hint)
    return Argument(name, _expression(tokens), column)


def _expression(tokens: Tokens) -> Expression:
    """Parse a value.

    expression = word | "[" [ expression { "," expression } ] "]" | TEXT
    """
    if tokens.kind in _NAMES:
        return _word(tokens)
    if tokens.at(Kind.TEXT):
        return _text(tokens)
    if tokens.at_sign("["):
        return _array(tokens)
    if not tokens.at(Kind.LIST):
        _refuse(tokens, "a value")
    column = tokens.column
    tokens.next()
    return Array((), column)


def _word(tokens: Tokens) -> Expression:
    """Parse a value that starts with a name or a number.

    word = path arguments | NUMBER | path
    """
    text, kind, column = tokens.text, tokens.kind, tokens.column
    if not is_name(text):
        _refuse(tokens, "a value")
    if text[0] != "-" and tokens.ahead("("):
        tokens.next()
        return Call(text, _arguments(tokens), column)
    if kind is Kind.NAME and text[0].isdigit():
        hint = "A name starts with a letter; a text stands in double quotes."
        _refuse(tokens, "a value", hint)
    tokens.next()
    return Number(text, column) if kind is Kind.NUMBER else Constant(text, column)


def _array(tokens: Tokens) -> Array:
    column = tokens.column
    _descend(tokens)
    items: list[Expression] = []
    while not _takes(tokens, "]"):
        if items:
            _sign(tokens, ",", "or ] after a value")
        items.append(_expression(tokens))
    tokens.depth -= 1
    return Array(tuple(items), column)


def _descend(tokens: Tokens) -> None:
    """Take an opening bracket."""
    tokens.depth += 1
    if tokens.depth > _DEEPEST:
        hint = "Write it with fewer brackets."
        raise _fail(f"more than {_DEEPEST} brackets within brackets", tokens.column, hint)
    tokens.next()


def _text(tokens: Tokens) -> Text:
    """Take a string and resolve its escapes; they are JSON's."""
    written, column = tokens.text, tokens.column
    tokens.next()
    inner = written[1:-1]
    if "\\" not in inner:
        return Text(inner, column)
    try:
        text = json.loads(written, strict=False)
    except json.JSONDecodeError:
        text = None
    if not isinstance(text, str) or any("\ud800" <= char <= "\udfff" for char in text):
        hint = 'Write \\\\ for a backslash; known: \\" \\\\ \\/ \\b \\f \\n \\r \\t \\u0000.'
        raise _fail("unknown escape in a string", column, hint)
    return Text(text, column)


def _trailing(tokens: Tokens, wanted: str) -> str | None:
    """Take the comment that may end the line; give its text where it is documentation."""
    found = None
    if not tokens.at(Kind.END) and tokens.kind in _BEHIND:
        text = tokens.text
        if text.startswith(("///", "/*")):
            found = documentation(text)
        tokens.next()
        wanted = "the end of the line"
    if not tokens.at(Kind.END):
        _refuse(tokens, wanted, "Remove the rest of the line, or put it on a line of its own.")
    return found


def documentation(comment: str) -> str:
    """The text of a `///` or `/* */` comment; as in Prisma, blanks at the end of `///` are text."""
    if comment.startswith("///"):
        return comment[3:].lstrip(_WHITE)
    return comment[2:-2].strip(_WHITE)
