"""`snapkit order`: what is restored before what."""

from typing import TYPE_CHECKING, Annotated

import typer

from snapkit.cli._command import Outcome, Panel, Run, command
from snapkit.cli._graphs import gather_graph
from snapkit.cli._options import Dbname, SchemaPath
from snapkit.core.text import counted

if TYPE_CHECKING:
    from snapkit.core.graph import Stage
    from snapkit.report.graph import TableGraph

_Reverse = Annotated[bool, typer.Option("--reverse", help="Cleanup order: children first.")]


@command(Panel.SCHEMA, example="snapkit order --reverse")
def order(
    run: Run, *, schema: SchemaPath = None, dbname: Dbname = None, reverse: _Reverse = False
) -> Outcome:
    """Show the order in which tables are restored, or cleaned: parents first, cycles named."""
    graph = gather_graph(run, schema, dbname)
    stages = graph.stages[::-1] if reverse else graph.stages
    _tell(run, graph, stages, reverse=reverse)
    return Outcome({"stages": [_document(graph, stage) for stage in stages]})


def _document(graph: "TableGraph", stage: "Stage") -> dict[str, object]:
    return {
        "level": stage.level,
        "is_cycle": stage.is_cycle,
        "tables": [
            {
                "namespace": name.namespace,
                "name": name.name,
                "model": graph.by_table[name].model,
                "references_itself": name in graph.self_references,
            }
            for name in stage.tables
        ],
    }


def _tell(run: Run, graph: "TableGraph", stages: "tuple[Stage, ...]", *, reverse: bool) -> None:
    levels: dict[int, list[Stage]] = {}
    for stage in stages:
        levels.setdefault(stage.level, []).append(stage)
    cycles = sum(stage.is_cycle for stage in stages)
    facts = [counted(len(graph.nodes), "table"), counted(len(levels), "level")]
    facts += [counted(cycles, "cycle")] if cycles else []
    own = len(graph.self_references)
    facts += [f"{own:,} referencing {'itself' if own == 1 else 'themselves'} (*)"] if own else []
    order_name = "Cleanup order, children first" if reverse else "Restore order, parents first"
    run.people.say(f"{order_name}: {', '.join(facts)}")
    digits = len(str(max(levels, default=0)))
    for level, members in levels.items():
        single = [stage for stage in members if not stage.is_cycle]
        prefix = f"{level:>{digits}}  "
        if single:
            run.people.say(", ".join(_names(graph, stage) for stage in single), prefix)
            prefix = " " * len(prefix)
        for stage in members:
            if stage.is_cycle:
                words = f"cycle of {len(stage.tables)}: "
                run.people.say(_names(graph, stage), prefix + words, "bold")
                prefix = " " * (digits + 2)


def _names(graph: "TableGraph", stage: "Stage") -> str:
    return ", ".join(
        f"{name}*" if name in graph.self_references else str(name) for name in stage.tables
    )
