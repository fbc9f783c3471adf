"""`snapkit demo`: the whole story on the 107-model shop."""

import signal
from contextlib import closing
from typing import TYPE_CHECKING, Annotated, Any

import typer

from snapkit.cli._command import NOTHING_CHANGED, Outcome, Panel, Run, command
from snapkit.cli._options import DEFAULT_REPORTS, DEFAULT_STORE, Reports, StorePath
from snapkit.cli._signals import Terminated
from snapkit.cli._sources import find_target, open_store
from snapkit.cli._text import duration
from snapkit.core.text import counted
from snapkit.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from snapkit.demo.story import Chapter

_Into = Annotated[
    str | None,
    typer.Option(
        "--into",
        metavar="DB",
        show_default=False,
        help="Only build the shop in this empty database; what -d takes elsewhere.",
    ),
]
_Keep = Annotated[
    bool,
    typer.Option("--keep", help="Leave the server running at the end, until Ctrl-C."),
]


@command(
    Panel.REPORT,
    example="snapkit demo --out reports",
    interrupted="the embedded server is gone; a finished snapshot is kept",
)
def demo(
    run: Run,
    *,
    context: typer.Context,
    into: _Into = None,
    keep: _Keep = False,
    out: Reports = DEFAULT_REPORTS,
    store: StorePath = DEFAULT_STORE,
) -> Outcome:
    """Back up, restore, prove and damage a shop of 107 models, on a server of its own."""
    if into is not None:
        run.interrupted = NOTHING_CHANGED
        for name in ("keep", "out", "store"):
            source = context.get_parameter_source(name)
            if source is not None and source.name == "COMMANDLINE":
                raise UsageError(
                    "--into only builds the shop: it keeps no server and writes no files",
                    f"--{name}",
                    "Leave it out with --into.",
                )
        return _build(run, into)
    from snapkit.demo.story import tell  # noqa: PLC0415 -- everything

    chapters: list[Chapter] = []
    with (
        run.progress() as progress,
        closing(tell(open_store(store), out, progress, progress.stage, keep=keep)) as story,
    ):
        for chapter in story:
            progress.pause()
            chapters.append(chapter)
            _tell(run, len(chapters), chapter)
            if chapter.is_waiting:
                _wait()
    return _conclude(run, chapters)


def _wait() -> None:
    try:
        signal.pause()
    except KeyboardInterrupt as error:
        if isinstance(error, Terminated):
            raise


def _tell(run: Run, number: int, chapter: "Chapter") -> None:
    style = "bold" if chapter.is_good else "bold red"
    run.people.say(f"{chapter.title} ({duration(chapter.seconds)})", f"{number}. ", style)
    for fact in chapter.facts:
        run.people.say(fact, "   ")


def _conclude(run: Run, chapters: "list[Chapter]") -> Outcome:
    good = all(chapter.is_good for chapter in chapters)
    words = "done and proven" if good else "FAILED: see above"
    run.people.say(
        f"{words}, in {duration(run.seconds)}", style="bold green" if good else "bold red"
    )
    figures: dict[str, Any] = {}
    for chapter in chapters:
        figures |= chapter.figures
    figures["chapters"] = [
        {
            "title": chapter.title,
            "facts": chapter.facts,
            "seconds": round(chapter.seconds, 3),
            "is_good": chapter.is_good,
        }
        for chapter in chapters
    ]
    return Outcome(figures, ExitCode.DONE if good else ExitCode.FAILED)


def _build(run: Run, into: str) -> Outcome:
    from snapkit.demo import build  # noqa: PLC0415 -- the shop's data
    from snapkit.pg.session import connect  # noqa: PLC0415 -- psycopg

    target = find_target(run, into)
    run.interrupted = "the database is as empty as before"
    with connect(target) as session:
        counts = build(session)
    run.people.say(
        f"{target.label}: the shop, {counted(counts.tables, 'table')}, "
        f"{counts.filled:,} of them with rows, {counted(counts.rows, 'row')}, "
        f"in {duration(run.seconds)}"
    )
    return Outcome(
        {
            "target": target.label,
            "tables": counts.tables,
            "filled": counts.filled,
            "rows": counts.rows,
        }
    )
