"""How graphs look: colours, a code of letters and a fill for each group, text escaped for DOT.

What colour says is said again in another way: groups by a code of letters, cycles by a word and a
heavy line, relations that the database does not enforce by dashes.

Names come from a database and are hostile: every text passes `plain`. Node ids are our own numbers.

Source: Graphviz documentation, DOT language, escString.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from snapkit.core.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from snapkit.report.graph import TableGraph

INK = "#1f2430"  # text; the page's dark style replaces each of these
FAINT = "#5d6675"
LINE = "#7b8697"
PAPER = "#ffffff"
ALARM = "#b3261e"  # cycles
FILLS = (
    "#cfe3fb", "#d5efd8", "#fde0b8", "#e6d9f7", "#fbd5dd", "#cdeeee", "#f3ecb6", "#dfe4ea",
    "#f7d3ef", "#d9e8b4", "#d3d9fb", "#f2d8c4",
)  # fmt: skip
"""Pale fills, one per group; a 13th group takes the first again, and its code tells them apart."""

NAME_LENGTH = 34
GROUP_LENGTH = 26
NAME_SIZE, LINE_SIZE, CHIP_SIZE = 11.0, 8.5, 9.0  # as the style sheet says [points]
_WIDTH = 1.5  # of a node, at least [inches]: columns of one width read like a table
_MARGINS = 14.0  # left and right together [points]
_CODE_LENGTHS = (2, 3)

FONT = {"fontname": "Arial", "fontsize": "9", "fontcolor": INK}
NODE = {
    "shape": "box",
    "style": "rounded,filled",
    "color": LINE,
    "fillcolor": PAPER,
    "height": "0.2",
    "margin": "0.07,0.06",
}
EDGE = {
    "color": LINE,
    "arrowhead": "crow",
    "arrowtail": "none",
    "arrowsize": "0.6",
    "penwidth": "0.8",
}


def plain(text: str, limit: int = 0) -> str:
    r"""Escape one line for an attribute: backslashes (`\N` is a node's name there) and entities.

    Args:
        text: Any text.
        limit: As in `visible`.

    Returns:
        The text as DOT wants it, not yet quoted.
    """
    return visible(text, limit).replace("\\", "\\\\").replace("&", "&amp;")


def box_width(*widths: float, least: float = _WIDTH) -> str:
    """The width of a box around lines of these widths [inches]."""
    return f"{max((max(widths) + _MARGINS) / 72, least):.2f}"


def joined(lines: Iterable[str], end: str = r"\n") -> str:
    r"""Join escaped lines; `\l` as their end puts them to the left."""
    return "".join(f"{line}{end}" for line in lines)


@dataclass(frozen=True, slots=True)
class GroupStyle:
    """How a group looks: a code of letters, and a fill."""

    code: str
    fill: str


def group_styles(graph: TableGraph) -> Mapping[str | None, GroupStyle]:
    """Give each group a code and a colour, the same in every picture of one graph.

    Args:
        graph: The whole graph.

    Returns:
        A style per group; tables without a group are white, with a dash for a code.
    """
    styles: dict[str | None, GroupStyle] = {}
    used: set[str] = set()
    named = [name for name, _ in graph.groups if name is not None]
    for place, name in enumerate(named):
        code = _code(name, used)
        used.add(code)
        styles[name] = GroupStyle(code, FILLS[place % len(FILLS)])
    styles[None] = GroupStyle("-", PAPER)
    return styles


def _code(name: str, used: set[str]) -> str:
    words = [word for word in "".join(c if c.isalnum() else " " for c in name).split() if word]
    initials = "".join(word[0] for word in words).upper()
    letters = "".join(words).upper()
    candidates = [initials[:size] for size in _CODE_LENGTHS if len(initials) >= size]
    candidates += [letters[:1] + letter for letter in letters[1:]]
    candidates += [f"{letters[:1] or '#'}{number}" for number in range(1, len(used) + 2)]
    return next(code for code in candidates if code not in used)
