"""The panel that chooses a database and a schema."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import ipywidgets as widgets

from snapkit.core.text import counted
from snapkit.lab.chooser import Chooser
from snapkit.lab.databases import Database, Kind
from snapkit.lab.demo import Demo
from snapkit.lab.outcomes import Told, Tone
from snapkit.lab.parts import WIDE, Message, Panel, button
from snapkit.lab.state import Connected, State, read_database

if TYPE_CHECKING:
    from collections.abc import Callable


class DatabasePanel(Panel):
    """Connects; the catalog is read in a thread, and no connection is kept."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.chooser = Chooser(
            state, "Database", (Kind.VARIABLE, Kind.SERVICE, Kind.DEMO), proposes=True
        )
        self.schema = widgets.Text(
            description="Prisma schema",
            placeholder="a file or folder; empty: where Prisma looks",
            style=WIDE,
            layout={"width": "26rem"},
        )
        self.connect = button("Connect", "Read the catalog and the schema", style="primary")
        self.message = Message()
        self.connect.on_click(lambda _: self.message.attempt(self._connect))
        super().__init__(
            "Database", widgets.HBox([self.chooser.box, self.schema, self.connect]), self.message
        )

    def _connect(self) -> None:
        given = self.schema.value.strip()
        schema = Path(given).expanduser() if given else None
        is_demo = self.chooser.kind.value is Kind.DEMO
        find: Callable[[], Database] = self._demo if is_demo else self.chooser.database
        database = None if is_demo else find()
        self.message.say(
            Told(tone=Tone.BUSY, headline="Starting the demo" if is_demo else "Connecting")
        )
        self.connect.disabled = True

        def read() -> Connected:
            try:
                chosen = find() if database is None else database
                named = chosen if schema is None else replace(chosen, schema=schema)
                return read_database(named, self._state.folder)
            finally:
                self.connect.disabled = False

        self.message.beside(read, self._show)

    def _demo(self) -> Database:
        if self._state.demo is None:
            self._state.demo = Demo.start()
        database: Database = self._state.demo.shop
        return database

    def _show(self, connected: Connected) -> None:
        catalog, schema = connected.catalog, connected.schema
        self._state.connected = connected
        models = "no Prisma schema" if schema is None else counted(len(schema.models), "model")
        facts = (
            ("database", connected.database.label),
            ("server", f"PostgreSQL {catalog.server.version_text}"),
            ("tables", f"{len(catalog.data_tables):,}"),
            ("schema", models),
        )
        self.message.say(Told(tone=Tone.GOOD, headline="Connected", facts=facts))
