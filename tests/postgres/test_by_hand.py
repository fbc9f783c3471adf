"""RESTORE.md, followed to the letter: a snapshot outlives snapkit."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from typing import TYPE_CHECKING

from snapkit.core.verdict import Verdict
from snapkit.pg.server import bundled_bindir
from snapkit.workflows.backup import backup
from snapkit.workflows.verify import verify
from tests.postgres.conftest import run
from tests.support import requires

if TYPE_CHECKING:
    from snapkit.pg.target import Target
    from snapkit.store import Store
    from tests.postgres.conftest import Dump

LARGE_OBJECTS = """
SELECT lo_create(70001), lo_from_bytea(70002, 'small'), lo_create(70003);
SELECT lo_put(70003, 600000, 'after a hole');
"""


def test_commands_of_the_page_bring_everything_back(
    sample: Target, empty_target: Target, store: Store, dump: Dump
) -> None:
    requires("zstd", present=shutil.which("zstd") is not None, how="apt-get install zstd")
    run(sample, LARGE_OBJECTS)
    snapshot = backup(sample, store).snapshot
    page = (snapshot.path / "RESTORE.md").read_text("utf-8")
    script = "\n".join(re.findall(r"^```sh\n(.*?)^```$", page, re.DOTALL | re.MULTILINE))
    database = dict(empty_target.keywords)["dbname"]
    script = script.replace("the empty database", database)
    assert f"PGDATABASE={shlex.quote(database)}" in script.replace('"', "")
    environment = os.environ | empty_target.environment()
    environment["PATH"] = f"{bundled_bindir()}{os.pathsep}{environment['PATH']}"
    done = subprocess.run(
        ["sh", "-eu", "-c", script],
        cwd=snapshot.path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert verify(empty_target, snapshot).verdict is Verdict.MATCH
    assert dump(empty_target) == dump(sample)
