"""The command line, called in this process: what it printed, and how it ended."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from snapkit.cli import main

COMMANDS = (
    "models", "graph", "order", "coverage", "backup", "nightly", "snapshots", "show", "check",
    "import-json", "export", "restore", "requeue",
    "verify", "drill", "report", "demo", "lab",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Called:
    """One call: exit code, standard output, standard error."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document on standard output; anything beside it is an error here."""
        found: dict[str, Any] = json.loads(self.out)
        return found


@dataclass(frozen=True, slots=True)
class CommandLine:
    """Calls commands; what they print is caught by pytest."""

    capsys: pytest.CaptureFixture[str]

    def __call__(self, *arguments: object) -> Called:
        """Call one command."""
        self.capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        out, err = self.capsys.readouterr()
        return Called(code, out, err)
