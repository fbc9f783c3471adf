"""`snapkit models`: what the schema says, model by model."""

from typing import TYPE_CHECKING

from snapkit.cli._command import Outcome, Panel, Run, command
from snapkit.cli._options import SchemaPath
from snapkit.cli._sources import require_schema
from snapkit.core.text import counted

if TYPE_CHECKING:
    from snapkit.cli._tables import Section
    from snapkit.core.schema import Group, Model, Schema


@command(Panel.SCHEMA, example="snapkit models --schema prisma/schema.prisma")
def models(run: Run, *, schema: SchemaPath = None) -> Outcome:
    """List the models of a Prisma schema: table, fields and relations, by group."""
    found = require_schema(run, schema)
    document = {}
    if run.as_json:
        from snapkit.prisma import to_dmmf, to_mapping  # noqa: PLC0415 -- the parser

        mapping = to_mapping(found)
        document = {
            "datamodel": to_dmmf(found),
            "mapping": mapping,
            "groups": mapping["groups"],
        }
    _tell(run, found)
    return Outcome(document)


def _tell(run: Run, schema: "Schema") -> None:
    if run.quiet:
        return
    from snapkit.cli._tables import Column  # noqa: PLC0415 -- rich

    views = sum(1 for model in schema.models if model.kind == "view")
    parts = [
        counted(len(schema.models) - views, "model"),
        counted(len(schema.groups), "group"),
        counted(len(schema.enums), "enum"),
        counted(len(schema.join_tables), "join table"),
        counted(views, "view"),
    ]
    run.people.say(", ".join(part for part in parts if not part.startswith("0 ")))
    run.people.table(
        (
            Column(title="model", fold=True),
            Column(title="table", fold=True),
            Column(title="fields", right=True),
            Column(title="relations", right=True),
        ),
        [_section(schema, group) for group in schema.groups],
        (
            counted(len(schema.models), "model"),
            counted(len(schema.models) + len(schema.join_tables), "table"),
            f"{sum(len(model.fields) for model in schema.models):,}",
            f"{sum(len(model.relations) for model in schema.models):,}",
        ),
    )


def _section(schema: "Schema", group: "Group") -> "Section":
    from snapkit.cli._tables import Section  # noqa: PLC0415 -- rich

    joins = [join for join in schema.join_tables if join.model_a in group.models]
    rows = [_row(schema.by_name[name]) for name in group.models]
    rows += [("", str(join.name), "2", "") for join in joins]
    return Section(heading=f"{group.name} ({len(group.models)})", rows=tuple(rows))


def _row(model: "Model") -> tuple[str, ...]:
    marks = [word for word, is_so in _marks(model) if is_so]
    name = f"{model.name} ({', '.join(marks)})" if marks else model.name
    return name, str(model.table), f"{len(model.fields):,}", f"{len(model.relations):,}"


def _marks(model: "Model") -> tuple[tuple[str, bool], ...]:
    return ("view", model.kind == "view"), ("ignored", model.is_ignored)
