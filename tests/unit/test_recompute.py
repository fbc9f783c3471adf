"""The script that recomputes a record: whatever a manifest says, it stays a word of a command."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

from snapkit.core.catalog import LARGE_OBJECTS
from snapkit.core.recompute import recompute_script
from tests.factories import make_entry
from tests.reports import shop_manifest

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = "\n$(touch broken)`touch broken`'; touch broken; '\"\nSHA256\n@lines@"


def test_hostile_names_and_digests_run_nothing(tmp_path: Path) -> None:
    manifest = shop_manifest()
    first, *others = manifest.tables
    evil = replace(first, name=HOSTILE, namespace=HOSTILE, digest=HOSTILE)
    manifest = replace(manifest, id=HOSTILE, tables=(evil, *others))
    script = recompute_script(manifest, HOSTILE, {"TimeZone": HOSTILE})
    (tmp_path / "store").mkdir()
    done = subprocess.run(
        ["bash", "-c", script, "script", "store"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "MISMATCH" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["store"]


def test_rows_that_no_copy_prints_are_left_unchecked_in_the_database() -> None:
    entry = replace(
        make_entry("pieces"), namespace=LARGE_OBJECTS.namespace, name=LARGE_OBJECTS.name
    )
    script = recompute_script(replace(shop_manifest(), tables=(entry,)), "ab" * 32, {})
    (line,) = [line for line in script.splitlines() if line.startswith("table ")]
    assert "COPY" not in line
