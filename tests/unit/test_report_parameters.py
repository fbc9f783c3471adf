"""Parameters of notebooks: checked by name and type, and never a secret."""

from __future__ import annotations

import ast
import json
from typing import TYPE_CHECKING

import pytest

from snapkit.errors import UsageError
from snapkit.report.parameters import (
    KINDS,
    CoverageParameters,
    GraphParameters,
    Notebook,
    check_parameters,
    parameter_names,
    refuse_secrets,
)

if TYPE_CHECKING:
    from pathlib import Path

SENTINEL = "hunter2-sentinel"


def cells(root: Path, notebook: Notebook) -> list[dict[str, object]]:
    text = (root / "notebooks" / f"{notebook}.ipynb").read_text("utf-8")
    found: list[dict[str, object]] = json.loads(text)["cells"]
    return found


def source(cell: dict[str, object]) -> str:
    lines = cell["source"]
    return "".join(lines) if isinstance(lines, list) else str(lines)


def tags(cell: dict[str, object]) -> list[str]:
    metadata = cell["metadata"]
    assert isinstance(metadata, dict)
    found: list[str] = metadata.get("tags", [])
    return found


@pytest.mark.parametrize("notebook", Notebook)
def test_notebook_declares_what_open_run_takes(root: Path, notebook: Notebook) -> None:
    (cell,) = [cell for cell in cells(root, notebook) if "parameters" in tags(cell)]
    values: dict[str, object] = {}
    exec(source(cell), values)
    values.pop("__builtins__")
    annotations = values.pop("__annotations__")
    assert isinstance(annotations, dict)
    assert tuple(values) == tuple(annotations) == parameter_names(notebook)
    assert check_parameters(KINDS[notebook], values) == KINDS[notebook]()


@pytest.mark.parametrize("notebook", Notebook)
def test_notebook_comments_every_parameter(root: Path, notebook: Notebook) -> None:
    (cell,) = [cell for cell in cells(root, notebook) if "parameters" in tags(cell)]
    assert all("  # " in line for line in source(cell).splitlines())


@pytest.mark.parametrize("notebook", Notebook)
def test_notebook_is_committed_without_outputs(root: Path, notebook: Notebook) -> None:
    code = [cell for cell in cells(root, notebook) if cell["cell_type"] == "code"]
    assert [(cell["outputs"], cell["execution_count"]) for cell in code] == [([], None)] * len(code)


@pytest.mark.parametrize("notebook", Notebook)
def test_notebook_only_calls(root: Path, notebook: Notebook) -> None:
    code = "\n".join(source(cell) for cell in cells(root, notebook) if cell["cell_type"] == "code")
    kinds = {type(node) for node in ast.walk(ast.parse(code))}
    assert kinds <= {
        ast.Module, ast.AnnAssign, ast.Assign, ast.Attribute, ast.Call, ast.Constant, ast.Expr,
        ast.ImportFrom, ast.Load, ast.Name, ast.Store, ast.alias, ast.keyword,
    }  # fmt: skip


@pytest.mark.parametrize("notebook", Notebook)
def test_notebook_begins_with_the_verdict_and_ends_with_the_unchecked(
    root: Path, notebook: Notebook
) -> None:
    code = [source(cell) for cell in cells(root, notebook) if cell["cell_type"] == "code"]
    assert code[1].endswith("report.headline(run)")
    assert code[2:3] + code[-2:] == [
        "report.problems(run)",
        "report.unchecked(run)",
        "report.conclude(run)",
    ]


def test_parameters_of_another_name_are_refused() -> None:
    with pytest.raises(UsageError, match="unknown parameter 'snapshotid'"):
        check_parameters(GraphParameters, {"snapshotid": "latest"})


@pytest.mark.parametrize("values", [{"depth": "2"}, {"depth": 1.5}, {"focus": 3}, {"store": None}])
def test_parameters_of_another_type_are_refused(values: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="wrong type"):
        check_parameters(GraphParameters, values)


@pytest.mark.parametrize(
    "name",
    [
        "20251101_085916",
        "20251101_085916_2",
        "20251101_085916_10",
        "20251101_08",
        "20251101",
        "2025",
    ],
)
def test_snapshot_that_papermill_takes_for_a_number_is_still_its_id(name: str) -> None:
    found = check_parameters(GraphParameters, {"snapshot_id": int(name)})
    assert found.snapshot_id == name


@pytest.mark.parametrize("value", [True, -1, 2.5])
def test_snapshot_that_is_no_id_is_refused(value: object) -> None:
    with pytest.raises(UsageError, match="wrong type"):
        check_parameters(GraphParameters, {"snapshot_id": value})


@pytest.mark.parametrize(
    "values",
    [
        {"dsn_env": f"postgresql://app:{SENTINEL}@db/shop"},
        {"dsn_env": f"dbname=shop password={SENTINEL}"},
        {"dsn_env": f"{SENTINEL}!"},
        {"schema": f"postgresql://app:{SENTINEL}@db/shop"},
        {"schema": f"host=x password = {SENTINEL}"},
        {"password": SENTINEL},
        {"db_url": SENTINEL},
        {"dsn": SENTINEL},
        {"apiKey": SENTINEL},
        {"SECRET_THING": SENTINEL},
        {"accessToken": SENTINEL},
    ],
    ids=lambda values: next(iter(values)),
)
def test_parameters_that_hold_a_secret_are_refused_without_showing_it(
    values: dict[str, object],
) -> None:
    with pytest.raises(UsageError) as error:
        check_parameters(CoverageParameters, values)
    assert SENTINEL not in str(error.value)


def test_parameters_may_name_a_variable() -> None:
    refuse_secrets({"dsn_env": "SNAPKIT_DSN", "schema": "prisma/schema.prisma", "depth": 2})
