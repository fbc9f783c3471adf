"""Values that show themselves; how they do is loaded when one is shown: commands start without.

Source: IPython's documentation, Integrating your objects with IPython, Rich display.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snapkit.core.summary import Summary


class Summarized(ABC):
    """A value that notebooks and terminals show by its summary."""

    __slots__ = ()

    @abstractmethod
    def summary(self) -> Summary:
        """What to show of it."""

    def _repr_html_(self) -> str:
        """What notebooks other than Jupyter's ask for."""
        return self.summary().html()

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """What Jupyter shows, and keeps as text beside it: the summary, not the whole value."""
        del include, exclude  # Jupyter filters by itself
        summary = self.summary()
        return {"text/plain": summary.text(), "text/html": summary.html()}

    def __str__(self) -> str:
        return self.summary().text()
