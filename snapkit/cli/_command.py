"""What every command has in common: `--json`, `--quiet`, one result, one way to fail."""

from __future__ import annotations

import inspect
import json
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from snapkit.cli._failure import BROKEN_PIPE, Failure, failure_of
from snapkit.cli._help import Commands
from snapkit.cli._people import People, Stream, standard_error, standard_output
from snapkit.cli._signals import current_signals
from snapkit.core.passwords import without_passwords
from snapkit.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from snapkit.cli._progress import Shown


class Panel(StrEnum):
    """The headings of `snapkit --help`."""

    SCHEMA = "Look at a schema"
    SNAPSHOT = "Take and keep snapshots"
    RESTORE = "Restore and prove"
    REPORT = "Show"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command found: the keys of its JSON document beside the common ones, and its code."""

    document: dict[str, Any]
    exit_code: ExitCode = ExitCode.DONE


@dataclass(slots=True, kw_only=True)
class Run:
    """One run of one command: where its output goes, and what must never be in it.

    `secrets` are added as they become known; `interrupted` says what is true after Ctrl-C.
    """

    command: str
    as_json: bool
    quiet: bool
    out: Stream
    err: Stream
    people: People
    interrupted: str
    secrets: list[str] = field(default_factory=list)
    clock: float = field(default_factory=time.perf_counter)
    started: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def seconds(self) -> float:
        """Since the command began [s]."""
        return round(time.perf_counter() - self.clock, 3)

    def progress(self) -> AbstractContextManager[Shown]:
        """Progress for long work: a bar on a terminal, a line per stage elsewhere.

        Returns:
            A context manager; nothing of the bar is left after it.
        """
        from snapkit.cli._progress import shown_progress  # noqa: PLC0415 -- rich is slow

        return shown_progress(self.err, quiet=self.quiet)

    def hide(self, text: str) -> str:
        """Take every secret out of a message, known ones and what looks like one."""
        if self.secrets:
            from snapkit.pg.target import redact  # noqa: PLC0415 -- psycopg is there already

            text = redact(text, self.secrets)
        return without_passwords(text)


_Json = Annotated[
    bool,
    typer.Option(
        "--json", help="One JSON document on standard output; text goes to standard error."
    ),
]
_Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No text but errors.")]
NOTHING_CHANGED = "nothing was changed"
NOTHING_BEGUN = "nothing was begun"


app = typer.Typer(
    name="snapkit",
    cls=Commands,
    rich_markup_mode=None,
    help="Snapshots of PostgreSQL databases, restored and proven: every row accounted for.",
    epilog="Exit codes: 0 done and proven, 1 failed, 2 wrong usage, 3 data differ, 4 quarantined "
    "rows, 5 drift, 10 no such snapshot, 11 locked, 12 cannot connect.",
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def command(
    panel: Panel,
    *,
    example: str,
    interrupted: str = NOTHING_CHANGED,
    passes_options_on: bool = False,
) -> Callable[[Callable[..., Outcome]], Callable[..., Outcome]]:
    """Make a function a command of its name, hyphens for underscores, with `--json` and `--quiet`.

    Args:
        panel: Its heading in the help.
        example: One command line, for its own help.
        interrupted: What is true after Ctrl-C; a command may change it as it goes.
        passes_options_on: Whether unknown options go to the command's arguments.

    Returns:
        A decorator; the function takes a Run and its options, and returns an Outcome.
    """

    def decorate(body: Callable[..., Outcome]) -> Callable[..., Outcome]:
        name = body.__name__.replace("_", "-")

        def invoke(*, as_json: bool, quiet: bool, **options: object) -> int:
            run = start(name, as_json=as_json, quiet=quiet, interrupted=interrupted)
            return carry_out(run, lambda: body(run, **options))

        _, *own = inspect.signature(body, eval_str=True).parameters.values()
        keyword = inspect.Parameter.KEYWORD_ONLY
        common = [
            inspect.Parameter("as_json", keyword, default=False, annotation=_Json),
            inspect.Parameter("quiet", keyword, default=False, annotation=_Quiet),
        ]
        parameters = [parameter.replace(kind=keyword) for parameter in (*own, *common)]
        invoke.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # typer reads it
        invoke.__annotations__ = {item.name: item.annotation for item in parameters}
        app.command(
            name,
            help=inspect.getdoc(body),
            epilog=f"Example: {example}",
            rich_help_panel=panel,
            context_settings={"ignore_unknown_options": passes_options_on},
        )(invoke)
        return body

    return decorate


def start(command_name: str, *, as_json: bool, quiet: bool, interrupted: str) -> Run:
    """Begin a run on the process's streams as they are now."""
    out, err = standard_output(), standard_error()
    return Run(
        command=command_name,
        as_json=as_json,
        quiet=quiet,
        out=out,
        err=err,
        people=People(err if as_json else out, quiet=quiet),
        interrupted=interrupted,
    )


def carry_out(run: Run, work: Callable[[], Outcome]) -> int:
    """Do the work, write the JSON document where one was asked for, and report whatever fails.

    Args:
        run: What was begun.
        work: The command.

    Returns:
        The exit code. Where the reader of standard output went away before the end, and nothing
        else is to be said, it is 141.
    """
    signals = current_signals()
    if (early := signals.begin()) is not None:
        code = fail(run, failure_of(early, f"snapkit {run.command}", NOTHING_BEGUN))
    else:
        code = _carry_out(run, work)
    signals.end()
    return code


def _carry_out(run: Run, work: Callable[[], Outcome]) -> int:
    try:
        outcome = work()
        if run.as_json:
            head = {"command": run.command, "exit_code": int(outcome.exit_code)}
            _write_json(run.out, head | {"seconds": run.seconds} | outcome.document)
        run.out.write("")  # what was written reaches its reader, or fails, here
    except BaseException as error:  # noqa: BLE001 -- every failure becomes a message here
        return fail(run, failure_of(error, f"snapkit {run.command}", run.interrupted))
    if outcome.exit_code is ExitCode.DONE and run.out.is_broken:
        return BROKEN_PIPE
    return int(outcome.exit_code)


def fail(run: Run, failure: Failure) -> int:
    """Report a failure: for people on standard error, and as JSON where that was asked for.

    Args:
        run: What failed.
        failure: Why.

    Returns:
        Its exit code.
    """
    safe = failure.without(run.hide)
    with suppress(OSError):  # a full disk behind standard error must not hide the exit code
        safe.tell(People(run.err))
    if run.as_json:
        head = {"command": run.command, "seconds": run.seconds}
        with suppress(OSError):
            _write_json(run.out, head | safe.document())
    return int(failure.exit_code)


def _write_json(stream: Stream, document: dict[str, Any]) -> None:
    """Write one document; names that are no text, such as those of files, become escapes."""
    builtins = msgspec.to_builtins(document, enc_hook=str, str_keys=True)
    text = json.dumps(builtins, ensure_ascii=False, allow_nan=False, indent=1) + "\n"
    if not stream.can_write(text):
        text = json.dumps(builtins, allow_nan=False, indent=1) + "\n"
    stream.write(text)
