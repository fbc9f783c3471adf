"""The demo's schema against Prisma itself: its SQL, byte for byte, and its 107 models."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

ORACLE = Path(__file__).parent
DEMO = ORACLE.parents[1] / "snapkit" / "demo"


def missing_tool() -> str | None:
    if shutil.which("node") is None:
        return "node is not installed"
    if not (ORACLE / "node_modules" / "@prisma").is_dir():
        return "run `npm ci --ignore-scripts` in tests/oracle"
    return None


def ask_prisma(script: str) -> bytes:
    reason = missing_tool()
    if reason is not None:
        if os.environ.get("CI"):
            pytest.fail(f"Prisma must be asked in CI: {reason}")
        pytest.skip(reason)
    done = subprocess.run(
        ["node", ORACLE / script, "schema.prisma"],  # noqa: S607 -- whichever node the PATH gives
        cwd=DEMO,
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
    return done.stdout


def test_demo_sql_is_what_prisma_makes_of_the_schema() -> None:
    assert ask_prisma("prisma_sql.mjs") == (DEMO / "schema.sql").read_bytes()


def test_demo_schema_has_107_models_for_prisma() -> None:
    datamodel = json.loads(ask_prisma("prisma_dmmf.mjs"))["datamodel"]
    assert len({model["name"] for model in datamodel["models"]}) == 107


def test_demo_models_are_all_documented_and_grouped() -> None:
    datamodel = json.loads(ask_prisma("prisma_dmmf.mjs"))["datamodel"]
    lacking = [
        model["name"]
        for model in datamodel["models"]
        if not model.get("documentation", "").partition("@namespace ")[0].strip()
        or not model.get("documentation", "").partition("@namespace ")[2].strip()
    ]
    assert lacking == []
