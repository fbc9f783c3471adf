"""Make the pictures of README.md: `make demo`, then `.venv/bin/python -m tests.readme_pictures`.

Each is a part of a page of the newest snapshot's report, as Chromium shows it.
"""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import FloatRect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
# Four of the eight stages, as far as the cycle of three; the verdict, and where the tables begin.
PARTS = {
    "schema_graph.svg": FloatRect(x=0, y=0, width=1405, height=1178),
    "restore_verification.html": FloatRect(x=0, y=0, width=1200, height=1105),
}


def main() -> None:
    """Make them."""
    newest = max(path.parent for path in ROOT.glob("reports/2*/schema_graph.svg"))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
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


if __name__ == "__main__":
    main()
