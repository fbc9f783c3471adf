"""The parser: a file's text to blocks. Rules stand in the order of the grammar.

A line that no rule takes is a problem of its own, and parsing goes on behind it, so that one run
finds them all.

Source: prisma-engines, datamodel.pest.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Final

from snapkit.core.schema import Span
from snapkit.prisma._lexer import BLANKS, Kind, is_name, opens_comment, tokenize
from snapkit.prisma._lines import documentation, enum_line, model_line, property_line
from snapkit.prisma._plain import plain_header
from snapkit.prisma._problems import nearest, quoted, split_lines
from snapkit.prisma._syntax import Attribute, Block, BlockKind, FieldNode, Property, ValueNode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from snapkit.prisma._lines import Refusal
    from snapkit.prisma._problems import Problems

_KEYWORDS: Final = tuple(kind.value for kind in BlockKind)
_NEWER: Final = frozenset(
    {"namespace", "types", "policy", "policy_select", "policy_insert", "policy_update"}
    | {"policy_delete", "contract", "extension"}
)
_CONFIGURATION: Final = frozenset({BlockKind.DATASOURCE, BlockKind.GENERATOR})
_NAMES: Final = frozenset({Kind.NAME, Kind.NUMBER})
_LINE_END: Final = re.compile(r"\r\n|\n|\r")
_another_comment = re.compile(rf"[{re.escape(BLANKS)}]*/\*.*?\*/").match
_HEADER: Final = 4  # tokens: keyword, name, "{", the line's end
_CLOSE_HINT: Final = 'Close the block with "}" on a line of its own.'
_ONE_LINE_HINT: Final = 'What stands behind "{" does not count: put it on lines of its own.'
_BLOCK_HINT: Final = "Start a block: model, view, enum, type, generator or datasource."


class _Source:
    """The lines of one file, and a place among them."""

    def __init__(self, file: str, text: str, problems: Problems) -> None:
        self.file = file
        self.problems = problems
        self.lines = split_lines(text.removeprefix("\ufeff"))
        self.place = 0
        self.read = 0  # characters of the line that are behind us
        self._may_comment = "/*" in text
        self._ends = _LINE_END.findall(text) if self._may_comment and "\r" in text else ()
        self._stop = -1

    @property
    def is_done(self) -> bool:
        return self.place >= len(self.lines)

    @property
    def number(self) -> int:
        """The line's number, from 1."""
        return self.place + 1

    @cached_property
    def _last_end(self) -> int:
        """The place of the last line with `*/`; -1 where there is none."""
        places = range(len(self.lines) - 1, -1, -1)
        return next((place for place in places if "*/" in self.lines[place]), -1)

    @cached_property
    def _last_close(self) -> int:
        """The place of the last line that starts with `}`; -1 where there is none."""
        places = range(len(self.lines) - 1, -1, -1)
        found = (place for place in places if self.lines[place].lstrip(BLANKS).startswith("}"))
        return next(found, -1)

    @property
    def closes(self) -> bool:
        """Whether a line from here on starts with `}`."""
        return self.place <= self._last_close

    def comment_end(self, place: int, column: int) -> tuple[int, int] | None:
        """Where a block comment ends that is open at a column: the line's place, and the column."""
        for end in range(place, self._last_end + 1):
            found = self.lines[end].find("*/", column)
            if found >= 0:
                return end, found + 2
            column = 0
        return None

    def stop(self) -> int:
        """The place of the next line that starts with `}` or a block; behind the last if none."""
        if self._stop < self.place:  # else the lines up to it are known to be neither
            places = range(self.place, len(self.lines))
            self._stop = next((place for place in places if _stops(self.lines[place])), places.stop)
        return self._stop

    def statement(self) -> str:
        """Take the line, and those that a block comment at its end runs over."""
        line = self.lines[self.place]
        self.place += 1
        self.read = 0
        if self._may_comment and opens_comment(line):
            end = self.comment_end(self.place, 0)
            if end is not None:
                line = self.join([line, *self.lines[self.place : end[0] + 1]], self.place - 1)
                self.place = end[0] + 1
        return line

    def join(self, lines: Sequence[str], start: int) -> str:
        """Put lines together with the ends they have in the file; `start` is the first's place."""
        parts = [lines[0]]
        for place, line in enumerate(lines[1:], start):
            parts += (self._ends[place] if self._ends else "\n", line)
        return "".join(parts)

    def advance(self) -> None:
        """Go to the next line."""
        self.place += 1
        self.read = 0

    def step_over(self, end: int) -> None:
        """Go behind the line's first `end` characters, which are blanked out."""
        rest = self.lines[self.place][end:]
        if rest.strip(BLANKS):
            self.lines[self.place] = " " * end + rest
            self.read = end
        else:
            self.advance()

    def problem(self, what: str, line: int, column: int, hint: str) -> None:
        self.problems.add(what, Span(self.file, line, column), hint)


