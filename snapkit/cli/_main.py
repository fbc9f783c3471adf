"""The console script: usage errors, early failures, exit codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from snapkit.cli._command import NOTHING_BEGUN, NOTHING_CHANGED, app, fail, start
from snapkit.cli._failure import BROKEN_PIPE, Failure, failure_of
from snapkit.cli.commands import add_commands
from snapkit.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from snapkit.cli._signals import Signals


def _print_version(wanted: bool) -> None:  # noqa: FBT001 -- typer's callbacks are called so
    if wanted:
        from snapkit._version import __version__  # noqa: PLC0415 -- seldom

        typer.echo(f"snapkit {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _snapkit(
    context: typer.Context,
    *,
    version: Annotated[  # noqa: ARG001 -- its callback answers
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version."),
    ] = False,
) -> int | None:
    if context.invoked_subcommand is not None:
        return None
    typer.echo(context.get_help())
    return ExitCode.USAGE


def run(arguments: Sequence[str], signals: Signals) -> int:
    """Run one command line.

    Args:
        arguments: Without the program's name.
        signals: Their handlers; one may have come already.

    Returns:
        The exit code.
    """
    words = arguments[: arguments.index("--")] if "--" in arguments else arguments
    name = next((word for word in words if not word.startswith("-")), "")
    outer = start(
        name, as_json="--json" in words, quiet="--quiet" in words, interrupted=NOTHING_CHANGED
    )
    where = f"snapkit {name}".strip()
    try:
        add_commands(arguments[0] if arguments else "")
        code = app(args=list(arguments), prog_name="snapkit", standalone_mode=False)
        outer.out.write("")
    except typer.TyperException as error:
        return fail(outer, _usage(error, where))
    except SystemExit:  # typer's answer where the reader of the help went away
        outer.out.break_off()
        return BROKEN_PIPE
    except BaseException as error:  # noqa: BLE001 -- what came before the command began
        return fail(outer, failure_of(error, where, NOTHING_BEGUN))
    if signals.unanswered is not None:
        known = "what it found was not told" if signals.has_begun else NOTHING_BEGUN
        return fail(outer, failure_of(signals.unanswered, where, known))
    return code if isinstance(code, int) else ExitCode.DONE


def _usage(error: typer.TyperException, where: str) -> Failure:
    what = error.format_message().rstrip(".")
    context = getattr(error, "ctx", None)  # of the command that click got to
    place = context.command_path if context is not None else "snapkit"
    return Failure(
        what=what[:1].lower() + what[1:],
        where=where,
        hint=f"See {place} --help.",
        exit_code=ExitCode.USAGE,
    )
