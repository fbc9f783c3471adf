"""Whatever ends a command becomes one message and one exit code."""

from __future__ import annotations

import errno
import io
import json
import signal
import subprocess
import sys
from concurrent.futures.process import BrokenProcessPool

import pytest

from snapkit.cli._failure import Failure, failure_of
from snapkit.cli._people import People, Stream
from snapkit.cli._signals import Terminated
from snapkit.core.passwords import without_passwords
from snapkit.errors import (
    ConnectError,
    DatabaseError,
    ExitCode,
    LockedError,
    ManifestError,
    MismatchError,
    NoSnapshotError,
    PlanError,
    SchemaError,
    SnapkitError,
    StorageError,
    UsageError,
)


def told(failure: Failure) -> str:
    text = io.StringIO()
    failure.tell(People(Stream(text, "test")))
    return text.getvalue()


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (SnapkitError, 1), (UsageError, 2), (SchemaError, 1), (ManifestError, 1), (PlanError, 1),
        (MismatchError, 3), (NoSnapshotError, 10), (LockedError, 11), (ConnectError, 12),
        (DatabaseError, 1), (StorageError, 1),
    ],
)  # fmt: skip
def test_failure_carries_the_exit_code_of_its_error(kind: type[SnapkitError], code: int) -> None:
    found = failure_of(kind("what", "where", "Hint."), "snapkit x", "")
    assert (found.what, found.where, found.hint, found.exit_code) == (
        "what",
        "where",
        "Hint.",
        code,
    )


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (KeyboardInterrupt(), ExitCode.INTERRUPTED),
        (Terminated(signal.SIGTERM), 143),
        (Terminated(signal.SIGHUP), 129),
    ],
)
def test_failure_of_a_signal_is_one_line(error: BaseException, code: int) -> None:
    found = failure_of(error, "snapkit restore", "everything was rolled back")
    assert found.exit_code == code
    assert told(found) == "interrupted; everything was rolled back\n"


@pytest.mark.parametrize(
    ("error", "what"),
    [
        (MemoryError(), "out of memory"),
        (RecursionError(), "the input is nested too deeply to be read"),
        (OSError(errno.ENOSPC, "No space left on device", "/x/y"), "no space left on device"),
        (BrokenProcessPool("gone"), "a reading process was killed"),
        (KeyError("datamodel"), "unexpected KeyError: 'datamodel'"),
    ],
)
def test_failure_of_the_machine_says_what_and_what_to_do(error: Exception, what: str) -> None:
    found = failure_of(error, "snapkit x", "")
    assert (found.what, found.exit_code) == (what, ExitCode.FAILED)
    assert found.where in {"snapkit x", "/x/y"}
    assert found.hint.endswith(".")


def test_failure_has_no_trace_unless_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SNAPKIT_DEBUG", raising=False)
    assert failure_of(ValueError("x"), "snapkit x", "").trace == ""
    monkeypatch.setenv("SNAPKIT_DEBUG", "1")
    assert "ValueError: x" in failure_of(ValueError("x"), "snapkit x", "").trace


def test_failure_without_secrets_hides_them_in_every_text() -> None:
    failure = Failure(
        what="s3cr3t", where="s3cr3t", hint="s3cr3t", report="s3cr3t", problems=("s3cr3t",),
        trace="s3cr3t",
    )  # fmt: skip
    hidden = failure.without(lambda text: text.replace("s3cr3t", "***"))
    assert "s3cr3t" not in repr(hidden)


def test_failure_of_a_schema_shows_its_report_as_it_is() -> None:
    error = SchemaError("what", "a.prisma:1:1", "Hint.", report='unknown type "Usr"\n  |\n1 | x')
    assert told(failure_of(error, "", "")) == 'unknown type "Usr"\n  |\n1 | x\n'


def test_failure_of_a_plan_names_every_problem() -> None:
    error = PlanError("2 reasons", "database x", "Mend them.", problems=("first", "second"))
    document = failure_of(error, "", "").document()
    assert document["error"] == {
        "what": "2 reasons",
        "where": "database x",
        "hint": "Mend them.",
        "problems": ["first", "second"],
    }
    assert "  - first\n  - second\n" in told(failure_of(error, "", ""))


@pytest.mark.parametrize(
    ("line", "marked"),
    [
        pytest.param('url = "postgresql://u:S3cretSuper@h/d" @@', "@@", id="behind"),
        pytest.param('@@ url = "postgresql://u:S3cretSuper@h/d"', "@@", id="before"),
        pytest.param('url = "postgresql://u:S3cret@h" @ "x://u:S3cretSuper@h"', "@ ", id="between"),
    ],
)
def test_caret_stays_where_a_password_was_hidden(line: str, marked: str) -> None:
    column = line.index(marked)
    report = f"unexpected\n  at: s.prisma:3\n    |\n  3 | {line}\n    | {' ' * column}^\n  hint: no"
    failure = Failure(what="", where="", hint="", report=report)
    _, _, _, shown, caret, _ = failure.without(without_passwords).report.split("\n")
    assert "S3cret" not in shown
    assert shown[caret.index("^") :].startswith(marked)


WHILE_IMPORTING = """
import os, signal, sys

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "typer":
            os.kill(os.getpid(), signal.{signal})

sys.meta_path.insert(0, Finder())
from snapkit.cli import main
sys.exit(main(sys.argv[1:]))
"""
WHILE_PARSING = """
import os, signal, sys
import typer.main

made = typer.main.get_command

def get_command(app):
    os.kill(os.getpid(), signal.{signal})
    return made(app)

typer.main.get_command = get_command
from snapkit.cli import main
sys.exit(main(sys.argv[1:]))
"""


def run_program(text: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", text, *arguments], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
@pytest.mark.parametrize("program", [WHILE_IMPORTING, WHILE_PARSING], ids=["importing", "parsing"])
def test_signal_before_the_command_began_is_answered(program: str, name: str, code: int) -> None:
    done = run_program(program.format(signal=name), "models", "--json")
    assert (done.returncode, done.stderr) == (code, "interrupted; nothing was begun\n")
    document = json.loads(done.stdout)
    assert (document["exit_code"], document["error"]["what"]) == (code, "interrupted")


def test_signal_during_the_help_is_answered() -> None:
    done = run_program(WHILE_PARSING.format(signal="SIGTERM"), "--help")
    assert (done.returncode, done.stderr) == (143, "interrupted; nothing was begun\n")
