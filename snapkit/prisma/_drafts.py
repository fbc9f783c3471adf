"""Drafts: models between syntax and schema, while names are being looked up."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

from msgspec import Struct, field

from snapkit.core.schema import FieldKind, Key, KeyKind, Relation, Span
from snapkit.prisma._facts import NO_RELATION, FieldFacts, RelationFact

if TYPE_CHECKING:
    from snapkit.core.names import TableName
    from snapkit.prisma._problems import Problems
    from snapkit.prisma._syntax import Block, FieldNode


class FieldDraft(Struct, eq=False):
    """A field whose type is known."""

    line: int
    node: FieldNode
    documentation: str | None
    kind: FieldKind
    facts: FieldFacts
    relation: Relation | None = None

    @property
    def column(self) -> str:
        """The column's name; it means nothing for a relation."""
        return self.node.name if self.facts.map is None else self.facts.map

    def at(self, column: int) -> int:
        """Where a column that counts from the tail's start is on the line."""
        return self.node.offset + column

    @property
    def relation_fact(self) -> RelationFact:
        """Its `@relation`, or one without arguments."""
        return self.facts.relation or NO_RELATION


_UNIQUE_KINDS: Final = frozenset({KeyKind.ID, KeyKind.UNIQUE})


class ModelDraft(Struct, eq=False, dict=True):
    """A model whose names are known; `relations` are those of its `fields` that are relations."""

    block: Block
    table: TableName
    group: str
    map: str | None
    namespace: str | None
    is_ignored: bool
    fields: dict[str, FieldDraft]
    relations: list[FieldDraft]
    problems: Problems
    keys: list[Key] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The model's name."""
        return self.block.name

    @property
    def is_whole(self) -> bool:
        """Whether every line of it could be read."""
        return self.block.is_whole

    @cached_property
    def relations_to(self) -> dict[str, list[FieldDraft]]:
        """Its relation fields by the model they point at."""
        found: dict[str, list[FieldDraft]] = {}
        for draft in self.relations:
            found.setdefault(draft.node.type, []).append(draft)
        return found

    @cached_property
    def unique_sets(self) -> frozenset[frozenset[str]]:
        """The fields of each unique key, whatever their order; ask when `keys` are known."""
        return frozenset(
            frozenset(part.name for part in key.fields)
            for key in self.keys
            if key.kind in _UNIQUE_KINDS and key.predicate is None
        )

    def span(self, line: int, column: int) -> Span:
        """A place in this model's file."""
        return Span(self.block.file, line, column)

    def problem(self, line: int, column: int, what: str, hint: str) -> None:
        """Record a problem in this model."""
        owner = f"{self.block.kind} {self.name}"
        self.problems.add(what, self.span(line, column), hint, owner)
