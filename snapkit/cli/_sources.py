"""Where a command's input comes from: the database, the schema, the store, the snapshot.

The environment and `./.env` are read here and nowhere else on the command line.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from snapkit.cli._people import People
from snapkit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from snapkit.cli._command import Run
    from snapkit.core.schema import Schema
    from snapkit.pg.target import Target
    from snapkit.store import Snapshot, Store

_DOTENV = Path(".env")
_NAMES_A_DATABASE = ("DATABASE_URL", "PGDATABASE", "PGHOST", "PGHOSTADDR", "PGSERVICE")


def find_target(run: Run, dbname: str | None) -> Target:
    """Decide which database is meant, and remember its secrets.

    Args:
        run: Learns what must never be shown.
        dbname: What `-d` was given.

    Returns:
        The target; nothing was connected to.

    Raises:
        UsageError: The text, or `.env`, cannot be read.
    """
    from snapkit.pg.target import parse_target  # noqa: PLC0415 -- psycopg

    variables = {} if dbname is not None else _dotenv()
    run.secrets += [os.environ[name] for name in ("PGPASSWORD",) if os.environ.get(name)]
    target = parse_target(dbname, os.environ, variables)
    run.secrets += target.secrets
    return target


def names_a_database() -> bool:
    """Whether the environment or `./.env` says which database is meant, without `-d`."""
    return any(os.environ.get(name) for name in _NAMES_A_DATABASE) or bool(
        _dotenv().get("DATABASE_URL")
    )


def _dotenv() -> Mapping[str, str | None]:
    if not _DOTENV.is_file():
        return {}
    from dotenv import dotenv_values  # noqa: PLC0415 -- seldom

    try:
        return dotenv_values(_DOTENV)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise UsageError(
            f"the file .env cannot be read: {reason}",
            str(_DOTENV.absolute()),
            "Mend it, or name the database with -d.",
        ) from None  # a UnicodeDecodeError holds the whole file


def find_schema(
    run: Run, path: Path | None, target: Target | None = None, *, wanted: bool = True
) -> Schema | None:
    """Find and parse the Prisma schema; say which one where there are several.

    Args:
        run: Where it is said.
        path: What `--schema` was given; None looks in the usual places.
        target: The database it is of, where there is one.
        wanted: False for `--no-schema`.

    Returns:
        The schema; None where none was named and none is there.

    Raises:
        UsageError: There is no such file, it is not of a PostgreSQL database, or it was named and
            not wanted.
        SchemaError: The text is no valid schema.
        StorageError: It cannot be read.
    """
    if not wanted:
        if path is None:
            return None
        raise UsageError(
            "--schema and --no-schema exclude each other", str(path), "Leave one of them out."
        )
    from snapkit.workflows.schema_files import find_schema as find  # noqa: PLC0415 -- the parser
    from snapkit.workflows.schema_files import (  # noqa: PLC0415 -- the parser
        read_schema,
        require_postgres,
    )

    source = find(path, Path.cwd())
    if source is None:
        return None
    if source.passed_over:
        others = " and ".join(map(_shown, source.passed_over))
        text = f"The schema is {_shown(source.path)}, not {others}; --schema names another."
        People(run.err, quiet=run.quiet).say(text)
    namespace = target.namespace if target else "public"
    schema = read_schema(source, default_namespace=namespace)
    if target is not None:
        require_postgres(schema)
    return schema


def _shown(path: Path) -> str:
    """A usual place, relative to the folder it was looked for in."""
    return path.relative_to(Path.cwd()).as_posix() + ("/" if path.is_dir() else "")


def require_schema(run: Run, path: Path | None) -> Schema:
    """Find and parse the Prisma schema, which must be there.

    Args:
        run: Where it is said which one it is, where there are several.
        path: What `--schema` was given.

    Returns:
        The schema.

    Raises:
        UsageError: There is none.
        SchemaError: The text is no valid schema.
        StorageError: It cannot be read.
    """
    schema = find_schema(run, path)
    if schema is None:
        raise UsageError(
            "no Prisma schema is here",
            str(Path.cwd()),
            "Name one with --schema, or go to the folder that holds prisma/schema.prisma.",
        )
    return schema


def open_store(path: Path) -> Store:
    """The store in a folder, which need not exist yet."""
    from snapkit.store import Store  # noqa: PLC0415 -- zstandard

    return Store(path)


def open_snapshot(store: Path, name: str) -> Snapshot:
    """Open one snapshot of a store.

    Args:
        store: The store's folder.
        name: What the command line named.

    Returns:
        The snapshot; its manifest is read and proven.

    Raises:
        NoSnapshotError: There is none of this name.
        ManifestError: Its manifest is damaged or of another format.
    """
    return open_store(store).open(name)
