"""The explorer: models, graph and restore order in one widget, which says what was clicked.

An ipywidgets.HTML can show a graph, but no click on it reaches Python. anywidget is the small
bridge for that: it takes a module of JavaScript along, and needs no build and no network.
"""

from __future__ import annotations

from pathlib import Path

import anywidget
import traitlets

_HERE = Path(__file__).parent
NO_TABLE = -1


class Explorer(anywidget.AnyWidget):
    """Shows markup of `snapkit.lab.markup`.

    `focus` is the number of the table to mark. `chosen` is what was clicked last: the
    number of a `table` or `group`, and `click`, which tells two clicks on one of them apart.
    """

    _esm = _HERE / "explorer.js"
    _css = _HERE / "explorer.css"
    models = traitlets.Unicode().tag(sync=True)
    picture = traitlets.Unicode().tag(sync=True)
    order = traitlets.Unicode().tag(sync=True)
    caption = traitlets.Unicode().tag(sync=True)
    focus = traitlets.Int(NO_TABLE).tag(sync=True)
    chosen = traitlets.Dict().tag(sync=True)
