"""The record of a night, and what is made of it: the worst step says how the night went."""

from __future__ import annotations

from dataclasses import replace

import pytest

from snapkit.errors import ExitCode, ManifestError
from snapkit.report.night import (
    NightlyRecord,
    Step,
    StepRecord,
    decode,
    encode,
    judge_night,
    worst_code,
)
from snapkit.report.result import Outcome


def step(
    name: Step, outcome: Outcome | None = Outcome.MATCH, said: str = "All is well."
) -> StepRecord:
    if outcome is None:
        return StepRecord(step=name, said=said)
    lines = () if outcome is Outcome.MATCH else (said,)
    return StepRecord(
        step=name,
        outcome=outcome,
        exit_code=outcome.exit_code,
        seconds=1.0,
        said=said,
        problems=lines,
        problem_count=len(lines),
    )


def night(*steps: StepRecord) -> NightlyRecord:
    given = {item.step: item for item in steps}
    return NightlyRecord(
        snapshot_id="20261126_020000",
        manifest_digest="ab" * 32,
        database="shop on db",
        started_at="2026-11-26T02:00:00+00:00",
        finished_at="2026-11-26T02:00:09+00:00",
        seconds=9.0,
        steps=tuple(given.get(name, step(name)) for name in Step),
        tables=108,
        rows=54_923,
        stored_bytes=2_000_000,
    )


def test_night_of_which_every_step_matched_is_proven() -> None:
    found = judge_night(night())
    assert found.outcome is Outcome.MATCH
    assert found.summary == ("Backed up, checked, restored and proven: 54,923 rows in 108 tables.")
    assert (found.problems, found.unchecked) == ((), ())


def test_night_without_a_step_is_never_proven() -> None:
    found = judge_night(night(step(Step.DRILL, None, "why not")))
    assert found.outcome is Outcome.UNCHECKED
    assert found.unchecked == (("step drill", "not run: why not"),)


def test_night_that_ended_at_the_backup_says_why_and_what_was_not_run() -> None:
    record = night(
        replace(step(Step.BACKUP, Outcome.FAILED, "no route"), exit_code=ExitCode.CANNOT_CONNECT),
        *(step(name, None, "no snapshot") for name in (Step.CHECK, Step.DRILL, Step.REPORT)),
    )
    found = judge_night(record)
    assert (found.outcome, record.exit_code) == (Outcome.FAILED, 12)
    assert found.summary == "The backup failed: no route."
    assert [what for what, _ in found.unchecked] == ["step check", "step drill", "step report"]


def test_night_is_as_bad_as_its_worst_step() -> None:
    record = night(
        step(Step.CHECK, Outcome.MISMATCH, "one part is damaged."),
        step(Step.REPORT, Outcome.FAILED, "no space"),
    )
    found = judge_night(record)
    assert (found.outcome, record.exit_code) == (Outcome.MISMATCH, 3)
    assert found.summary == ("The check of the snapshot found a mismatch: one part is damaged.")
    assert found.problems == ("check: one part is damaged.", "report: no space")


def test_night_says_how_many_problems_are_on_the_pages_only() -> None:
    many = replace(step(Step.DRILL, Outcome.MISMATCH, "row 1"), problem_count=1_200)
    assert judge_night(night(many)).problems == ("drill: row 1", "drill: 1,199 more, on the pages")


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ([0, 0], 0),
        ([0, 5], 5),
        ([5, 4], 4),
        ([4, 1], 1),
        ([1, 12], 12),
        ([1, 11], 11),
        ([1, 2], 2),
        ([12, 3], 3),
        ([1, 3], 3),
    ],
)
def test_worst_code_puts_data_that_differ_before_what_failed(
    codes: list[int], expected: int
) -> None:
    assert worst_code(map(ExitCode, codes)) == expected


def test_record_of_a_night_round_trips() -> None:
    assert decode(encode(night()), "here") == night()


@pytest.mark.parametrize(
    "text",
    [b"", b"{}", b"\xff", encode(replace(night(), format=2)), encode(replace(night(), steps=()))],
)
def test_record_of_another_form_is_refused(text: bytes) -> None:
    with pytest.raises(ManifestError, match="the record of a night"):
        decode(text, "here")