def parse_file(file: str, text: str, problems: Problems) -> tuple[Block, ...]:
    """Parse one file.

    schema = { block | type_alias | comment | empty line }

    Args:
        file: Its path, for spans.
        text: Its text; a byte order mark is dropped.
        problems: Takes what is wrong.

    Returns:
        The blocks, in order; those with problems hold what could be read.
    """
    source = _Source(file, text, problems)
    blocks: list[Block] = []
    above: list[str] = []
    pending: str | None = None
    runs_on = False
    while not source.is_done:
        if source.lines[source.place].strip(BLANKS) == "":
            source.advance()
            above.clear()
            runs_on = False
        elif _comment(source, above, runs_on=runs_on):
            runs_on = True
        else:
            if runs_on:
                pending = _joined(above)
            block = _block(source, pending)
            above.clear()
            runs_on = False
            if block is not None:
                blocks.append(block)
                # as in Prisma, what stands above a datasource or generator is the next model's too
                pending = pending if block.kind in _CONFIGURATION else None
    return tuple(blocks)


def _comment(source: _Source, above: list[str], *, runs_on: bool) -> bool:
    """Take one comment, if the line starts with one; documentation goes to `above`.

    comment = "///" … | "//" … | "/*" … "*/"        (the first and the last are documentation)
    """
    line = source.lines[source.place]
    start = line.lstrip(BLANKS)
    if not start.startswith(("//", "/*")):
        return False
    if start.startswith("/*"):
        return _block_comment(source, len(line) - len(start), above, runs_on=runs_on)
    if start.startswith("///"):
        above.append(documentation(start))
    source.advance()
    return True


def _stops(line: str) -> bool:
    return line.lstrip(BLANKS).startswith("}") or _header(line) is not None


def _block_comment(source: _Source, column: int, above: list[str], *, runs_on: bool) -> bool:
    """Take a block comment, and those behind it on its last line; the line's rest is read next.

    Prisma counts the blanks before a second comment in a row as part of it, and drops the first two
    characters and the last two.
    """
    start = source.place
    first = source.lines[start]
    lead = first[source.read : column] if runs_on else ""
    found = source.comment_end(start, column + 2)
    if found is None:
        return False
    place, end = found
    line = source.lines[place]
    middle = [first, *source.lines[start + 1 : place + 1]]
    middle[-1] = line[:end]
    middle[0] = middle[0][column:]
    above.append(documentation(lead + source.join(middle, start)))
    while another := _another_comment(line, end):
        above.append(documentation(another[0]))
        end = another.end()
    source.place = place
    source.step_over(end)
    return True


def _joined(above: list[str]) -> str | None:
    return "\n".join(above) if above else None


def _block(source: _Source, above: str | None) -> Block | None:
    """Parse a block.

    block = KEYWORD NAME "{" … newline { item newline } "}"
    """
    number = source.number
    line = source.lines[source.place]
    header = _header(line)
    if header is None:
        _not_a_block(source)
        return None
    kind, name, column = header
    source.advance()
    items = _Items(source, kind, name)
    items.read()
    if not items.is_closed:
        what = f"{kind} {quoted(name)} is not closed"
        start = len(line) - len(line.lstrip(BLANKS)) + 1
        behind = line.partition("{")[2].strip(BLANKS)
        hint = _ONE_LINE_HINT if behind and not behind.startswith("//") else _CLOSE_HINT
        source.problem(what, number, start, hint)
        items.is_whole = False
    return Block(
        kind=kind,
        name=name,
        file=source.file,
        line=number,
        column=column,
        documentation=above,
        fields=tuple(items.fields),
        values=tuple(items.values),
        properties=tuple(items.properties),
        attributes=tuple(items.attributes),
        is_whole=items.is_whole,
    )


def _header(line: str) -> tuple[BlockKind, str, int] | None:
    """Read a block's first line: its keyword, name, and the name's column.

    header = KEYWORD NAME "{" …        (as in Prisma, keyword and name may touch: `modelUser {`)
    """
    plain = plain_header(line)
    if plain or not line.lstrip(BLANKS).startswith(_KEYWORDS):
        return plain
    tokens = tokenize(line)
    first, second = tokens[0], tokens[1]
    if first.kind is not Kind.NAME or tokens[-2].kind is not Kind.OPEN:
        return None
    if len(tokens) == _HEADER and second.kind in _NAMES and first.text in _KEYWORDS:
        is_plain = "." not in second.text and second.text[0] != "-" and is_name(second.text)
        return (BlockKind(first.text), second.text, second.column) if is_plain else None
    if len(tokens) != _HEADER - 1 or first.text in _NEWER or first.text in _KEYWORDS:
        return None
    keyword = next((word for word in _KEYWORDS if first.text.startswith(word)), "")
    name = first.text.removeprefix(keyword)
    if not keyword or not name[0].isalnum() or "." in name or not is_name(name):
        return None
    return BlockKind(keyword), name, first.column + len(keyword)


