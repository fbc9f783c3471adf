"""The names that Prisma's migrations give to constraints and indexes, cut as Prisma cuts them.

Source: prisma-engines, parser-database and psl-core, constraint names; checked against its SQL.
"""

from __future__ import annotations

from typing import Final

_LIMITS: Final = {"mysql": 64, "sqlite": 10_000, "sqlserver": 128, "mongodb": 127}  # [bytes]
POSTGRES_LIMIT: Final = 63  # [bytes]


def limit_of(provider: str) -> int:
    """How long a provider's identifiers may be [bytes]."""
    return _LIMITS.get(provider, POSTGRES_LIMIT)


def cut(name: str, limit: int) -> str:
    """The longest start of a name that fits into `limit` bytes of UTF-8."""
    if name.isascii():
        return name[:limit]
    return name.encode("utf-8", "ignore")[:limit].decode("utf-8", "ignore")


def default_name(table: str, columns: tuple[str, ...], suffix: str, limit: int) -> str:
    """The name of a constraint or index that no `map` names.

    Args:
        table: The table, without its namespace.
        columns: Its columns; none for a primary key.
        suffix: `_pkey`, `_key`, `_idx` or `_fkey`.
        limit: The longest name [bytes].

    Returns:
        Table and columns joined by underscores and cut, with the suffix.
    """
    joined = "_".join((table, *columns))
    return cut(joined, limit - len(suffix)) + suffix
