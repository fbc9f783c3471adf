"""The demo's schema against Prisma itself: its SQL, byte for byte, and its 107 models."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.support import requires

ORACLE = Path(__file__).parent
DEMO = ORACLE.parents[1] / "snapkit" / "demo"


def ask_prisma(node: str, script: str) -> bytes:
    installed = (ORACLE / "node_modules" / "@prisma").is_dir()
    requires("Prisma's engines", installed, "npm ci --ignore-scripts, in tests/oracle")
    done = subprocess.run(
        [node, ORACLE / script, "schema.prisma"],
        cwd=DEMO,
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
    return done.stdout


def test_demo_sql_is_what_prisma_makes_of_the_schema(node: str) -> None:
    assert ask_prisma(node, "prisma_sql.mjs") == (DEMO / "schema.sql").read_bytes()


def test_demo_schema_has_107_models_for_prisma(node: str) -> None:
    datamodel = json.loads(ask_prisma(node, "prisma_dmmf.mjs"))["datamodel"]
    assert len({model["name"] for model in datamodel["models"]}) == 107


def test_demo_models_are_all_documented_and_grouped(node: str) -> None:
    datamodel = json.loads(ask_prisma(node, "prisma_dmmf.mjs"))["datamodel"]
    lacking = [
        model["name"]
        for model in datamodel["models"]
        if not model.get("documentation", "").partition("@namespace ")[0].strip()
        or not model.get("documentation", "").partition("@namespace ")[2].strip()
    ]
    assert lacking == []
