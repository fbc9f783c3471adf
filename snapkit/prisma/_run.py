"""One run of the lowering: the blocks, and what their names stand for."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Final

from snapkit.core.names import TableName
from snapkit.core.schema import Span
from snapkit.prisma._config import datasource
from snapkit.prisma._problems import quoted
from snapkit.prisma._syntax import BlockKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from snapkit.prisma._problems import Problems
    from snapkit.prisma._syntax import Block

SCALARS: Final = frozenset(
    {"String", "Boolean", "Int", "BigInt", "Float", "Decimal", "DateTime", "Json", "Bytes"}
)
_NATIVE_OF: Final = {
    "String": ("Text", "Char", "VarChar", "Bit", "VarBit", "Uuid", "Inet", "Citext", "Xml"),
    "Boolean": ("Boolean",),
    "Int": ("SmallInt", "Integer", "Oid"),
    "BigInt": ("BigInt",),
    "Float": ("DoublePrecision", "Real"),
    "Decimal": ("Decimal", "Money"),
    "DateTime": ("Timestamp", "Timestamptz", "Date", "Time", "Timetz"),
    "Json": ("Json", "JsonB"),
    "Bytes": ("ByteA",),
}
NATIVE_SCALARS: Final = {native: scalar for scalar, known in _NATIVE_OF.items() for native in known}
"""PostgreSQL's native types, and the one type each goes with."""
NATIVE_ARGUMENTS: Final = {
    **dict.fromkeys(("Char", "VarChar", "Bit", "VarBit"), 1),
    **dict.fromkeys(("Timestamp", "Timestamptz", "Time", "Timetz"), 1),
    "Decimal": 2,
}
"""How many whole numbers a native type takes, or none at all; the others take none."""
_DEFAULT_GROUP: Final = "Models"
_GROUP_MARK: Final = "@namespace"
_DECLARED: Final = frozenset({BlockKind.MODEL, BlockKind.VIEW, BlockKind.ENUM, BlockKind.TYPE})
_WITH_NAMESPACES: Final = frozenset({"postgresql", "postgres", "cockroachdb", "sqlserver"})


class Lowering:
    """One run: the blocks, and what their names stand for."""

    def __init__(
        self,
        files: Sequence[tuple[str, str]],
        blocks: Sequence[Block],
        problems: Problems,
        default_namespace: str,
    ) -> None:
        self.files = files
        self.problems = problems
        self.default_namespace = default_namespace
        self.blocks = blocks
        self.source = datasource(blocks, problems)
        self.declared = self._declared()
        self.group_of_file = _file_groups([name for name, _ in files])

    @property
    def provider(self) -> str:
        """The datasource's provider."""
        return self.source.provider if self.source else "postgresql"

    @property
    def is_postgres(self) -> bool:
        """Whether the datasource is PostgreSQL."""
        return self.source is not None and self.source.is_postgres

    def of_kind(self, *kinds: BlockKind) -> list[Block]:
        """The declared blocks of some kinds, in order."""
        return [block for block in self.declared.values() if block.kind in kinds]

    def database_name(self, namespace: str | None, name: str) -> TableName:
        """A name in its namespace, or in the default one; either may be empty, as in Prisma."""
        return TableName(self.default_namespace if namespace is None else namespace, name)

    def problem(self, block: Block, line: int, column: int, what: str, hint: str) -> None:
        """Record a problem in a block."""
        owner = f"{block.kind} {block.name}"
        self.problems.add(what, Span(block.file, line, column), hint, owner)

    def _declared(self) -> dict[str, Block]:
        """Every model, view, enum and type under its name; each name means one of them."""
        found: dict[str, Block] = {}
        generators_seen: set[str] = set()
        for block in self.blocks:
            _check_name(self, block)
            if block.kind is BlockKind.GENERATOR:
                if block.name in generators_seen:
                    what = f"generator {quoted(block.name)} is declared twice"
                    self.problem(block, block.line, block.column, what, "Rename one.")
                generators_seen.add(block.name)
            if block.kind not in _DECLARED:
                continue
            first = found.setdefault(block.name, block)
            if first is not block:
                what = f"{quoted(block.name)} is declared twice"
                hint = f"Rename one; the other is at {first.file}:{first.line}:{first.column}."
                self.problem(block, block.line, block.column, what, hint)
            elif block.name in SCALARS:
                what = f"{quoted(block.name)} is the name of a built-in type"
                self.problem(block, block.line, block.column, what, "Choose another name.")
        return found


def _check_name(run: Lowering, block: Block) -> None:
    fault = name_fault(block.name)
    if fault and block.kind in _DECLARED:
        what = f"{block.kind} {quoted(block.name)} {fault}"
        run.problem(block, block.line, block.column, what, "Use letters, digits and _.")


def name_fault(name: str) -> str | None:
    """Say what Prisma has against a name, if anything."""
    if name[0].isdigit():
        return "starts with a digit"
    return 'has a "-" in its name' if "-" in name else None


def _file_groups(files: Sequence[str]) -> dict[str, str]:
    """A group for each file: its path without what all share and without `.prisma`."""
    if len(files) <= 1:
        return dict.fromkeys(files, _DEFAULT_GROUP)
    folders = {posixpath.dirname(name.replace("\\", "/")) for name in files}
    common = posixpath.commonpath(folders) if all(folders) and len(folders) > 1 else ""
    common = common if len(folders) > 1 else next(iter(folders))
    return {
        name: name.replace("\\", "/").removeprefix(common).lstrip("/").removesuffix(".prisma")
        or _DEFAULT_GROUP
        for name in files
    }


def group_of(run: Lowering, block: Block, namespace: str | None) -> str:
    """A model's group: `/// @namespace X` above it, else its namespace, else its file."""
    for line in (block.documentation or "").split("\n"):
        mark, _, name = line.partition(" ")
        if mark == _GROUP_MARK and name.strip():
            return name.strip()
    return namespace or run.group_of_file.get(block.file, _DEFAULT_GROUP)


def check_namespace(run: Lowering, block: Block, namespace: str | None) -> None:
    """Where the datasource lists namespaces, every model and enum names one of them."""
    source = run.source
    if source is None or (namespace is None and not source.namespaces):
        return
    if namespace is None:
        if source.provider in _WITH_NAMESPACES:
            what = f"{block.kind} {quoted(block.name)} has no @@schema"
            hint = f'Write @@schema("{source.namespaces[0]}"): the datasource lists schemas.'
            run.problem(block, block.line, block.column, what, hint)
        return
    if namespace not in source.namespaces:
        line, column = next(
            (line, one.column) for line, one in block.attributes if one.name == "schema"
        )
        meant = run.problems.nearest(namespace, source.namespaces)
        hint = f"Write {quoted(meant)}, or add" if meant else "Add"
        what = f"namespace {quoted(namespace)} is not in the datasource"
        run.problem(block, line, column, what, f'{hint} it to "schemas" of the datasource.')
