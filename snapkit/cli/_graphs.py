"""The graph of a schema, of a database, or of both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snapkit.cli._sources import find_schema, find_target, names_a_database, require_schema

if TYPE_CHECKING:
    from pathlib import Path

    from snapkit.cli._command import Run
    from snapkit.core.catalog import Catalog
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
        return table_graph(parsed, live_catalog(target))
    parsed = find_schema(run, schema)
    if parsed is None and names_a_database():
        return table_graph(None, live_catalog(find_target(run, None)))
    return table_graph(require_schema(run, schema) if parsed is None else parsed)


def live_catalog(target: Target) -> Catalog:
    """Read the catalog of a database, in one transaction that changes nothing.

    Args:
        target: The database.

    Returns:
        Its catalog; where the role may not read a sequence, that stands at its start.

    Raises:
        ConnectError: The database cannot be reached.
        DatabaseError: The catalog cannot be read.
    """
    from snapkit.pg.catalog import read_catalog  # noqa: PLC0415 -- psycopg
    from snapkit.pg.session import connect  # noqa: PLC0415 -- psycopg

    with (
        connect(target) as session,
        session.transaction(isolation="REPEATABLE READ", read_only=True),
    ):
        return read_catalog(session, needs_positions=False)
