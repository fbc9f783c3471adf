"""Fields that say which database is meant."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import ipywidgets as widgets

from snapkit.errors import UsageError
from snapkit.lab.databases import (
    VARIABLE,
    Database,
    Kind,
    named_database,
    read_dotenv,
    service_names,
    variable_names,
)
from snapkit.lab.parts import WIDE

if TYPE_CHECKING:
    from snapkit.lab.state import State


class Chooser:
    """A kind of name, and the name. The name is never an address: those may hold passwords.

    Args:
        state: Knows the folder of `.env`.
        words: What the database is for.
        kinds: Those to choose from, the first one first.
        proposes: Whether to fill in the first name that is found.
    """

    def __init__(
        self, state: State, words: str, kinds: tuple[Kind, ...], *, proposes: bool
    ) -> None:
        self._state = state
        self._proposes = proposes
        self.kind = widgets.Dropdown(
            description=words,
            options=[(str(kind), kind) for kind in kinds],
            style=WIDE,
            layout={"width": "auto"},
        )
        self.name = widgets.Combobox(
            description="Its name", ensure_option=False, style=WIDE, layout={"width": "20rem"}
        )
        self.box = widgets.HBox([self.kind, self.name])
        self.kind.observe(self._show, "value")
        self._show()

    def database(self) -> Database:
        """The database that is named.

        Raises:
            UsageError: None is, or what names it cannot be read.
        """
        kind: Kind = self.kind.value
        if kind in {Kind.SERVICE, Kind.VARIABLE}:
            return named_database(
                kind, self.name.value, os.environ, read_dotenv(self._state.folder)
            )
        if kind is Kind.ABOVE:
            if self._state.connected is None:
                raise UsageError(
                    "no database is connected above", "the workbench", "Connect to one first."
                )
            connected: Database = self._state.connected.database
            return connected
        if self._state.demo is None:
            raise UsageError(
                "the demo does not run",
                "the workbench",
                "Choose the demo shop as database above, and connect to it.",
            )
        found: Database = self._state.demo.shop if kind is Kind.DEMO else self._state.demo.copy
        return found

    def _show(self, _: object = None) -> None:
        kind = self.kind.value
        is_named = kind in {Kind.SERVICE, Kind.VARIABLE}
        self.name.layout.display = "" if is_named else "none"
        if not is_named:
            return
        if kind is Kind.VARIABLE:
            names = variable_names(os.environ, read_dotenv(self._state.folder))
            self.name.placeholder = f"such as {VARIABLE}"
        else:
            names = service_names(os.environ, Path.home())
            self.name.placeholder = "a section of ~/.pg_service.conf"
        self.name.options = names
        self.name.value = names[0] if names and self._proposes else ""
