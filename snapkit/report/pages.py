"""Pages: executed notebooks as offline HTML.

A page makes no request and runs no script: its Content-Security-Policy forbids both.
"""

from __future__ import annotations

import colorsys
import re
from functools import cache
from typing import TYPE_CHECKING, Any

from snapkit.errors import SnapkitError
from snapkit.report.look import ALARM, FAINT, FILLS, INK, LINE, PAPER
from snapkit.report.result import Outcome, write_file
from snapkit.report.tables import TEMPLATES, mark
from snapkit.report.text import seconds_text, slug

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from nbformat import NotebookNode

    from snapkit.report.parameters import Notebook
    from snapkit.report.result import Result

_HIDDEN = ("parameters", "injected-parameters", "remove_cell", "papermill-error-cell-tag")
_FORMS = ("text/html", "image/svg+xml", "image/png", "text/plain")  # the first one is shown
_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
_DARK = {INK: "#e4e8ee", FAINT: "#b4bcc9", LINE: "#8b95a5", PAPER: "#1c2128", ALARM: "#ff8a80"}
_DARK_LIGHTNESS, _DARK_SATURATION = 0.24, 0.45
_SEVERITY = (
    Outcome.FAILED,
    Outcome.MISMATCH,
    Outcome.UNCHECKED,
    Outcome.QUARANTINED,
    Outcome.DRIFT,
    Outcome.MATCH,
)


def worst_outcome(outcomes: Iterable[Outcome]) -> Outcome:
    """The outcome of several runs: the worst one; of none, UNCHECKED.

    Args:
        outcomes: In any order.

    Returns:
        One of them, or UNCHECKED.
    """
    return min(outcomes, key=_SEVERITY.index, default=Outcome.UNCHECKED)


@cache
def style() -> str:
    """The style sheet of every page, light and dark, with the graph's colours for dark pages."""
    return f"{(TEMPLATES / 'style.css').read_text('utf-8')}\n{_dark_graph()}"


def _dark_graph() -> str:
    """Turn the colours of a graph, which Graphviz writes into attributes, for a dark page."""
    colours = _DARK | {fill: _darkened(fill) for fill in FILLS}
    rules = [
        f'.graph [{attribute}="{light}"] {{ {attribute}: {dark}; }}'
        for light, dark in colours.items()
        for attribute in ("fill", "stroke")
    ]
    return "@media screen and (prefers-color-scheme: dark) {\n" + "\n".join(rules) + "\n}\n"


def _darkened(colour: str) -> str:
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    hue, _, saturation = colorsys.rgb_to_hls(red, green, blue)
    dark = colorsys.hls_to_rgb(hue, _DARK_LIGHTNESS, saturation * _DARK_SATURATION)
    return "#" + "".join(f"{round(part * 255):02x}" for part in dark)


def write_page(
    folder: Path,
    notebook: Notebook,
    result: Result,
    siblings: Iterable[Notebook],
    *,
    has_pdf: bool = False,
) -> Path:
    """Convert an executed notebook, failed ones too.

    Args:
        folder: The snapshot's folder below `reports/`; holds `<notebook>.ipynb`.
        notebook: Which one.
        result: What its run found.
        siblings: The notebooks whose pages lie, or will lie, beside it; itself among them.
        has_pdf: Whether it will be printed as PDF beside itself.

    Returns:
        The page's path.

    Raises:
        StorageError: The page cannot be written.
        SnapkitError: The notebook cannot be read or converted.
    """
    import nbformat  # noqa: PLC0415  # with nbconvert, half a second

    exporter = _exporter()
    try:
        node = nbformat.read(folder / f"{notebook}.ipynb", as_version=4)  # type: ignore[no-untyped-call]
        node.cells = _until_error(node.cells)
        files = _files_beside(folder, notebook, has_pdf=has_pdf)
        page = _page(notebook, result, node, files) | {
            "siblings": [{"name": str(item), "title": item.heading} for item in siblings]
        }
        body, _ = exporter.from_notebook_node(node, resources={"page": page})
    except Exception as exc:
        raise SnapkitError(
            f"cannot convert notebook {notebook}: {exc}", str(folder), "Run snapkit report again."
        ) from exc
    return write_file(folder / f"{notebook}.html", body.encode("utf-8", "replace"))


def _until_error(cells: list[NotebookNode]) -> list[NotebookNode]:
    """Leave out what never ran: empty sections after the cell that raised."""
    for place, cell in enumerate(cells, start=1):
        if any(output.output_type == "error" for output in cell.get("outputs", ())):
            return cells[:place]
    return cells


@cache
def _exporter() -> Any:  # noqa: ANN401  # nbconvert publishes no types
    """Make the exporter: TemplateExporter, because HTMLExporter parses its own page once more."""
    from nbconvert.exporters import TemplateExporter  # noqa: PLC0415
    from nbconvert.filters.markdown_mistune import (  # noqa: PLC0415
        IPythonRenderer,
        MarkdownWithMath,
    )
    from traitlets.config import Config  # noqa: PLC0415

    config = Config()
    config.TagRemovePreprocessor.enabled = True
    config.TagRemovePreprocessor.remove_cell_tags = set(_HIDDEN)
    config.NbConvertBase.display_data_priority = list(_FORMS)
    words: Any = MarkdownWithMath(IPythonRenderer(escape=True, exclude_anchor_links=True))
    make: Any = TemplateExporter
    exporter = make(
        config=config,
        template_name="snapkit",
        template_file="index.html.j2",
        extra_template_basedirs=[str(TEMPLATES)],
        file_extension=".html",
        exclude_input=True,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
    )
    exporter.register_filter("markdown2html", words.render)
    exporter.register_preprocessor("nbconvert.preprocessors.TagRemovePreprocessor", enabled=True)
    return exporter


def _files_beside(folder: Path, notebook: Notebook, *, has_pdf: bool) -> list[str]:
    names = {path.name for path in folder.glob(f"{notebook}.*") if path.suffix != ".html"}
    return sorted(names | ({f"{notebook}.pdf"} if has_pdf else set()))


def _page(
    notebook: Notebook, result: Result, node: NotebookNode, files: Iterable[str]
) -> dict[str, Any]:
    """What the template needs beside the notebook."""
    sections = {
        cell.id: (found[1], slug(found[1]))
        for cell in node.cells
        if cell.cell_type == "markdown" and (found := _HEADING.search(cell.source))
    }
    return {
        "name": str(notebook),
        "title": result.title,
        "mark": mark(result.outcome),
        "snapshot_id": result.snapshot_id,
        "manifest_digest": result.manifest_digest,
        "version": result.version,
        "finished_at": result.finished_at[:19].replace("T", " "),
        "seconds": seconds_text(result.seconds),
        # a run with a record came to its end: what failed is what it is about
        "failure": result.summary if result.outcome is Outcome.FAILED and not result.record else "",
        "style": style(),
        "sections": [{"title": title, "anchor": slug} for title, slug in sections.values()],
        "anchors": {name: slug for name, (_, slug) in sections.items()},
        "files": [{"name": name, "href": name} for name in files],
    }
