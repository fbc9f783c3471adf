"""The graph of a schema, of a database, or of both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snapkit.cli._sources import find_schema, find_target, names_a_database, require_schema

if TYPE_CHECKING:
    from pathlib import Path

    from snapkit.cli._command import Run
    from snapkit.core.schema import Schema
    from snapkit.pg.target import Target
    from snapkit.report.graph import TableGraph


def gather_graph(run: Run, schema: Path | None, dbname: str | None) -> TableGraph:
    """Gather the graph from what was named, else from the schema that is here.

    Args:
        run: Learns the target's secrets.
        schema: What `--schema` was given.
        dbname: What `-d` was given. Both together give the database's tables and the schema's
            models; neither, with no schema here, takes the database of the environment.

    Returns:
        The graph.

    Raises:
        UsageError: Neither a schema nor a database is to be found.
        SchemaError: The schema is not valid.
        ConnectError: The database cannot be reached.
        DatabaseError: The catalog cannot be read.
    """
    from snapkit.report.graph import table_graph  # noqa: PLC0415 -- rustworkx

    if dbname is not None:
        target = find_target(run, dbname)
        parsed = None if schema is None else find_schema(run, schema, target)
        return _of_database(target, parsed)
    parsed = find_schema(run, schema)
    if parsed is None and names_a_database():
        return _of_database(find_target(run, None), None)
    return table_graph(require_schema(run, schema) if parsed is None else parsed)


def _of_database(target: Target, schema: Schema | None) -> TableGraph:
    from snapkit.report.graph import table_graph  # noqa: PLC0415 -- rustworkx
    from snapkit.workflows.coverage import live_catalog  # noqa: PLC0415 -- psycopg

    return table_graph(schema, live_catalog(target))
