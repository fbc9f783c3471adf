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
from tests.postgres.conftest import run, target_of
from tests.support import requires

if TYPE_CHECKING:
    from snapkit.pg.target import Target
    from snapkit.store import Snapshot, Store
    from tests.postgres.conftest import Dump

LARGE_OBJECTS = """
SELECT lo_create(70001), lo_from_bytea(70002, 'small'), lo_create(70003);
SELECT lo_put(70003, 600000, 'after a hole');
"""


HOSTILE = """
CREATE TABLE "t
SQL
touch pwned
```
" (id serial PRIMARY KEY, "c\\
\u202ertl" text, "$(touch pwned)" text DEFAULT 'it''s');
INSERT INTO "t
SQL
touch pwned
```
" ("c\\
\u202ertl") VALUES ('x'), (E'\\\\ \\n');
CREATE SEQUENCE "s'\\
SQL
touch pwned
"; SELECT setval('"s''\\
SQL
touch pwned
"', 42);
"""


def test_commands_of_the_page_bring_everything_back(
    sample: Target, empty_target: Target, store: Store, dump: Dump
) -> None:
    run(sample, LARGE_OBJECTS)
    follow(backup(sample, store).snapshot, empty_target)
    assert dump(empty_target) == dump(sample)


def test_names_on_the_page_are_no_commands(
    store: Store, database_pair: tuple[str, str], dump: Dump
) -> None:
    source, target = map(target_of, database_pair)
    run(source, HOSTILE)
    snapshot = backup(source, store).snapshot
    page = follow(snapshot, target)
    assert page.isascii()
    assert not (snapshot.path / "pwned").exists()
    assert dump(target) == dump(source)


def follow(snapshot: Snapshot, target: Target) -> str:
    """Do what a snapshot's page says; the page."""
    requires("zstd", present=shutil.which("zstd") is not None, how="apt-get install zstd")
    page = (snapshot.path / "RESTORE.md").read_text("utf-8")
    script = "\n".join(re.findall(r"^```sh\n(.*?)^```$", page, re.DOTALL | re.MULTILINE))
    database = dict(target.keywords)["dbname"]
    script = script.replace("the empty database", database)
    assert f"PGDATABASE={shlex.quote(database)}" in script.replace('"', "")
    environment = os.environ | target.environment()
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
    assert verify(target, snapshot).verdict is Verdict.MATCH
    return page
