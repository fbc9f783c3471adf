"""Errors say what, where and what to do next; each kind has its exit code."""

from __future__ import annotations

import pickle

import pytest

from snapkit import errors
from snapkit.errors import ExitCode, PlanError, SchemaError, SnapkitError

CODES = {
    errors.SnapkitError: 1,
    errors.UsageError: 2,
    errors.SchemaError: 1,
    errors.ManifestError: 1,
    errors.PlanError: 1,
    errors.MismatchError: 3,
    errors.NoSnapshotError: 10,
    errors.LockedError: 11,
    errors.ConnectError: 12,
    errors.DatabaseError: 1,
    errors.StorageError: 1,
}
EVERY_CLASS = pytest.mark.parametrize("kind", CODES, ids=lambda kind: kind.__name__)


def test_errors_are_all_listed_here() -> None:
    found = {
        item
        for item in vars(errors).values()
        if isinstance(item, type) and issubclass(item, SnapkitError)
    }
    assert found == set(CODES)


@EVERY_CLASS
def test_error_has_the_exit_code_of_the_design(kind: type[SnapkitError]) -> None:
    assert kind("no", "there", "Wait.").exit_code == CODES[kind]


@EVERY_CLASS
def test_error_is_a_snapkit_error(kind: type[SnapkitError]) -> None:
    with pytest.raises(SnapkitError):
        raise kind("no", "there", "Wait.")


@EVERY_CLASS
def test_error_survives_the_way_from_a_worker_process(kind: type[SnapkitError]) -> None:
    error = kind("no table", "database shop", "Name another.")
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), copy.what, copy.where, copy.hint) == (
        kind,
        "no table",
        "database shop",
        "Name another.",
    )


@EVERY_CLASS
def test_error_prints_what_where_and_hint(kind: type[SnapkitError]) -> None:
    text = str(kind("no table", "database shop", "Name another."))
    assert text == "no table\n  at: database shop\n  hint: Name another."


def test_exit_codes_are_those_that_schedulers_rely_on() -> None:
    assert {code.name: code.value for code in ExitCode} == {
        "DONE": 0,
        "FAILED": 1,
        "USAGE": 2,
        "MISMATCH": 3,
        "QUARANTINED": 4,
        "DRIFT": 5,
        "NO_SNAPSHOT": 10,
        "LOCKED": 11,
        "CANNOT_CONNECT": 12,
        "INTERRUPTED": 130,
    }


def test_plan_error_prints_every_problem() -> None:
    error = PlanError("2 reasons", "database shop", "Mend them.", ("no table a", "no table b"))
    assert str(error).splitlines() == [
        "2 reasons",
        "  - no table a",
        "  - no table b",
        "  at: database shop",
        "  hint: Mend them.",
    ]


def test_plan_error_keeps_its_problems_when_pickled() -> None:
    error = PlanError("2 reasons", "database shop", "Mend them.", ("a", "b"))
    assert pickle.loads(pickle.dumps(error)).problems == ("a", "b")


def test_schema_error_prints_its_report_alone() -> None:
    error = SchemaError("unknown type", "a.prisma:1:2", "Declare it.", "report\n   ^")
    assert str(error) == "report\n   ^"


def test_schema_error_keeps_its_report_when_pickled() -> None:
    error = SchemaError("unknown type", "a.prisma:1:2", "Declare it.", "report")
    assert pickle.loads(pickle.dumps(error)).report == "report"
