"""Pages as PDF, printed by the Chromium or Chrome that this machine has."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from snapkit.errors import SnapkitError, UsageError

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_PATIENCE = 120  # for one page [s]
_OPTIONS = (
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-pdf-header-footer",  # the style sheet numbers the pages
)
# A link to another file would be printed with the path that it has on this very machine.
_OTHER_FILE = re.compile(r'(<a\b[^>]*?)\s(?:xlink:)?href="(?!#)[^"]*"')


def find_browser() -> str:
    """Find the program that prints pages.

    Returns:
        Its path.

    Raises:
        UsageError: There is none.
    """
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        raise UsageError(
            "no Chromium or Chrome to print a PDF with",
            f"PATH, which has none of {', '.join(BROWSERS)}",
            "Install one (Debian: apt install chromium), or leave --pdf out and print the page "
            "from any browser.",
        )
    return found


def print_page(browser: str, page: Path) -> Path:
    """Print a page beside itself, as PDF.

    Args:
        browser: What `find_browser` returned.
        page: An HTML file of ours.

    Returns:
        The path of the PDF.

    Raises:
        SnapkitError: The browser did not print it.
        OSError: A file cannot be written.
    """
    made = page.with_suffix(".pdf")
    with tempfile.TemporaryDirectory(prefix="snapkit-print-", ignore_cleanup_errors=True) as place:
        printed = Path(place) / page.name
        text = page.read_text("utf-8")
        printed.write_text(_OTHER_FILE.sub(r"\1", text), "utf-8")
        command = [
            browser,
            *_OPTIONS,
            *(["--no-sandbox"] if os.geteuid() == 0 else []),  # root has none; no page has a script
            f"--user-data-dir={place}/profile",
            f"--print-to-pdf={made}",
            printed.as_uri(),
        ]
        why = _why_not(command)
    if why or not made.exists():
        raise SnapkitError(
            f"{Path(browser).name} did not print it as PDF: {why or 'it wrote no file'}",
            f"page {page.name}",
            "Leave --pdf out, and print the page from any browser.",
        )
    return made


def _why_not(command: list[str]) -> str:
    """Run it; say why it failed, or nothing."""
    try:
        done = subprocess.run(  # noqa: S603  # a program from PATH, arguments as a list
            command, capture_output=True, timeout=_PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        return f"it took more than {_PATIENCE} s"
    if done.returncode == 0:
        return ""
    said = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return said[-1] if said else f"it ended with {done.returncode}"
