"""Generators and the datasource."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from snapkit.core.schema import Datasource, Generator, RelationMode, Span, Url
from snapkit.prisma._arguments import describe
from snapkit.prisma._problems import nearest, quoted
from snapkit.prisma._syntax import Array, BlockKind, Call, Constant, Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from snapkit.prisma._problems import Problems
    from snapkit.prisma._syntax import Block, Expression, Property

_PROVIDERS: Final = frozenset(
    {"postgresql", "postgres", "mysql", "sqlite", "sqlserver", "mongodb", "cockroachdb"}
)
_PROPERTIES: Final = (
    "provider",
    "url",
    "directUrl",
    "shadowDatabaseUrl",
    "relationMode",
    "referentialIntegrity",
    "schemas",
    "extensions",
)


class _Reader:
    """The properties of one block, by name."""

    def __init__(self, block: Block, problems: Problems) -> None:
        self.block = block
        self.problems = problems
        self.properties: dict[str, tuple[int, Property]] = {}
        for line, one in block.properties:
            if one.name in self.properties:
                self.problem(line, one.column, f"{quoted(one.name)} is given twice", "Remove one.")
            self.properties.setdefault(one.name, (line, one))
            if one.value is None:
                what = f"property {quoted(one.name)} has no value"
                self.problem(
                    line, one.column, what, 'Write a value behind "=", or remove the line.'
                )

    def problem(self, line: int, column: int, what: str, hint: str) -> None:
        """Record a problem in this block."""
        span = Span(self.block.file, line, column)
        self.problems.add(what, span, hint, f"{self.block.kind} {self.block.name}")

    def text(self, name: str) -> str | None:
        """A property that must be a string."""
        line, value = self._value(name)
        if value is None or isinstance(value, Text):
            return value.value if value else None
        self.problem(line, value.column, f"{quoted(name)} must be a string", _here(value))
        return None

    def texts(self, name: str) -> tuple[str, ...]:
        """A property that must be a list of strings."""
        line, value = self._value(name)
        if value is None:
            return ()
        found = []
        for item in value.items if isinstance(value, Array) else (value,):
            if isinstance(item, Text):
                found.append(item.value)
            else:
                what = f"{quoted(name)} must list strings"
                self.problem(line, item.column, what, _here(item))
        return tuple(found)

    def names(self, name: str) -> tuple[str, ...]:
        """A property that lists bare words or calls, such as extensions."""
        _, value = self._value(name)
        items = value.items if isinstance(value, Array) else ()
        return tuple(item.name for item in items if isinstance(item, Constant | Call))

    def url(self, name: str) -> Url | None:
        """A property that is a string or `env("NAME")`."""
        line, value = self._value(name)
        match value:
            case None:
                return None
            case Text(value=text):
                return Url(text=text)
            case Call(name="env", arguments=(one,)) if isinstance(one.value, Text):
                return Url(variable=one.value.value)
            case _:
                what = f'{quoted(name)} must be a string or env("NAME")'
                self.problem(line, value.column, what, _here(value))
                return None

    def _value(self, name: str) -> tuple[int, Expression | None]:
        line, found = self.properties.get(name, (0, None))
        return line, found.value if found else None


def _here(value: Expression) -> str:
    return f"It is {describe(value)} here."


def generators(blocks: Iterable[Block], problems: Problems) -> tuple[Generator, ...]:
    """Lower the generator blocks.

    Args:
        blocks: Every block; others are left out.
        problems: Takes what is wrong.

    Returns:
        The generators, in order.
    """
    found = []
    for block in blocks:
        if block.kind is not BlockKind.GENERATOR:
            continue
        reader = _Reader(block, problems)
        provider = reader.properties.get("provider", (0, None))[1]
        found.append(
            Generator(
                name=block.name,
                span=Span(block.file, block.line, block.column),
                provider=provider.value.value
                if provider and isinstance(provider.value, Text)
                else None,
                preview_features=reader.texts("previewFeatures"),
                properties=tuple((one.name, one.written) for _, one in block.properties),
                documentation=block.documentation,
            )
        )
    return tuple(found)


def datasource(blocks: Iterable[Block], problems: Problems) -> Datasource | None:
    """Lower the datasource block.

    Args:
        blocks: Every block; others are left out.
        problems: Takes what is wrong, a second datasource too.

    Returns:
        The datasource; None where there is none, or no provider in it.
    """
    found = [block for block in blocks if block.kind is BlockKind.DATASOURCE]
    for block in found[1:]:
        reader = _Reader(block, problems)
        reader.problem(
            block.line, block.column, "there is more than one datasource", "Keep one datasource."
        )
    return _datasource(found[0], problems) if found else None


def _datasource(block: Block, problems: Problems) -> Datasource | None:
    reader = _Reader(block, problems)
    for name, (line, one) in reader.properties.items():
        if name not in _PROPERTIES:
            meant = nearest(name, _PROPERTIES)
            hint = f"Did you mean {meant}?" if meant else f"Known: {', '.join(_PROPERTIES)}."
            reader.problem(line, one.column, f"unknown property {quoted(name)}", hint)
    provider = reader.text("provider")
    if provider is None:
        if "provider" not in reader.properties:
            hint = 'Write provider = "postgresql".'
            reader.problem(block.line, block.column, "the datasource has no provider", hint)
        return None
    if provider not in _PROVIDERS:
        line, one = reader.properties["provider"]
        meant = nearest(provider, _PROVIDERS)
        hint = f'Write "{meant}".' if meant else f"Known: {', '.join(sorted(_PROVIDERS))}."
        column = one.value.column if one.value else one.column
        reader.problem(line, column, f"unknown provider {quoted(provider)}", hint)
    return Datasource(
        name=block.name,
        provider=provider,
        span=Span(block.file, block.line, block.column),
        url=reader.url("url"),
        direct_url=reader.url("directUrl"),
        shadow_database_url=reader.url("shadowDatabaseUrl"),
        relation_mode=_relation_mode(reader, provider),
        namespaces=_namespaces(reader),
        extensions=reader.names("extensions"),
        documentation=block.documentation,
    )


def _namespaces(reader: _Reader) -> tuple[str, ...]:
    found = reader.texts("schemas")
    if len(set(found)) < len(found):
        line, one = reader.properties["schemas"]
        reader.problem(line, one.column, '"schemas" names one twice', "Remove one.")
    return found


def _relation_mode(reader: _Reader, provider: str) -> RelationMode:
    """Read `relationMode`, or `referentialIntegrity` as it was called before Prisma 4.5."""
    fallback = RelationMode.PRISMA if provider == "mongodb" else RelationMode.FOREIGN_KEYS
    given = [name for name in ("relationMode", "referentialIntegrity") if name in reader.properties]
    if not given:
        return fallback
    line, one = reader.properties[given[-1]]
    if len(given) > 1:
        what = '"relationMode" and "referentialIntegrity" are the same'
        reader.problem(line, one.column, what, "Keep relationMode.")
    word = reader.text(given[0])
    if word in {mode.value for mode in RelationMode}:
        return RelationMode(word)
    if word is not None:
        hint = 'Write "foreignKeys" or "prisma".'
        reader.problem(line, one.column, f"unknown relation mode {quoted(word)}", hint)
    return fallback
