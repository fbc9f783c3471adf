"""Enums: their values, and the types they stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snapkit.core.schema import Enum, EnumValue, Span
from snapkit.prisma._arguments import Arguments, Complaint
from snapkit.prisma._facts import NAMES, name_argument, unknown_attribute
from snapkit.prisma._problems import quoted
from snapkit.prisma._run import check_namespace, name_fault

if TYPE_CHECKING:
    from snapkit.prisma._run import Lowering
    from snapkit.prisma._syntax import Attribute, Block


def lower_enum(run: Lowering, block: Block) -> Enum:
    """Lower one enum.

    Args:
        run: Takes what is wrong.
        block: Its block.

    Returns:
        The enum, its values in order.
    """
    once: dict[str, str | None] = {}
    complaints: list[tuple[int, Complaint]] = []
    for line, attribute in block.attributes:
        if attribute.name in once:
            what = f"{attribute.written} is given twice"
            complaints.append((line, Complaint(what, attribute.column, "Remove one.")))
        once[attribute.name] = _named(line, attribute, ("map", "schema"), complaints)
    values: dict[str, EnumValue] = {}
    for line, node, documentation in block.values:
        mapped = None
        for attribute in node.attributes:
            named = _named(line, attribute, ("map",), complaints)
            mapped = mapped if named is None else named
        span = Span(block.file, line, node.column)
        value = EnumValue(name=node.name, span=span, map=mapped, documentation=documentation)
        fault = name_fault(node.name)
        if fault:
            what = f"value {quoted(node.name)} {fault}"
            complaints.append((line, Complaint(what, node.column, "Use letters, digits and _.")))
        if values.setdefault(node.name, value) is not value:
            what = f"value {quoted(node.name)} is declared twice"
            complaints.append((line, Complaint(what, node.column, "Remove one.")))
    if not block.values and block.is_whole:
        what = f"enum {quoted(block.name)} has no values"
        complaints.append((block.line, Complaint(what, block.column, "Write at least one value.")))
    for line, complaint in complaints:
        run.problem(block, line, complaint.column, complaint.what, complaint.hint)
    namespace = once.get("schema")
    check_namespace(run, block, namespace)
    mapped = once.get("map")
    return Enum(
        name=block.name,
        database_name=run.database_name(namespace, block.name if mapped is None else mapped),
        values=tuple(values.values()),
        span=Span(block.file, block.line, block.column),
        map=mapped,
        namespace=namespace,
        documentation=block.documentation,
    )


def _named(
    line: int,
    attribute: Attribute,
    known: tuple[str, ...],
    complaints: list[tuple[int, Complaint]],
) -> str | None:
    """Read an attribute that takes a name, such as `@@map("x")`."""
    found: list[Complaint] = []
    name = None
    if attribute.name in known:
        arguments = Arguments(attribute.written, attribute.arguments, attribute.column, found)
        name = name_argument(arguments, NAMES[attribute.name])
        arguments.finish()
    else:
        found.append(unknown_attribute(attribute, known))
    complaints.extend((line, complaint) for complaint in found)
    return name
