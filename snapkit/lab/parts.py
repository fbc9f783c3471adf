"""What all panels are made of: messages, work beside the kernel, words where no widget lives."""

from __future__ import annotations

import html
import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import ipywidgets as widgets

from snapkit.errors import SnapkitError
from snapkit.lab.outcomes import Told, html_of, message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_T = TypeVar("_T")
_STYLE = (Path(__file__).parent / "style.css").read_text("utf-8")
WIDE = {"description_width": "initial"}


class Panel:
    """A part of the workbench: a widget, and what stands in its place on a page."""

    def __init__(self, name: str, *children: widgets.Widget) -> None:
        self._name = name
        style = widgets.HTML(f"<style>{_STYLE}</style>", layout={"display": "none"})
        self.box = widgets.VBox([*children, style])
        self.box.add_class("snapkit-panel")

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        """Give the widget's view, and words for viewers that show none."""
        words = f"{self._name}: open the workbench in JupyterLab, with `snapkit lab`, to use it."
        bundle: dict[str, Any] = dict(self.box._repr_mimebundle_())
        return bundle | {"text/plain": words, "text/html": f"<p>{html.escape(words)}</p>"}


class Message(widgets.HTML):  # type: ignore[misc] # ipywidgets publishes no types
    """Where a panel says what came of it."""

    def __init__(self) -> None:
        super().__init__()
        self._wanted = 0  # which of the works beside is waited for
        self._turn = threading.RLock()

    def say(self, told: Told) -> None:
        """Show an outcome."""
        self.value = html_of(told)

    def clear(self) -> None:
        """Show nothing, and nothing of what is under way beside."""
        with self._turn:
            self._wanted += 1
            self.value = ""

    def attempt(self, work: Callable[[], object]) -> None:
        """Do something; what goes wrong is said here, as a message.

        Args:
            work: What a click asks for.
        """
        try:
            work()
        except Exception as error:  # noqa: BLE001 -- a traceback is no message
            self.say(told_of(error))

    def beside(self, work: Callable[[], _T], then: Callable[[_T], None]) -> None:
        """Do something in a thread, so that the kernel stays usable.

        What came of it, or went wrong, is dropped where something later is wanted here.

        Args:
            work: What takes long.
            then: Is given what came of it, in that thread; what goes wrong is said here.
        """
        with self._turn:
            self._wanted += 1
            wanted = self._wanted

        def do() -> None:
            try:
                found = work()
            except Exception as error:  # noqa: BLE001 -- a traceback is no message
                answer = partial(self.say, told_of(error))
            else:
                answer = partial(self.attempt, partial(then, found))
            with self._turn:
                if wanted == self._wanted:
                    answer()

        threading.Thread(target=do, name="snapkit lab", daemon=True).start()


def told_of(error: Exception) -> Told:
    """An error as a message.

    Args:
        error: What was raised.

    Returns:
        What, where and what to do next.
    """
    if isinstance(error, SnapkitError):
        return message(error.what, error.where, error.hint)
    text = " ".join(str(error).split())
    return message(
        f"unexpected {type(error).__name__}: {text}",
        "the workbench",
        "This is a fault of snapkit: report it.",
    )


class Offer:
    """Fills a field of choices; what its value does meanwhile is not a choice of anybody's.

    Args:
        field: An ipywidgets selection.
        chosen: Called when somebody chose.
    """

    def __init__(self, field: widgets.Widget, chosen: Callable[[], object]) -> None:
        self._field = field
        self._is_filling = False
        field.observe(lambda _: None if self._is_filling else chosen(), "value")

    def fill(self, options: Iterable[object], value: object) -> None:
        """Offer other choices.

        Args:
            options: As ipywidgets takes them.
            value: The one that is chosen; None where none is.
        """
        self._is_filling = True
        try:
            self._field.options = list(options)
            self._field.value = value
        finally:
            self._is_filling = False


def button(words: str, note: str, *, style: str = "") -> widgets.Button:
    """A button with words on it, never an icon alone.

    Args:
        words: On the button.
        note: What it does.
        style: One of ipywidgets' button styles.

    Returns:
        The button, as wide as its words.
    """
    return widgets.Button(
        description=words, tooltip=note, button_style=style, layout={"width": "auto"}
    )
