"""The syntax tree: what the parser hands to the lowering.

A node knows its column only. Lines that read the same share one node, wherever they stand; the
block that holds a node knows its line. Nodes that are made by the thousand are named tuples: a
frozen dataclass takes ten times as long to make.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias

from msgspec import Struct


class Constant(Struct, frozen=True, gc=False):
    """A bare word or dotted path: `true`, `Cascade`, `address.street`."""

    name: str
    column: int


class Text(Struct, frozen=True, gc=False):
    """A string, its escapes resolved."""

    value: str
    column: int


class Number(Struct, frozen=True, gc=False):
    """A number, its digits as written."""

    digits: str
    column: int


class Array(Struct, frozen=True, gc=False):
    """A list of expressions."""

    items: tuple[Expression, ...]
    column: int


class Call(Struct, frozen=True, gc=False):
    """A function call: `now()`, `name(sort: Desc)`."""

    name: str
    arguments: tuple[Argument, ...]
    column: int


Expression: TypeAlias = Constant | Text | Number | Array | Call


class Argument(Struct, frozen=True, gc=False):
    """One argument; `name` is None where it is given by place."""

    name: str | None
    value: Expression
    column: int


class Attribute(Struct, frozen=True, gc=False):
    """`@name(…)` or `@@name(…)`; `name` without the signs."""

    name: str
    arguments: tuple[Argument, ...]
    column: int
    is_block: bool = False

    @property
    def written(self) -> str:
        """The name with its signs."""
        return ("@@" if self.is_block else "@") + self.name


class Arity(StrEnum):
    """How many values a field holds."""

    REQUIRED = ""
    OPTIONAL = "?"
    LIST = "[]"


class Tail(Struct, frozen=True, eq=False, gc=False):
    """What stands behind a field's type: its attributes, and the documentation after them.

    Most fields share their tail with others (`@id @default(cuid())`), so each is parsed once;
    columns in it count from the tail's start.
    """

    attributes: tuple[Attribute, ...] = ()
    documentation: str | None = None


class FieldNode(Struct, frozen=True, gc=False):
    """One field. `type` is the text inside Unsupported("…") where `is_unsupported`."""

    name: str
    column: int
    type: str
    type_column: int
    arity: Arity
    is_unsupported: bool
    tail: Tail
    offset: int  # what to add to a column in the tail


class ValueNode(Struct, frozen=True, gc=False):
    """One value of an enum."""

    name: str
    column: int
    attributes: tuple[Attribute, ...]
    trailing: str | None


class Property(Struct, frozen=True, gc=False):
    """One `key = value` of a generator or datasource; `written` is the value's text."""

    name: str
    column: int
    value: Expression | None
    written: str


class BlockKind(StrEnum):
    """A block's keyword."""

    MODEL = "model"
    VIEW = "view"
    TYPE = "type"
    ENUM = "enum"
    DATASOURCE = "datasource"
    GENERATOR = "generator"


class Block(Struct, frozen=True, kw_only=True, eq=False):
    """One block. Each item stands with its line and the documentation above it.

    `column` is the name's, on `line`. `is_whole` is false where a line in it could not be read:
    what seems to be missing may stand there.
    """

    kind: BlockKind
    name: str
    file: str
    line: int
    column: int
    documentation: str | None
    fields: tuple[tuple[int, FieldNode, str | None], ...] = ()
    values: tuple[tuple[int, ValueNode, str | None], ...] = ()
    properties: tuple[tuple[int, Property], ...] = ()
    attributes: tuple[tuple[int, Attribute], ...] = ()
    is_whole: bool = True
