"""Pages as PDF: what is said where the browser is missing, or fails."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from snapkit.errors import SnapkitError, UsageError
from snapkit.report.pdf import find_browser, print_page

if TYPE_CHECKING:
    from pathlib import Path


def program(name: str) -> str:
    found = shutil.which(name)
    assert found is not None
    return found


def test_browser_that_is_missing_is_named_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError) as raised:
        find_browser()
    assert "google-chrome" in raised.value.where
    assert "leave --pdf out" in raised.value.hint


@pytest.mark.parametrize(
    ("name", "why"), [("false", "it ended with 1"), ("true", "it wrote no file")]
)
def test_browser_that_prints_nothing_is_an_error(tmp_path: Path, name: str, why: str) -> None:
    page = tmp_path / "coverage.html"
    page.write_text("<p>all is well</p>", "utf-8")
    with pytest.raises(SnapkitError, match=f"{name} did not print it as PDF: {why}"):
        print_page(program(name), page)
    assert [path.name for path in tmp_path.iterdir()] == ["coverage.html"]
