"""Make the pictures of README.md: `make demo`, then `.venv/bin/python -m tests.readme_pictures`.

Each is a part of a page of the newest snapshot's report, as Chromium shows it; the last one is the
workbench in JupyterLab, on the demo's shop.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import FloatRect, sync_playwright

from tests.notebooks.jupyterlab import jupyterlab, opened_notebook

CHROMIUM = "/usr/bin/chromium"
ROOT = Path(__file__).resolve().parent.parent
LONG = 60_000  # for the demo's server, and for a backup [ms]
# Four of the eight stages, as far as the cycle of three; the verdict, and what was checked.
PARTS = {
    "schema_graph.svg": FloatRect(x=0, y=0, width=1405, height=1178),
    "restore_verification.html": FloatRect(x=0, y=0, width=1200, height=870),
}


def main() -> None:
    """Make them."""
    newest = max(path.parent for path in ROOT.glob("reports/2*/schema_graph.svg"))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        for name, part in PARTS.items():
            page = browser.new_page(viewport={"width": int(part["width"]), "height": 1200})
            page.goto((newest / name).as_uri())
            page.screenshot(
                path=ROOT / "reports" / "readme" / f"{Path(name).stem}.png",
                clip=part,
                animations="disabled",
            )
        browser.close()
    with tempfile.TemporaryDirectory() as made:
        show_workbench(Path(made), ROOT / "reports" / "readme" / "workbench.png")


def show_workbench(folder: Path, picture: Path) -> None:
    """Take a backup of the demo's shop in the workbench, and look at its graph."""
    with (
        jupyterlab(folder, folder / "snapshots", {}) as server,
        opened_notebook(server, CHROMIUM, folder / "browser") as page,
    ):
        page.set_viewport_size({"width": 1400, "height": 860})
        page.evaluate("window.jupyterapp.commands.execute('application:toggle-left-area')")
        page.get_by_label("Database", exact=True).select_option(label="demo shop")
        page.get_by_role("button", name="Connect", exact=True).click()
        page.locator(".snapkit-told", has_text="Connected").wait_for(timeout=LONG)
        page.get_by_role("button", name="Back up", exact=True).click()
        page.locator(".snapkit-told", has_text="is taken").wait_for(timeout=LONG)
        page.locator(".snapkit-explorer .caption", has_text="rows of snapshot").wait_for()
        page.mouse.move(0, 0)
        page.evaluate("document.querySelector('.snapkit-explorer').scrollIntoView({block: 'end'})")
        page.wait_for_timeout(500)
        page.screenshot(path=picture, animations="disabled")


if __name__ == "__main__":
    main()
