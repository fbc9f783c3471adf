"""Lending an environment variable to the processes that are started meanwhile."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def lent(name: str, value: str) -> Iterator[None]:
    """Set a variable for the length of a block: how notebooks are told of a database.

    Args:
        name: The variable.
        value: Its value, which may hold a password: it is never written anywhere.
    """
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = before
