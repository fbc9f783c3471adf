"""The panel that puts two snapshots side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ipywidgets as widgets

from snapkit.errors import UsageError
from snapkit.lab import actions
from snapkit.lab.parts import WIDE, Panel, button
from snapkit.lab.runner import Runner

if TYPE_CHECKING:
    from snapkit.lab.state import State


class ComparePanel(Panel):
    """Compares snapshot A with snapshot B, rows included."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.before, self.after = (
            widgets.Dropdown(description=words, style=WIDE, layout={"width": "18rem"})
            for words in ("Snapshot A", "Snapshot B")
        )
        self.compare = button("Compare", "Schema, tables and rows of both", style="primary")
        self.runner = Runner(state, (self.compare,))
        self.compare.on_click(lambda _: self.runner.result.attempt(self._compare))
        state.observe(lambda _: self._list(), "snapshots")
        self._list()
        super().__init__(
            "Two snapshots",
            widgets.HBox([self.before, self.after, self.compare]),
            self.runner.box,
        )

    def _list(self) -> None:
        ids = self._state.snapshots
        for field, place in ((self.before, 1), (self.after, 0)):
            chosen = field.value
            field.options = ids
            field.value = chosen if chosen in ids else next(iter(ids[place : place + 1]), None)

    def _compare(self) -> None:
        a, b = self.before.value, self.after.value
        if not a or not b or a == b:
            raise UsageError(
                "two snapshots are needed", "the workbench", "Choose two that are not the same."
            )
        self.runner.start(actions.compare(self._state.store.root, a, b))
