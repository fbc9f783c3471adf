"""Whatever ends a command before its time, as one message and one exit code."""

from __future__ import annotations

import os
import re
import signal
import traceback
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from snapkit.cli._signals import SIGNAL_CODES, Terminated
from snapkit.cli._text import grouped
from snapkit.errors import ExitCode, PlanError, SchemaError, SnapkitError

if TYPE_CHECKING:
    from collections.abc import Callable

    from snapkit.cli._people import People

BROKEN_PIPE = SIGNAL_CODES + signal.SIGPIPE
DEBUG = "SNAPKIT_DEBUG"
_CARET = re.compile(r" +\| +\^")


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a command ended. `report` and `problems` say more where there is more than one reason."""

    what: str
    where: str
    hint: str
    exit_code: int = ExitCode.FAILED
    report: str = ""
    problems: tuple[str, ...] = ()
    trace: str = ""
    is_interruption: bool = False

    def document(self) -> dict[str, object]:
        """The JSON document of an error."""
        error: dict[str, object] = {"what": self.what, "where": self.where, "hint": self.hint}
        if self.report:
            error["report"] = self.report
        if self.problems:
            error["problems"] = list(self.problems)
        return {"error": error, "exit_code": int(self.exit_code)}

    def tell(self, people: People) -> None:
        """Print it for people."""
        if self.trace:
            people.block(self.trace)
        if self.is_interruption:
            people.say(f"{self.what}; {self.hint}")
            return
        if self.report:
            people.block(self.report)
            return
        people.say(self.what, "error: ", "bold red")
        for problem in grouped(self.problems):
            people.say(problem, "  - ")
        people.say(self.where, "  at: ")
        people.say(self.hint, "  hint: ")

    def without(self, hide: Callable[[str], str]) -> Failure:
        """The same failure with every text passed through `hide`."""
        return replace(
            self,
            what=hide(self.what),
            where=hide(self.where),
            hint=hide(self.hint),
            report=_hide_in_report(self.report, hide),
            problems=tuple(map(hide, self.problems)),
            trace=hide(self.trace),
        )


def _hide_in_report(report: str, hide: Callable[[str], str]) -> str:
    """Hide texts in a report; a caret stays under what it points at, in a shorter line, too."""
    before, after = report.split("\n"), hide(report).split("\n")
    if len(before) != len(after):  # what was hidden went over lines
        return "\n".join(after)
    for place in range(1, len(after)):
        if after[place - 1] != before[place - 1] and _CARET.fullmatch(before[place]):
            ahead = hide(before[place - 1][: len(before[place]) - 1])
            if after[place - 1].startswith(ahead):  # not where it points into what was hidden
                after[place] = before[place][:-1][: len(ahead)].ljust(len(ahead)) + "^"
    return "\n".join(after)


def failure_of(error: BaseException, where: str, interrupted: str) -> Failure:
    """Describe what ended a command.

    Args:
        error: Anything that was raised.
        where: The command, for errors that do not say where they happened.
        interrupted: What is true after Ctrl-C, such as `everything was rolled back`.

    Returns:
        The failure; its trace is empty, unless the variable SNAPKIT_DEBUG is set.
    """
    found = _on_purpose(error) if isinstance(error, SnapkitError) else None
    if found is None and isinstance(error, KeyboardInterrupt):
        found = _interrupted(error, where, interrupted)
    if found is None:
        found = _of_the_machine(error, where)
    if os.environ.get(DEBUG):
        return replace(found, trace="".join(traceback.format_exception(error)))
    return found


def _on_purpose(error: SnapkitError) -> Failure:
    return Failure(
        what=error.what,
        where=error.where,
        hint=error.hint,
        exit_code=error.exit_code,
        report=error.report if isinstance(error, SchemaError) else "",
        problems=error.problems if isinstance(error, PlanError) else (),
    )


def _interrupted(error: KeyboardInterrupt, where: str, interrupted: str) -> Failure:
    return Failure(
        what="interrupted",
        where=where,
        hint=interrupted,
        exit_code=error.exit_code if isinstance(error, Terminated) else ExitCode.INTERRUPTED,
        is_interruption=True,
    )


def _of_the_machine(error: BaseException, where: str) -> Failure:
    debug = f"Run it again with {DEBUG}=1 to see where, and report it."
    match error:
        case MemoryError():
            what, hint = "out of memory", "Close other programs, or use fewer --jobs."
        case RecursionError():
            what, hint = "the input is nested too deeply to be read", debug
        case BrokenExecutor():
            what = "a reading process was killed"
            hint = "Look at the system's log: memory may have run out. Use fewer --jobs."
        case OSError():
            what = error.strerror or str(error) or type(error).__name__
            where = os.fsdecode(error.filename) if _is_path(error.filename) else where
            hint = "Check the free space, and that this user may use the file or folder."
            what = what[:1].lower() + what[1:]
        case _:
            text = " ".join(str(error).split())
            what = f"unexpected {type(error).__name__}{': ' if text else ''}{text}"
            hint = f"This is a fault of snapkit. {debug}"
    return Failure(what=what, where=where, hint=hint)


def _is_path(name: object) -> bool:
    return isinstance(name, (str, bytes, os.PathLike))
