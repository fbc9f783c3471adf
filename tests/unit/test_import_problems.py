"""Faults of files: each once, with every row that has it."""

from __future__ import annotations

import pytest

from snapkit.core import import_problems
from snapkit.core.import_problems import Problem, ProblemLog
from snapkit.core.json_rows import RowFault

UNKNOWN = RowFault("x", "is unknown")


def log_of(*rows: int, fault: RowFault = UNKNOWN) -> ProblemLog:
    log = ProblemLog("users.json")
    for row in rows:
        log.add(row, fault)
    return log


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        ((3,), "users.json, row 3: field 'x' is unknown"),
        ((1, 2, 3, 9), "users.json, rows 1-3, 9: field 'x' is unknown"),
        (
            (1, 3, 5, 7, 9, 11, 13),
            "users.json, rows 1, 3, 5, 7, 9 and 2 more: field 'x' is unknown",
        ),
    ],
)
def test_problem_names_file_rows_and_field(rows: tuple[int, ...], text: str) -> None:
    (problem,) = log_of(*rows).problems()
    assert (str(problem), problem.rows) == (text, len(rows))


def test_problem_of_a_row_or_a_file_has_no_field() -> None:
    (problem,) = log_of(4, fault=RowFault("", "is null, not an object")).problems()
    assert str(problem) == "users.json, row 4: is null, not an object"
    assert str(Problem(file="x.json", what="is no table")) == "x.json: is no table"


def test_rows_may_be_noted_late_and_twice() -> None:
    """A server refuses rows after later ones were read; two faults of a row may become one."""
    (problem,) = log_of(7, 8, 3, 4, 4, 5, 6, 1).problems()
    assert (problem.spans, problem.rows) == (((1, 1), (3, 8)), 7)


def test_problems_come_by_their_first_row() -> None:
    log = log_of(5, 6)
    log.add(6, RowFault("a", "is null, and required"))
    log.add(2, RowFault("", "is a text, not an object"))
    assert [(problem.spans[0][0], problem.field) for problem in log.problems()] == [
        (2, ""),
        (5, "x"),
        (6, "a"),
    ]


def test_faults_beyond_the_most_are_counted_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_problems, "MOST", 2)
    log = ProblemLog("users.json")
    for row in range(1, 7):
        log.add(row, RowFault(f"x{row}", "is unknown"))
    log.add(3, RowFault("again", "is unknown"))
    log.add(7, RowFault("x1", "is unknown"))
    problems = log.problems()
    assert [(problem.field, problem.rows) for problem in problems] == [
        ("x1", 2),
        ("x2", 1),
        ("", 4),
    ]
    assert problems[-1].what == "other faults, beyond the first 2"
