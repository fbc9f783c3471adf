"""The command line: arguments in, exit code out.

`main` is the console script. Everything else is imported inside it, so that a signal during the
imports is answered as at any other time.
"""

from __future__ import annotations

import atexit
import gc
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from snapkit.cli._signals import Signals

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: The command line without the program's name; None takes the process's own.

    Returns:
        The exit code, as in DESIGN.md, section 6; 130 after Ctrl-C, 143 after SIGTERM, 129 at the
        end of the terminal, 141 where the reader of the output went away.
    """
    atexit.register(gc.freeze)  # at the end Python would look for garbage in all there is: 40 ms
    given = tuple(sys.argv[1:] if arguments is None else arguments)
    with _patient_collector(), Signals() as signals:
        from snapkit.cli._main import run  # noqa: PLC0415 -- see above

        return run(given, signals)


@contextmanager
def _patient_collector() -> Iterator[None]:
    """Look for garbage seldom: imports and catalogs make objects to keep, 100,000 of them."""
    first, *others = gc.get_threshold()
    gc.set_threshold(max(first, 10_000), *others)
    try:
        yield
    finally:
        gc.set_threshold(first, *others)
