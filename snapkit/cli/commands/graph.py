"""`snapkit graph`: the dependency graph as a picture, or as DOT."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from snapkit.cli._command import Outcome, Panel, Run, command
from snapkit.cli._graphs import gather_graph
from snapkit.cli._options import Dbname, SchemaPath
from snapkit.core.text import counted
from snapkit.errors import UsageError

if TYPE_CHECKING:
    from snapkit.report.graph import Selection, TableGraph

_File = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        show_default="DOT on standard output",
        help="A file that ends in .svg, .mmd (Mermaid) or .dot; in .png or .pdf, which need "
        "Graphviz's dot.",
    ),
]


class _View(StrEnum):
    """The values of --view; report.graph has them too, but importing it costs rustworkx."""

    STAGES = "stages"
    OVERVIEW = "overview"
    GROUPS = "groups"


_ViewOption = Annotated[
    _View,
    typer.Option(
        "--view",
        help="stages: in the order of loading. overview: names only, by group. groups: a box per "
        "group.",
    ),
]
_Focus = Annotated[
    str,
    typer.Option("--focus", metavar="MODEL", help="Only this model or table and what is near it."),
]
_Depth = Annotated[
    int | None,
    typer.Option(
        "--depth",
        min=0,
        metavar="N",
        show_default="1",
        help="How far from --focus, in foreign keys.",
    ),
]
_Group = Annotated[
    str, typer.Option("--group", metavar="G", help="Only this group and its direct neighbours.")
]


@command(Panel.SCHEMA, example="snapkit graph -o order.svg --focus Order --depth 2")
def graph(
    run: Run,
    *,
    schema: SchemaPath = None,
    dbname: Dbname = None,
    output: _File = None,
    view: _ViewOption = _View.STAGES,
    focus: _Focus = "",
    depth: _Depth = None,
    group: _Group = "",
) -> Outcome:
    """Draw what depends on what: by stage, by group or on one sheet; cycles marked."""
    from snapkit.report.mermaid import too_large  # noqa: PLC0415 -- rustworkx
    from snapkit.report.views import draw  # noqa: PLC0415 -- rustworkx

    if depth is not None and not focus:
        raise UsageError("--depth needs --focus", "--depth", "Say around which model or table.")
    whole = gather_graph(run, schema, dbname)
    drawn = draw(whole, view=view, focus=focus, depth=1 if depth is None else depth, group=group)
    selection = drawn.selection
    document = _document(whole, selection) | {
        "file": None if output is None else str(output),
        "view": view,
    }
    if output is not None:
        drawn.save(output)
        count = counted(len(selection.tables), "table")
        run.people.say(f"{output}: {count}, {counted(_cycles(whole, selection), 'cycle')}")
        if output.suffix.lower() == ".mmd" and (warning := too_large(drawn.mermaid)):
            run.people.say(warning, style="yellow")
    elif run.as_json:
        document["dot"] = drawn.dot
    else:
        run.out.write(drawn.dot)  # it is what was asked for, --quiet or not
    return Outcome(document)


def _document(whole: "TableGraph", selection: "Selection") -> dict[str, object]:
    keys = [
        key
        for key in whole.foreign_keys
        if key.child in selection.tables and key.parent in selection.tables
    ]
    return {
        "tables": [
            {
                "namespace": node.table.namespace,
                "name": node.table.name,
                "model": node.model,
                "group": node.group,
                "level": whole.level_of[node.table],
                "cycle": whole.cycle_of.get(node.table),
            }
            for node in whole.nodes
            if node.table in selection.tables
        ],
        "foreign_keys": [
            {
                "name": key.name,
                "child": {"namespace": key.child.namespace, "name": key.child.name},
                "parent": {"namespace": key.parent.namespace, "name": key.parent.name},
                "columns": key.columns,
                "enforced": key.enforced,
            }
            for key in keys
        ],
    }


def _cycles(whole: "TableGraph", selection: "Selection") -> int:
    return len({whole.cycle_of[name] for name in selection.tables if name in whole.cycle_of})
