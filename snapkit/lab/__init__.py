"""The workbench: ipywidgets on top of the package, for `notebooks/workbench.ipynb`.

It holds no logic of its own. What is looked at comes from `workflows`, `store` and `report`; what
takes long is a `snapkit` command in a process of its own, which can be interrupted as at a terminal
(`jobs`). What is decided here is decided by functions of values: `databases`, `actions`,
`outcomes`, `markup`; the panels only show.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snapkit.lab.workbench import Workbench

__all__ = ["Workbench"]


def __getattr__(name: str) -> object:
    if name != "Workbench":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("snapkit.lab.workbench"), name)
