"""Progress: what a workflow tells whoever waits for it."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Told of each stage and of the amount done; the command line draws it."""

    def begin(self, what: str, total: int) -> None:
        """A stage begins.

        Args:
            what: For people, such as `reading 107 tables`.
            total: How much there is to do, in the unit of `advance`; 0 where unknown.
        """

    def advance(self, amount: int) -> None:
        """Some of the stage is done.

        Args:
            amount: Bytes of COPY text [bytes].
        """


class Silent:
    """Progress for nobody."""

    def begin(self, what: str, total: int) -> None:
        """Say nothing."""

    def advance(self, amount: int) -> None:
        """Say nothing."""


SILENT = Silent()
