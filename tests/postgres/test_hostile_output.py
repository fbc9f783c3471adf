"""Names that would act on a terminal, a page or a shell are shown harmlessly; secrets nowhere."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote
from xml.etree import ElementTree as ET

import pytest

from tests.cli import CommandLine
from tests.postgres.conftest import run, target_of
from tests.postgres.test_hostile import HOSTILE_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable

    from snapkit.pg.target import Target

SENTINEL = "S3ntinel-p4ssw0rd"
ROOT = Path(__file__).resolve().parents[2]
# What is secret goes in by standard input here: a command line of the user's is their own.
CALL = """
import sys
from snapkit.cli import main
if __name__ == "__main__":
    more = sys.stdin.read()
    sys.exit(main([*sys.argv[1:], *(more.split(chr(0)) if more else [])]))
"""
ESCAPES = '\nCREATE TABLE "\x1b[2J\x1b]0;evil\x07\r\u2028" ("\x9b31m" int PRIMARY KEY);'
COMMANDS = (
    ("backup",),
    ("snapshots",),
    ("show", "latest"),
    ("check", "latest"),
    ("order",),
    ("coverage", "--snapshot", "latest"),
    ("graph", "-o", "graph.svg"),
    ("graph", "-o", "graph.dot"),
    ("restore", "latest", "--dry-run", "--replace"),
    ("restore", "latest", "--replace"),
    ("restore", "latest", "--replace", "--yes"),
    ("verify", "latest"),
)


@pytest.fixture
def cli(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> CommandLine:
    """The command line in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return CommandLine(capsys)


@pytest.fixture
def hostile(database: str, monkeypatch: pytest.MonkeyPatch) -> Target:
    """A database of hostile names, which PG* variables name."""
    target = target_of(database)
    run(target, HOSTILE_NAMES + ESCAPES)
    for name, value in target.environment().items():
        monkeypatch.setenv(name, value)
    return target


def acting(text: str) -> set[str]:
    """The characters of a text that do something, beside ending lines."""
    return {letter for letter in text if letter != "\n" and not letter.isprintable()} - {"\xa0"}


def test_no_name_acts_on_the_terminal(cli: CommandLine, hostile: Target) -> None:
    spoil = 'UPDATE "t " SET a = 5'
    for words in COMMANDS:
        if words[0] == "verify":
            run(hostile, spoil)
        shown = cli(*words)
        assert shown.code in {0, 2, 3}, (words, shown)
        assert not acting(shown.out + shown.err), words
        found = cli(*words, "--json")
        assert found.document["command"] == words[0]
        assert not acting(found.err), words


def test_no_name_acts_in_a_picture(cli: CommandLine, hostile: Target) -> None:
    del hostile
    for name in ("graph.svg", "graph.dot"):
        assert cli("graph", "-o", name).code == 0
    elements = list(ET.parse("graph.svg").iter())
    kinds = {element.tag.rpartition("}")[2] for element in elements}
    assert not kinds & {"script", "img", "image", "foreignObject"}
    attributes = {name.rpartition("}")[2] for element in elements for name in element.attrib}
    assert not [name for name in attributes if name == "href" or name.startswith("on")]
    for name in ("graph.svg", "graph.dot"):
        assert "\x1b" not in Path(name).read_text("utf-8")
        assert "\u202e" not in Path(name).read_text("utf-8")


class Watcher(threading.Thread):
    """Looks at the command line of every process, for as long as it is told to."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.looks = 0
        self.found: list[bytes] = []
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.wait(0.03):  # a look takes as long
            for place in Path("/proc").glob("[0-9]*/cmdline"):
                with suppress(OSError):
                    if SENTINEL.encode() in (line := place.read_bytes()):
                        self.found.append(line)
            self.looks += 1

    def end(self) -> None:
        self._over.set()
        self.join()


def test_a_password_is_nowhere(
    tmp_path: Path, sample: Target, make_database: Callable[[], str]
) -> None:
    def url(target: Target) -> str:
        given = target.connect_arguments()
        place = f"{given['dbname']}?host={quote(str(given['host']), safe='')}"
        return f"postgresql://{given['user']}:{SENTINEL}@localhost/{place}"

    copy = target_of(make_database())
    commands: list[tuple[Target, tuple[str, ...]]] = [
        (sample, ("backup", "--jobs", "2")),
        (copy, ("restore", "latest", "--evidence", "restored.json")),
        (copy, ("restore", "latest")),  # refused: it is not empty
        (copy, ("verify", "latest", "--evidence", "verified.json")),
        (sample, ("drill", "latest", "--evidence", "drilled.json")),
        (sample, ("report", "latest", "--notebook", "restore_verification")),
    ]
    watcher = Watcher()
    watcher.start()
    said = b""
    for target, words in commands:
        more = ["-d", url(target)] if words[0] == "report" else []
        done = subprocess.run(
            [sys.executable, "-c", CALL, *words],
            cwd=tmp_path,
            env=os.environ | {"DATABASE_URL": url(target), "PYTHONPATH": str(ROOT)},
            capture_output=True,
            check=False,
            input=b"\0".join(map(str.encode, more)),
        )
        assert done.returncode == (1 if words == ("restore", "latest") else 0), done
        said += done.stdout + done.stderr
    watcher.end()
    assert watcher.looks > 20
    assert watcher.found == []
    assert SENTINEL.encode() not in said
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {"restored.json", "restore_verification.ipynb"} <= {path.name for path in files}
    assert not [path for path in files if SENTINEL.encode() in path.read_bytes()]
