"""The panel of snapshots: their tables, rows, coverage and growth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ipywidgets as widgets

from snapkit.core.text import counted, size
from snapkit.lab.looking import coverage_table, growth_chart, preview, table_choices
from snapkit.lab.outcomes import Told, Tone
from snapkit.lab.parts import WIDE, Message, Offer, Panel, button
from snapkit.lab.state import reconciled
from snapkit.report.text import seconds_text, utc_text

if TYPE_CHECKING:
    from snapkit.core.manifest import Manifest
    from snapkit.lab.state import State
    from snapkit.store import Snapshot


class SnapshotPanel(Panel):
    """Shows what the store holds."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.snapshot = widgets.Dropdown(
            description="Snapshot", style=WIDE, layout={"width": "18rem"}
        )
        self.refresh = button("Look again", "See what the store holds now")
        self.facts = Message()
        self.table = widgets.Dropdown(description="Table", style=WIDE, layout={"width": "26rem"})
        self.limit = widgets.BoundedIntText(
            description="Rows", value=8, min=1, max=1000, style=WIDE, layout={"width": "9rem"}
        )
        self.rows, self.coverage, self.growth = Message(), Message(), Message()
        pages = widgets.Tab(
            [
                widgets.VBox([widgets.HBox([self.table, self.limit]), self.rows]),
                self.coverage,
                self.growth,
            ],
            titles=("Rows", "Coverage", "Growth"),
        )
        super().__init__(
            "Snapshots", widgets.HBox([self.snapshot, self.refresh]), self.facts, pages
        )
        state.observe(lambda _: self.facts.attempt(self._list), ["snapshots", "snapshot"])
        state.observe(lambda _: self.coverage.attempt(self._reconcile), "connected")
        self._snapshots = Offer(self.snapshot, self._choose)
        self._tables = Offer(self.table, lambda: self.rows.attempt(self._preview))
        self.limit.observe(lambda _: self.rows.attempt(self._preview), "value")
        self.refresh.on_click(lambda _: self.facts.attempt(state.refresh))
        self.facts.attempt(self._look)

    def _look(self) -> None:
        """The first look: a store that cannot be read is a message, as it is later."""
        self._state.refresh()
        self._list()

    def _choose(self) -> None:
        self._state.snapshot = self.snapshot.value or ""

    def _list(self) -> None:
        self._snapshots.fill(self._state.snapshots, self._state.snapshot or None)
        wanted = self.table.value
        self._tables.fill((), None)  # of what cannot be opened nothing is shown, nor of another
        for page in (self.rows, self.coverage, self.growth):
            page.clear()
        snapshot = self._state.open_snapshot()
        if snapshot is None:
            where = f"{self._state.store.root} holds no snapshot yet: take one below."
            self.facts.say(Told(tone=Tone.OPEN, headline=where))
            return
        self._show(snapshot, wanted)

    def _show(self, snapshot: Snapshot, table: str | None) -> None:
        manifest = snapshot.manifest
        self.facts.say(
            Told(
                tone=Tone.OPEN if snapshot.doubt else Tone.GOOD,
                headline=f"Snapshot {snapshot.id} of database {manifest.database}",
                facts=(
                    ("taken", utc_text(manifest.started_at)),
                    ("took", seconds_text(manifest.seconds)),
                    ("tables", f"{len(manifest.data_tables):,}"),
                    ("rows", f"{manifest.rows:,}"),
                    ("size", f"{size(manifest.size)}; {size(manifest.stored_size)} on disk"),
                    ("origin", snapshot.doubt or "this store wrote it"),
                    ("snapshots", counted(len(self._state.snapshots), "snapshot")),
                ),
            )
        )
        choices = table_choices(manifest)
        names = {name for _, name in choices}
        self._tables.fill(choices, table if table in names else _first(manifest))
        self.rows.attempt(self._preview)
        self.coverage.attempt(self._reconcile)
        self.growth.attempt(self._grow)

    def _preview(self) -> None:
        self.rows.clear()
        snapshot, table, limit = self._state.open_snapshot(), self.table.value, self.limit.value
        if snapshot is not None and table is not None:
            self.rows.say(Told(tone=Tone.BUSY, headline=f"Reading {table}"))
            self.rows.beside(lambda: preview(snapshot, table, limit), self._read)

    def _read(self, rows: str) -> None:
        self.rows.value = rows

    def _reconcile(self) -> None:
        snapshot = self._state.open_snapshot()
        if snapshot is not None:
            found = reconciled(self._state.connected, snapshot)
            self.coverage.value = coverage_table(found.coverage, snapshot.manifest, found.catalog)

    def _grow(self) -> None:
        snapshot = self._state.open_snapshot()
        if snapshot is not None:
            self.growth.value = growth_chart(self._state.store, snapshot)


def _first(manifest: Manifest) -> str | None:
    """The table of most rows: what a first look is at."""
    largest = max(manifest.data_tables, key=lambda entry: entry.rows, default=None)
    return f"{largest.namespace}.{largest.name}" if largest else None
