"""Sections of nightly: what each step came to, and the pages of the same night."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snapkit.report.cells import Link
from snapkit.report.parameters import Notebook
from snapkit.report.sections.common import none_shown
from snapkit.report.tables import DataTable, Kind, data_table, mark

if TYPE_CHECKING:
    from snapkit.report.night import NightlyRun, StepRecord
    from snapkit.report.result import Outcome
    from snapkit.report.shown import Shown


def nightly_steps(run: NightlyRun) -> DataTable:
    """What each step came to, in order, with those that were not run.

    Args:
        run: The run.

    Returns:
        One row per step.
    """
    return data_table(
        "steps",
        "The steps of the night",
        (
            ("step", Kind.TEXT),
            ("outcome", Kind.OUTCOME),
            ("exit code", Kind.NUMBER),
            ("took", Kind.SECONDS),
            ("said", Kind.TEXT),
        ),
        [
            (
                step.step.value,
                _outcome(step),
                None if step.exit_code is None else int(step.exit_code),
                step.seconds,
                step.said,
            )
            for step in run.record.steps
        ],
    )


def _outcome(step: StepRecord) -> Outcome | str:
    if step.outcome is None or step.word == step.outcome:
        return step.outcome or step.word
    return mark(step.outcome).replace(step.outcome, step.word)


def nightly_pages(run: NightlyRun) -> DataTable | Shown:
    """The pages that the night left, each a link.

    Args:
        run: The run.

    Returns:
        One row per page; or a sentence where there are none.
    """
    pages = run.record.pages
    if not pages:
        return none_shown("None but this one.")
    return data_table(
        "pages",
        "The pages of the same night",
        (
            ("page", Kind.TEXT),
            ("outcome", Kind.LINK),
            ("took", Kind.SECONDS),
            ("found", Kind.TEXT),
        ),
        [
            (
                Notebook(page.notebook).heading,
                Link(text=mark(page.outcome), href=f"{page.notebook}.html", outcome=page.outcome),
                page.seconds,
                page.summary,
            )
            for page in pages
        ],
    )
