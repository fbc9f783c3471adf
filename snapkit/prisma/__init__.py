"""Prisma schemas: text in, values out.

A lexer and a recursive-descent parser after Prisma's own grammar; positions run through to every
value. The judge is Prisma's engine: `to_dmmf` equals its DMMF.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from snapkit.prisma._dmmf import to_dmmf
from snapkit.prisma._lower import lower
from snapkit.prisma._mapping import to_mapping
from snapkit.prisma._parser import parse_file
from snapkit.prisma._problems import Problems

if TYPE_CHECKING:
    from collections.abc import Sequence

    from snapkit.core.schema import Schema

__all__ = ["parse", "to_dmmf", "to_mapping"]


def parse(files: Sequence[tuple[str, str]], *, default_namespace: str = "public") -> Schema:
    r"""Parse a Prisma schema.

    The same files give the same value again, without parsing: the last eight schemas are kept.

    Args:
        files: Path and text of each file, in the order that Prisma would read them. Paths are only
            for messages, spans and groups.
        default_namespace: The namespace of models without `@@schema`, such as `?schema=` names.

    Returns:
        The schema: models, tables, relations and keys, with where each stands.

    Raises:
        SchemaError: The text is no valid schema; `report` holds every problem found.

    Example:
        >>> schema = snapkit.parse([("schema.prisma", "model User {\n  id Int @id\n}\n")])
        >>> print(schema.models[0].table)
        User

    Source: Prisma documentation, Prisma schema reference; prisma-engines, datamodel.pest.
    """
    return _parse(tuple((path, text) for path, text in files), default_namespace)


@lru_cache(maxsize=8)
def _parse(files: tuple[tuple[str, str], ...], default_namespace: str) -> Schema:
    problems = Problems()
    blocks = [block for path, text in files for block in parse_file(path, text, problems)]
    schema = lower(files, blocks, problems, default_namespace)
    problems.raise_if_any(files)
    return schema
