"""Lines of the usual shape, each read at once.

Nine lines in ten are two words and a few attributes whose arguments are words, strings, numbers and
lists of words, all of it ASCII but for the strings. Regular expressions take these whole; whatever
is not of that shape, down to the last character, gives None and goes by the rules of `_lines`. What
is read here is what the rules read: a test holds the two equal.

The quantifiers give nothing back (`*+`), so that time is linear in a line's length.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from snapkit.prisma._syntax import (
    Argument,
    Array,
    Attribute,
    BlockKind,
    Call,
    Constant,
    Number,
    Text,
)

if TYPE_CHECKING:
    from snapkit.prisma._syntax import Expression

_GAP: Final = r"[ \t]*+"
_WORD: Final = r"[A-Za-z][A-Za-z0-9_]*+"
_PATH: Final = rf"{_WORD}(?:\.{_WORD})*+"
_STRING: Final = r'"[^"\\\x00-\x1f]*+"'
_NUMBER: Final = r"-?[0-9]++(?:\.[0-9]++)?+"
_LIST: Final = rf"\[{_GAP}(?:{_PATH}(?:{_GAP},{_GAP}{_PATH})*+)?+{_GAP}\]"
# Groups: an attribute's or argument's name is the first; then the value's; then several arguments.
_NAME, _WORDS, _CALL, _TEXT, _ARRAY, _DIGITS, _SEVERAL = range(1, 8)
_VALUE: Final = rf"(?:({_PATH})(\(\))?+|({_STRING})|({_LIST})|({_NUMBER}))"
_ARGUMENT: Final = rf"(?:({_WORD}){_GAP}:{_GAP})?+{_VALUE}"
_UNNAMED: Final = _ARGUMENT.replace("(", "(?:").replace("(?:?:", "(?:").replace(r"\(?:", r"\(")
_ARGUMENTS: Final = rf"{_UNNAMED}(?:{_GAP},{_GAP}{_UNNAMED})*+"
# one argument without a name, which most have, or any number of them
_ATTRIBUTE: Final = rf"@({_PATH})(?:\({_GAP}(?:{_VALUE}?+{_GAP}\)|({_ARGUMENTS}){_GAP}\)))?+{_GAP}"
_KEYWORD: Final = "|".join(kind.value for kind in BlockKind)

_match_field = re.compile(rf"{_GAP}({_WORD})[ \t]++({_WORD})(\?|\[\])?+{_GAP}").match
_match_header = re.compile(rf"{_GAP}({_KEYWORD})[ \t]++({_WORD}){_GAP}\{{").match
_match_attribute = re.compile(_ATTRIBUTE).match
_match_block_attribute = re.compile(rf"{_GAP}@{_ATTRIBUTE}").match
_match_value = re.compile(rf"{_GAP}({_WORD}){_GAP}").match
_each_argument = re.compile(_ARGUMENT).finditer
_each_path = re.compile(_PATH).finditer


def plain_field(line: str) -> tuple[str, int, str, int, str | None, int] | None:
    """Read a field up to its attributes.

    Returns:
        Its name and column; its type and column; `?`, `[]` or None; and where the first attribute
        starts, or the comment, or the line ends [characters]. None where it has another shape.
    """
    found = _match_field(line)
    if found is None:
        return None
    name, type_name, arity = found.groups()
    whole, first, second, _ = found.regs
    end = whole[1]
    if type_name == "Unsupported" or (end < len(line) and line[end] not in "@/"):
        return None
    return name, first[0] + 1, type_name, second[0] + 1, arity, end


def plain_tail(text: str, place: int = 0) -> tuple[Attribute, ...] | None:
    """Read a field's attributes, where nothing stands behind them but a comment."""
    attributes = []
    while found := _match_attribute(text, place):
        attributes.append(_attribute(found, place + 1))
        place = found.end()
    return tuple(attributes) if _ends(text, place) else None


def plain_block_attribute(line: str) -> Attribute | None:
    """Read a block attribute, where nothing stands behind it but a comment."""
    found = _match_block_attribute(line)
    if found is None or not _ends(line, found.end()):
        return None
    return _attribute(found, found.start(1) - 1, is_block=True)


def plain_value(line: str) -> tuple[str, int, tuple[Attribute, ...]] | None:
    """Read an enum's value: its name, column and attributes."""
    found = _match_value(line)
    attributes = plain_tail(line, found.end()) if found else None
    if found is None or attributes is None:
        return None
    return found[1], found.start(1) + 1, attributes


def plain_header(line: str) -> tuple[BlockKind, str, int] | None:
    """Read a block's first line: its keyword, name, and the name's column."""
    found = _match_header(line)
    return (BlockKind(found[1]), found[2], found.start(2) + 1) if found else None


def _ends(text: str, place: int) -> bool:
    """Whether a line ends here, or holds only a comment that is no documentation."""
    return place == len(text) or (
        text.startswith("//", place) and text[place + 2 : place + 3] != "/" and "\n" not in text
    )


def _attribute(found: re.Match[str], column: int, *, is_block: bool = False) -> Attribute:
    last = found.lastindex
    arguments: tuple[Argument, ...] = ()
    if last == _SEVERAL:
        each = _each_argument(found.string, *found.span(_SEVERAL))
        arguments = tuple([_argument(one) for one in each])
    elif last != _NAME:
        value = _value(found)
        arguments = (Argument(None, value, value.column),)
    return Attribute(found[_NAME], arguments, column, is_block)


def _argument(found: re.Match[str]) -> Argument:
    return Argument(found[_NAME], _value(found), found.start() + 1)


def _value(found: re.Match[str]) -> Expression:
    last = found.lastindex
    if last == _TEXT:
        return Text(found[last][1:-1], found.start(last) + 1)
    if last == _ARRAY:
        array, column = found[last], found.start(last) + 1
        if array[1:-1].isidentifier():  # one word, as in most
            return Array((Constant(array[1:-1], column + 1),), column)
        words = [Constant(one[0], column + one.start()) for one in _each_path(array)]
        return Array(tuple(words), column)
    if last == _DIGITS:
        return Number(found[last], found.start(last) + 1)
    column = found.start(_WORDS) + 1
    return Call(found[_WORDS], (), column) if last == _CALL else Constant(found[_WORDS], column)