def _not_a_block(source: _Source) -> None:
    """Record what stands where a block should, and step over it."""
    number = source.number
    line = source.lines[source.place]
    tokens = tokenize(line)
    source.advance()
    first = tokens[0]
    words = [token.text for token in tokens if token.kind is Kind.NAME]
    opens = any(token.kind is Kind.OPEN for token in tokens)
    if first.text in _NEWER and opens:
        what = f"block {quoted(first.text)} belongs to Prisma's contract dialect"
        hint = "snapkit reads the schema.prisma dialect of Prisma 7 and before; give it that file."
        source.problem(what, number, first.column, hint)
        _skip_nested(source)
    elif first.text in _KEYWORDS and opens:
        has_name = len(words) > 1
        wanted = '"{" after the name' if has_name else f"a name after {quoted(first.text)}"
        token = tokens[min(len(words), 1 + has_name)]
        hint = f"Write {first.text} Name {{ on one line."
        source.problem(f"expected {wanted}", number, token.column, hint)
        _skip_block(source)
    elif first.text == "type" and any(token.text == "=" for token in tokens):
        hint = "Declare it as a block: type Name { … }."
        source.problem("a type cannot stand for another", number, first.column, hint)
    elif first.text in _KEYWORDS:
        hint = f'Write {first.text} Name {{ on one line, and "}}" on a line of its own.'
        source.problem(f"{first.text} without a block", number, first.column, hint)
    else:
        known = nearest(first.text, _KEYWORDS)
        hint = f"Did you mean {known}?" if known and opens else _BLOCK_HINT
        what = f"expected a block, found {quoted(first.text[:40])}"
        source.problem(what, number, first.column, hint)
        if opens:
            _skip_block(source)


def _skip_block(source: _Source) -> None:
    """Step behind the next line that starts with `}`; stay where there is none before a block."""
    place = source.stop()
    if place < len(source.lines) and source.lines[place].lstrip(BLANKS).startswith("}"):
        source.place = place
        _close(source)


def _skip_nested(source: _Source) -> None:
    """Step behind the `}` that belongs to an open block, and the blocks within it."""
    depth = 1
    while depth and not source.is_done:
        line = source.lines[source.place].strip(BLANKS)
        depth += line.endswith("{") - line.startswith("}")
        source.advance()


def _close(source: _Source) -> None:
    """Take the `}` that a line starts with; what stands behind it is read next."""
    line = source.lines[source.place]
    source.step_over(line.index("}") + 1)


class _Items:
    """The items of one block, as they are read."""

    def __init__(self, source: _Source, kind: BlockKind, name: str) -> None:
        self.source = source
        self.kind = kind
        self.name = name
        self.is_closed = False
        self.is_whole = True
        self.fields: list[tuple[int, FieldNode, str | None]] = []
        self.values: list[tuple[int, ValueNode, str | None]] = []
        self.properties: list[tuple[int, Property]] = []
        self.attributes: list[tuple[int, Attribute]] = []
        self._above: list[str] = []
        self._runs_on = False  # whether the line above is a comment too

    def read(self) -> None:
        """Read items up to the block's end.

        items = { item newline | comment | empty line } "}"
        """
        source = self.source
        rule = {
            BlockKind.ENUM: enum_line,
            BlockKind.DATASOURCE: property_line,
            BlockKind.GENERATOR: property_line,
        }.get(self.kind, model_line)
        lines = source.lines
        while source.place < len(lines):
            line = lines[source.place]
            start = line.lstrip(BLANKS)
            if start == "":
                source.advance()
                self._runs_on = False
            elif start[0] == "}":
                _close(source)
                self.is_closed = True
                return
            elif start[0] == "/" and self._comment():
                self._runs_on = True
            else:
                self._runs_on = False
                if start[-1] == "{" and _header(line) is not None:
                    if source.closes:  # else, as to Prisma, it is this block that has no end
                        named = f"{self.kind} {quoted(self.name)}"
                        what = f'expected "}}" before this block: {named} is open'
                        source.problem(what, source.number, len(line) - len(start) + 1, _CLOSE_HINT)
                        self.is_closed = True  # the problem is recorded
                    return
                number = source.number
                self._keep(number, rule(source.statement()))

    def _comment(self) -> bool:
        if not self._runs_on:
            self._above = []
        return _comment(self.source, self._above, runs_on=self._runs_on)

    def _keep(
        self, line: int, item: FieldNode | ValueNode | Property | Attribute | Refusal
    ) -> None:
        if isinstance(item, FieldNode):
            trailing = item.tail.documentation
            found = self._documentation(trailing) if self._above else trailing
            self.fields.append((line, item, found))
        elif isinstance(item, Attribute):
            self.attributes.append((line, item))
        elif isinstance(item, ValueNode):
            found = self._documentation(item.trailing) if self._above else item.trailing
            self.values.append((line, item, found))
        elif isinstance(item, Property):
            self.properties.append((line, item))
        else:
            self.is_whole = False
            self.source.problem(item.what, line, item.column, item.hint)

    def _documentation(self, trailing: str | None) -> str | None:
        """What stands above an item and behind it."""
        above = self._above if trailing is None else [*self._above, trailing]
        self._above = []
        return "\n".join(above)
