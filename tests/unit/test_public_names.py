"""The library's public names."""

from __future__ import annotations

import subprocess
import sys

import pytest

import snapkit


def test_public_names_are_sorted() -> None:
    assert snapkit.__all__ == sorted(snapkit.__all__)


@pytest.mark.parametrize("name", snapkit.__all__)
def test_public_name_exists_and_is_documented(name: str) -> None:
    value = getattr(snapkit, name)
    assert name == "__version__" or value.__doc__


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        snapkit.nonsense  # noqa: B018


def test_import_loads_nothing_heavy() -> None:
    heavy = "'psycopg', 'numpy', 'pandas'"
    code = f"import sys, snapkit; print([m for m in ({heavy}) if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
