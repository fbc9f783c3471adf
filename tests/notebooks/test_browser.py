"""The pages in a real browser: they ask for nothing, complain of nothing, and fit."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import sync_playwright

from snapkit.report import run_reports
from snapkit.report.parameters import Notebook
from tests.notebooks.conftest import VARIABLE, Shop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from snapkit.report.runner import ReportSet

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PAGES = ["index", *Notebook]


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, headless=True, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def reports(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> ReportSet:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, shop.secret_dsn)
        return run_reports(shop.store, "latest", tmp_path_factory.mktemp("pages"), dsn_env=VARIABLE)


def path_of(reports: ReportSet, name: str) -> Path:
    return reports.index if name == "index" else reports.folder / f"{name}.html"


def opened(browser: Browser, path: Path, *, width: int = 1400) -> tuple[Page, list[str]]:
    """A page, and everything that it asked for or said on the console."""
    page = browser.new_page(viewport={"width": width, "height": 900})
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: said.append(request.url))
    page.goto(path.as_uri(), wait_until="networkidle")
    said.remove(path.as_uri())
    return page, said


@pytest.mark.parametrize("name", PAGES)
def test_page_asks_for_nothing_and_complains_of_nothing(
    browser: Browser, reports: ReportSet, name: str
) -> None:
    page, said = opened(browser, path_of(reports, name))
    page.close()
    assert said == []


@pytest.mark.parametrize("width", [400, 1400])
@pytest.mark.parametrize("name", PAGES)
def test_page_fits_a_phone_and_a_desk(
    browser: Browser, reports: ReportSet, name: str, width: int
) -> None:
    page, _ = opened(browser, path_of(reports, name), width=width)
    wide = page.evaluate("document.documentElement.scrollWidth")
    page.close()
    assert wide <= width


@pytest.mark.parametrize("name", PAGES)
def test_page_has_no_id_twice_and_no_dead_link(
    browser: Browser, reports: ReportSet, name: str
) -> None:
    path = path_of(reports, name)
    page, _ = opened(browser, path)
    ids = page.eval_on_selector_all("[id]", "found => found.map(one => one.id)")
    links = page.eval_on_selector_all("a[href]", "found => found.map(a => a.getAttribute('href'))")
    page.close()
    assert len(ids) == len(set(ids))
    targets = [str(link).partition("#") for link in links]
    assert [link for link, _, _ in targets if link and not (path.parent / link).exists()] == []
    assert [
        anchor
        for link, _, anchor in targets
        if anchor and link in {"", path.name} and anchor not in ids
    ] == []


@pytest.mark.parametrize("name", PAGES)
def test_page_is_told_apart_by_headings_and_header_cells(
    browser: Browser, reports: ReportSet, name: str
) -> None:
    page, _ = opened(browser, path_of(reports, name))
    headings = page.locator("h1").count()
    bare = page.locator("th:not([scope])").count()
    unnamed = page.locator("figure:not([aria-label]), [role=region]:not([aria-label])").count()
    language = page.locator("html").get_attribute("lang")
    page.close()
    assert (headings, bare, unnamed, language) == (1, 0, 0, "en")


def test_page_leads_from_a_node_of_the_graph_to_its_row(
    browser: Browser, reports: ReportSet
) -> None:
    page, _ = opened(browser, path_of(reports, Notebook.SCHEMA_GRAPH))
    name = page.locator("css=text", has_text=re.compile("^Invoice$"))
    page.locator("figure .table a[href]", has=name).click()
    target = page.locator("tr:target th").inner_text()
    page.close()
    assert target == "Invoice"
