"""Mermaid flowcharts of a graph, for Markdown: GitHub, GitLab and many editors draw them in place.

Names are hostile. In a text between quotes, Mermaid knows entities that begin with `#`; what is not
a letter, a digit or plain punctuation is written as one. Node ids are our own numbers.

Source: Mermaid documentation, Flowcharts, "Entity codes to escape characters"; Configuration.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from snapkit.core.text import counted, visible
from snapkit.report.look import ALARM, INK, LINE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from snapkit.core.names import ForeignKey
    from snapkit.report.drawing import Drawing, Pair
    from snapkit.report.group_boxes import GroupBoxes
    from snapkit.report.look import GroupStyle

MOST_EDGES, LONGEST_TEXT = 500, 50_000  # Mermaid's own limits, unless a page sets others
_PLAIN = frozenset(" .,:-_()|/+")
_LABEL_LENGTH = 60


def escaped(text: str, limit: int = _LABEL_LENGTH) -> str:
    """Escape one line for a text between quotes.

    Args:
        text: Any text.
        limit: As in `visible`.

    Returns:
        Letters and digits as they are, all else as `#number;`; never empty, which is no text there.
    """
    if not text.strip():
        return "#160;"
    return "".join(
        letter if letter.isalnum() or letter in _PLAIN else f"#{ord(letter)};"
        for letter in visible(text, limit)
    )


def mermaid_source(drawing: Drawing, edges: dict[Pair, list[ForeignKey]], *, title: str) -> str:
    """Write the drawn part of a graph as a flowchart: a frame per group, tables in it.

    Args:
        drawing: What is drawn.
        edges: The edges to draw.
        title: Of the picture, in a comment.

    Returns:
        Mermaid text, the same for the same arguments.
    """
    graph = drawing.graph
    lines = _head([title, *drawing.key(edges.values())])
    for place, (group, _) in enumerate(graph.groups):
        nodes = [node for node in drawing.nodes() if node.group == group]
        if not nodes:
            continue
        words = "no group" if group is None else group
        lines.append(f'  subgraph g{place}["{escaped(words)}"]')
        for node in nodes:
            hubs = [f"★ {drawing.label_of(name)}" for name in drawing.folded_hubs(node)]
            marks = [*([str(node.kind)] if node.kind else []), *hubs, *drawing.marks(node)]
            lines.append(f"    {drawing.ids[node.table]}{_label([node.label, *marks])}:::c{place}")
        lines.append("  end")
    ends = ((drawing.ids[parent], drawing.ids[child]) for parent, child in edges)
    lines += _edges(ends, [("", keys) for keys in edges.values()], drawing)
    cyclic = [drawing.ids[node.table] for node in drawing.nodes() if node.table in graph.cycle_of]
    styles = [(f"c{place}", drawing.styles[name]) for place, (name, _) in enumerate(graph.groups)]
    return "\n".join([*lines, *_classes(styles, cyclic)]) + "\n"


def mermaid_groups(boxes: GroupBoxes, *, title: str) -> str:
    """Write a graph as a flowchart of groups.

    Args:
        boxes: What is said of each group.
        title: Of the picture, in a comment.

    Returns:
        Mermaid text, the same for the same arguments.
    """
    drawing = boxes.drawing
    lines = _head([title, *boxes.key()])
    for name, node_id in boxes.ids.items():
        words = [boxes.title(name), boxes.facts(name), *boxes.badges(name)]
        lines.append(f"  {node_id}{_label(words)}:::c{node_id}")
    ends = ((boxes.ids[parent], boxes.ids[child]) for parent, child in boxes.relations)
    told = [(str(len(keys)) if len(keys) > 1 else "", keys) for keys in boxes.relations.values()]
    lines += _edges(ends, told, drawing)
    cyclic = [
        boxes.ids[name]
        for name, nodes in boxes.members.items()
        if any(node.table in drawing.graph.cycle_of for node in nodes)
    ]
    styles = [(f"c{node_id}", drawing.styles[name]) for name, node_id in boxes.ids.items()]
    return "\n".join([*lines, *_classes(styles, cyclic)]) + "\n"


def too_large(source: str) -> str:
    """Say where a flowchart is beyond what Mermaid draws unless it is told to.

    Args:
        source: Mermaid text.

    Returns:
        One line; empty where it is not.
    """
    edges = sum("-->" in line or "-.->" in line for line in source.splitlines())
    beyond = [f"{edges:,} edges"] if edges > MOST_EDGES else []
    beyond += [counted(len(source), "character")] if len(source) > LONGEST_TEXT else []
    if not beyond:
        return ""
    limits = f"{MOST_EDGES:,} edges and {LONGEST_TEXT:,} characters"
    return f"Mermaid draws {limits} at most, unless its page allows more: here are {beyond[0]}"


def _head(words: Iterable[str]) -> list[str]:
    # "%%{" anywhere, in a comment too, begins a directive
    comments = [visible(line).replace("%", "#37;") for line in words if line]
    return [*(f"%% {line}" for line in comments), "flowchart LR"]


def _label(words: Sequence[str]) -> str:
    first, *others = (escaped(word) for word in words)
    return f'["{"<br>".join([f"<b>{first}</b>", *others])}"]'


def _edges(
    ends: Iterable[tuple[str, str]], told: Sequence[tuple[str, list[ForeignKey]]], drawing: Drawing
) -> list[str]:
    lines, heavy = [], []
    for place, ((parent, child), (figure, keys)) in enumerate(zip(ends, told, strict=True)):
        arrow = "-->" if any(key.enforced for key in keys) else "-.->"
        label = f'|"{figure}"|' if figure else ""
        lines.append(f"  {parent} {arrow}{label} {child}")
        if any(drawing.is_in_cycle((key.parent, key.child)) for key in keys):
            heavy.append(str(place))
    if heavy:
        lines.append(f"  linkStyle {','.join(heavy)} stroke:{ALARM},stroke-width:3px")
    return lines


def _classes(styles: Iterable[tuple[str, GroupStyle]], cyclic: Sequence[str]) -> list[str]:
    """Fill and ink go together: the text stays legible in a dark page, too."""
    lines = [
        f"  classDef {name} fill:{style.fill},stroke:{LINE},color:{INK}" for name, style in styles
    ]
    if cyclic:
        lines.append(f"  classDef cycle stroke:{ALARM},stroke-width:3px")
        lines.append(f"  class {','.join(cyclic)} cycle")
    return lines
