"""The examples of the library's public names, and the README's do what they say.

They run on a real database: two tables, three rows, and a snapshot of it.
"""

from __future__ import annotations

import doctest
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import snapkit
from snapkit.pg.target import Target
from tests.postgres.conftest import run, target_of

if TYPE_CHECKING:
    from snapkit.pg.server import EmbeddedServer

SCHEMA = """
model User {
  id     Int     @id
  orders Order[]
}

model Order {
  id     Int  @id
  user   User @relation(fields: [userId], references: [id])
  userId Int
}
"""
SQL = """
CREATE TABLE "User" (id integer PRIMARY KEY);
CREATE TABLE "Order" (
    id integer PRIMARY KEY,
    "userId" integer NOT NULL,
    CONSTRAINT "Order_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User" (id)
        ON DELETE RESTRICT ON UPDATE CASCADE
);
INSERT INTO "User" VALUES (1);
INSERT INTO "Order" VALUES (1, 1), (2, 1);
"""
NAMES = [name for name in snapkit.__all__ if name != "__version__"]


@dataclass(frozen=True)
class Ground:
    """What the examples stand on: a folder with a schema, a database, its name and address."""

    folder: Path
    shop: Target
    conninfo: str


@pytest.fixture(scope="module")
def ground(server: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Ground:
    folder = tmp_path_factory.mktemp("examples")
    (folder / "prisma").mkdir()
    (folder / "prisma" / "schema.prisma").write_text(SCHEMA)
    conninfo = server.create_database(f"test_{secrets.token_hex(6)}", owner="app")
    shop = target_of(conninfo)
    run(shop, SQL)
    return Ground(folder=folder, shop=shop, conninfo=conninfo)


@pytest.fixture(scope="module")
def names(ground: Ground) -> dict[str, object]:
    store = snapkit.Store(ground.folder / "snapshots")
    schema = snapkit.read_schema(ground.folder / "prisma")
    return {
        "snapkit": snapkit,
        "folder": ground.folder,
        "shop": ground.shop,
        "store": store,
        "schema": schema,
        "snapshot": snapkit.backup(ground.shop, store, schema=schema).snapshot,
    }


@pytest.mark.parametrize("name", NAMES)
def test_examples_of_a_public_name_do_what_they_say(
    name: str, names: dict[str, object], request: pytest.FixtureRequest
) -> None:
    value = getattr(snapkit, name)
    if "(empty," in value.__doc__:  # few need a database more
        names = names | {"empty": request.getfixturevalue("empty_target")}
    found = doctest.DocTestFinder(recurse=False).find(value, name, globs=names)
    told: list[str] = []
    results = [doctest.DocTestRunner().run(test, out=told.append) for test in found]
    assert sum(result.attempted for result in results), f"{name} has no example"
    assert not told, "".join(told)


def test_python_of_the_readme_runs(
    root: Path, ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (root / "README.md").read_text("utf-8").partition("\nIn Python:")[2]
    block = re.search(r"```python\n(.*?)```", text, re.DOTALL)
    assert block
    address = '"postgresql://app@localhost/shop"'
    assert address in block[1]
    monkeypatch.chdir(ground.folder)
    exec(block[1].replace(address, repr(ground.conninfo)), {})
    assert {"shop.svg", "order.svg"} <= {path.name for path in ground.folder.iterdir()}
