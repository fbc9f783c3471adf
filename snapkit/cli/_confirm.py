"""Asking before rows are removed or overwritten: the database's name is typed, or `--yes` given."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from snapkit.cli._text import listed, visible
from snapkit.core.text import counted
from snapkit.errors import PlanError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from snapkit.cli._command import Run
    from snapkit.core.names import TableName
    from snapkit.core.plan import RestorePlan

Yes = Annotated[
    bool,
    typer.Option(
        "--yes",
        "-y",
        help="Remove or overwrite rows without asking. Otherwise the database's name must be "
        "typed, at a terminal.",
    ),
]


def confirmation(run: Run, *, yes: bool) -> Callable[[RestorePlan, str], None] | None:
    """Decide who is asked before a restore removes rows.

    Args:
        run: The command.
        yes: What `--yes` said.

    Returns:
        What to call with a plan that removes rows and the database's name: it raises a PlanError
        where something else is typed, and a UsageError where nobody can be asked. None asks nobody.
    """
    if yes:
        return None

    def ask_for(plan: RestorePlan, database: str) -> None:
        theirs = "its" if len(plan.removed) == 1 else "their"
        tables = counted(len(plan.removed), "table")
        what = f"{tables} of database {visible(database)} would lose {theirs} rows"
        ask(run, what, database, plan.removed)

    return ask_for


def ask(run: Run, what: str, database: str, tables: tuple[TableName, ...]) -> None:
    """Have the database's name typed.

    Args:
        run: The command.
        what: What would happen, for people.
        database: Its name.
        tables: Those whose rows are in danger.

    Raises:
        PlanError: Something else was typed.
        UsageError: Nobody can be asked.
    """
    if run.as_json or not _is_at_terminal():
        raise UsageError(
            f"{what}, and nobody can be asked: {listed(tuple(map(str, tables)), 3)}",
            f"database {database}",
            "Nothing was touched. Pass --yes, or run it at a terminal"
            + (" without --json." if run.as_json else "."),
        )
    typed = _read(f"{what}. Type the database's name to go on: ")
    if database not in {typed, typed.strip()}:
        raise PlanError(
            f"{typed.strip()!r} is not the database's name" if typed.strip() else "no name typed",
            f"database {database}",
            "Nothing was touched.",
        )


def _is_at_terminal() -> bool:
    """Whether someone can read the question and answer it."""
    return all(
        stream is not None and not stream.closed and stream.isatty()
        for stream in (sys.stdin, sys.stderr)
    )


def _read(question: str) -> str:
    """Ask on standard error: standard output may be a file. The end of the input is no name."""
    sys.stderr.write(question)
    sys.stderr.flush()
    answer = sys.stdin.readline()
    if not answer.endswith("\n"):
        sys.stderr.write("\n")
    return answer.removesuffix("\n")
