"""Reports are put in place whole, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from snapkit.errors import StorageError
from snapkit.report.placing import making, put_in_place


def fill(folder: Path, *names: str, text: str = "new") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_text(text)


def texts(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_making_is_undone_where_nothing_came_of_it(tmp_path: Path) -> None:
    def interrupted() -> None:
        with making(tmp_path / "out" / "id") as made:
            fill(made, "coverage.html")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(tmp_path.iterdir()) == []


def test_making_leaves_what_was_put_in_place(tmp_path: Path) -> None:
    with making(tmp_path / "out" / "id") as made:
        fill(made, "coverage.html", "coverage.result.json")
        put_in_place(made, tmp_path / "out" / "id", "coverage")
    assert set(texts(tmp_path / "out" / "id")) == {"coverage.html", "coverage.result.json"}


def test_making_removes_what_a_killed_run_left_and_nothing_else(tmp_path: Path) -> None:
    dead, strange = tmp_path / ".making-dead", tmp_path / ".making-strange"
    fill(dead, ".lock", "coverage.html")
    fill(strange, "coverage.html")
    with making(tmp_path) as living, making(tmp_path) as made:
        assert not dead.exists()
        assert {living, made, strange} == set(tmp_path.iterdir())
    assert list(tmp_path.iterdir()) == [strange]


def test_making_where_no_folder_can_be_is_a_storage_error(tmp_path: Path) -> None:
    fill(tmp_path, "file")
    with pytest.raises(StorageError, match="Not a directory"), making(tmp_path / "file" / "id"):
        pass


def test_put_in_place_replaces_the_files_of_one_notebook(tmp_path: Path) -> None:
    made, folder = tmp_path / "made", tmp_path / "id"
    fill(folder, "coverage.html", "coverage.old.csv", "schema_graph.html", text="old")
    fill(made, "coverage.html", "coverage.ipynb", "coverage.result.json", "schema_graph.html")
    put_in_place(made, folder, "coverage")
    assert texts(folder) == {
        "coverage.html": "new",
        "coverage.ipynb": "new",
        "coverage.result.json": "new",
        "schema_graph.html": "old",
    }


def test_put_in_place_keeps_what_the_run_read(tmp_path: Path) -> None:
    made, folder = tmp_path / "made", tmp_path / "id"
    fill(folder, "coverage.mine.json", text="old")
    fill(made, "coverage.html")
    put_in_place(made, folder, "coverage", keep=folder / "coverage.mine.json")
    assert texts(folder) == {"coverage.mine.json": "old", "coverage.html": "new"}


def test_put_in_place_that_fails_leaves_no_page_with_a_result_of_another_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, folder = tmp_path / "made", tmp_path / "id"
    fill(folder, "coverage.html", "coverage.ipynb", "coverage.result.json", text="old")
    fill(made, "coverage.html", "coverage.ipynb", "coverage.result.json")
    rename = Path.replace

    def fail_at_the_copy(self: Path, target: Path) -> Path:
        if self.suffix == ".ipynb":
            raise PermissionError(13, "Permission denied")
        return rename(self, target)

    monkeypatch.setattr(Path, "replace", fail_at_the_copy)
    with pytest.raises(StorageError, match="cannot replace the report coverage: Permission"):
        put_in_place(made, folder, "coverage")
    assert "coverage.result.json" not in texts(folder)
