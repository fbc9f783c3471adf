"""Finding and reading the files of a Prisma schema.

Source: Prisma documentation, Schema location; DESIGN.md, section 6.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from snapkit.errors import SchemaError, UsageError
from snapkit.workflows.prisma_config import UnreadableError, schema_setting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from snapkit.core.schema import Schema

_PLACES: Final = ("prisma/schema.prisma", "prisma/schema", "schema.prisma")
_CONFIGS: Final = tuple(
    f"{folder}prisma{config}.{suffix}"
    for folder, config in (("", ".config"), (".config/", ""))
    for suffix in ("ts", "mts", "cts", "js", "mjs", "cjs")
)
_LARGEST: Final = 64 * 2**20  # of one file [bytes]; the largest known schema has 250 kB


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaSource:
    """Where a schema is: a file, or a folder of `.prisma` files. `named_by` says what named it.

    `passed_over` are the other usual places where one is, too.
    """

    path: Path
    named_by: str
    passed_over: tuple[Path, ...] = ()


def find_schema(path: Path | None, cwd: Path) -> SchemaSource | None:
    """Find a Prisma schema: where the user says, else where Prisma would look.

    Args:
        path: What the user named, relative to `cwd`; None looks in `prisma.config.ts` (and its
            like), `package.json`, `prisma/schema.prisma`, `prisma/schema/` and `schema.prisma`.
        cwd: The folder to look in.

    Returns:
        Where it is; None where the user named none and none is there.

    Raises:
        UsageError: The user, or a configuration, names a place where no schema is; or what a
            `prisma.config.ts` says of it is not read.
        SchemaError: A configuration cannot be read, or is not UTF-8.

    Example:
        >>> source = snapkit.find_schema(None, folder)
        >>> source.path.name, source.named_by
        ('schema.prisma', "Prisma's default")

    Source: Prisma documentation, Schema location.
    """
    if path is not None:
        return _named(cwd / path, "--schema")
    for name in _CONFIGS:
        setting = _from_config(cwd / name, cwd)
        if setting is not None:
            return _named(Path(setting), name)
    setting = _from_package(cwd / "package.json")
    if setting is not None:
        return _named(cwd / setting, "package.json")
    found = [cwd / place for place in _PLACES if _is_schema(cwd / place)]
    if not found:
        return None
    return SchemaSource(path=found[0], named_by="Prisma's default", passed_over=tuple(found[1:]))


def _is_schema(path: Path) -> bool:
    return path.is_file() or (path.is_dir() and any(path.rglob("*.prisma")))


def _named(path: Path, named_by: str) -> SchemaSource:
    if path.is_dir():
        if not any(path.rglob("*.prisma")):
            raise UsageError(
                f"no .prisma file is in the folder that {named_by} names",
                str(path),
                "Name a .prisma file, or a folder that holds some.",
            )
    elif not path.exists():
        raise UsageError(
            f"{named_by} names a schema that does not exist",
            str(path),
            "Name a .prisma file, or a folder that holds some.",
        )
    return SchemaSource(path=path, named_by=named_by)


def _from_config(path: Path, cwd: Path) -> str | None:
    """The schema's path in a `prisma.config.ts`, absolute."""
    if not path.is_file():
        return None
    try:
        return schema_setting(_read_text(path), str(path.absolute()), str(cwd.absolute()))
    except UnreadableError as error:
        raise UsageError(
            f"the schema's path in {path.name} is more than snapkit reads of JavaScript",
            f"{path}:{error.line}",
            "Name the schema with --schema.",
        ) from error


def _from_package(path: Path) -> str | None:
    """The schema's path in a `package.json`: `prisma.schema`."""
    if not path.is_file():
        return None
    try:
        settings = json.loads(_read_text(path))
    except (json.JSONDecodeError, RecursionError):
        return None  # npm's affair; it names no schema
    prisma = settings.get("prisma") if isinstance(settings, dict) else None
    schema = prisma.get("schema") if isinstance(prisma, dict) else None
    return schema if isinstance(schema, str) and schema else None


def read_schema(source: SchemaSource | Path, *, default_namespace: str = "public") -> Schema:
    """Read and parse a Prisma schema.

    Args:
        source: A file, or a folder whose `.prisma` files are taken together, folders within it too,
            in the order of their paths.
        default_namespace: The namespace of models without `@@schema`.

    Returns:
        The schema. Its files are named relative to the folder, a single file by its name.

    Raises:
        SchemaError: The text is no valid schema, or a file cannot be read.

    Example:
        >>> schema = snapkit.read_schema(folder / "prisma" / "schema.prisma")
        >>> [model.name for model in schema.models]
        ['User', 'Order']

    Source: Prisma documentation, Multi-file schemas.
    """
    from snapkit.prisma import parse  # noqa: PLC0415 -- 30 ms, which no schema need not pay

    return parse(read_files(source), default_namespace=default_namespace)


def require_postgres(schema: Schema) -> None:
    """Refuse a schema that is of another kind of database.

    Args:
        schema: Of a database that is about to be read.

    Raises:
        UsageError: Its datasource names another provider.
    """
    if not schema.is_postgres and schema.datasource is not None:
        raise UsageError(
            f"{schema.datasource.provider} is not supported: snapkit backs up PostgreSQL",
            str(schema.datasource.span),
            "Name the schema of this PostgreSQL database with --schema, or pass --no-schema.",
        )


def read_files(source: SchemaSource | Path) -> tuple[tuple[str, str], ...]:
    """Read the files of a Prisma schema.

    Args:
        source: A file, or a folder.

    Returns:
        Path and text of each file, in the order of the paths; a byte order mark is dropped.

    Raises:
        SchemaError: A file cannot be read, or is not UTF-8.
    """
    path = source.path if isinstance(source, SchemaSource) else source
    if not path.is_dir():
        return ((path.name, _read_text(path)),)
    files = _prisma_files(path)
    if not files:
        raise SchemaError(
            "no .prisma file is in the folder",
            str(path),
            "Name a .prisma file, or a folder that holds some.",
        )
    return tuple((file.relative_to(path).as_posix(), _read_text(file)) for file in files)


def _prisma_files(folder: Path) -> Sequence[Path]:
    found = (file for file in folder.rglob("*.prisma") if file.is_file())
    return sorted(found, key=lambda file: file.relative_to(folder).as_posix())


def _read_text(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST:
            raise SchemaError(
                f"the file is larger than {_LARGEST // 2**20} MiB",
                str(path),
                "Name a Prisma schema.",
            )
        data = path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise SchemaError(
            f"the file cannot be read: {reason}", str(path), "Check the path and its permissions."
        ) from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        raise SchemaError(
            "the file is not UTF-8 text",
            f"{path}:{line}:{column}",
            "Save it as UTF-8; Prisma reads nothing else.",
        ) from error
