"""The pages in a real browser: they ask for nothing, complain of nothing, and fit."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest
from playwright.sync_api import Page, sync_playwright

from snapkit.demo import schema_path
from snapkit.prisma import parse
from snapkit.report.dot import graph_source
from snapkit.report.graph import Detail, GraphNode, TableGraph, select, table_graph
from snapkit.report.parameters import OF_ONE_SNAPSHOT, Notebook
from snapkit.report.render import PictureFormat, render
from tests.factories import HOSTILE_NAMES, name_of
from tests.support import requires

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from snapkit.report.runner import ReportSet

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.xdist_group("reports"),  # one worker makes the pages, once
]

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PAGES = ["index", *OF_ONE_SNAPSHOT]
LEAST_CONTRAST = 4.5  # of text to what is behind it: WCAG 2.2, level AA
FAINT_TEXTS = """least => {
  const numbers = colour => colour.match(/[\\d.]+/g).map(Number);
  const light = colour => numbers(colour).slice(0, 3)
    .map(part => part / 255)
    .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, place) => sum + part * [0.2126, 0.7152, 0.0722][place], 0);
  const behind = one => {
    const colour = getComputedStyle(one).backgroundColor;
    return numbers(colour)[3] !== 0 || !one.parentElement ? colour : behind(one.parentElement);
  };
  const texts = [...document.querySelectorAll("main *")].filter(one => !one.closest("svg, style") &&
    [...one.childNodes].some(child => child.nodeType === 3 && child.textContent.trim()));
  return texts.filter(one => {
    const pair = [light(getComputedStyle(one).color), light(behind(one))].sort((a, b) => b - a);
    return (pair[0] + 0.05) / (pair[1] + 0.05) < least;
  }).map(one => one.outerHTML);
}"""


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, headless=True, args=ARGUMENTS)
        yield opened
        opened.close()


def path_of(reports: ReportSet, name: str) -> Path:
    return reports.index if name == "index" else reports.folder / f"{name}.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A page in the browser, and everything that it asked for or said on the console."""

    page: Page
    path: Path
    said: tuple[str, ...]


@pytest.fixture(scope="module", params=PAGES)
def opened(
    browser: Browser, reports: ReportSet, request: pytest.FixtureRequest
) -> Iterator[Opened]:
    """Each page, opened once for all that is asked of it."""
    path = path_of(reports, request.param)
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda one: said.append(one.url))
    page.goto(path.as_uri(), wait_until="networkidle")
    said.remove(path.as_uri())
    yield Opened(page=page, path=path, said=tuple(said))
    page.close()


def test_page_asks_for_nothing_and_complains_of_nothing(opened: Opened) -> None:
    assert opened.said == ()


@pytest.mark.parametrize("width", [400, 1400])
def test_page_fits_a_phone_and_a_desk(opened: Opened, width: int) -> None:
    opened.page.set_viewport_size({"width": width, "height": 900})
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width


def test_page_has_no_id_twice_and_no_dead_link(opened: Opened) -> None:
    page, path = opened.page, opened.path
    ids = page.eval_on_selector_all("[id]", "found => found.map(one => one.id)")
    links = page.eval_on_selector_all("a[href]", "found => found.map(a => a.getAttribute('href'))")
    assert len(ids) == len(set(ids))
    targets = [str(link).partition("#") for link in links]
    assert [link for link, _, _ in targets if link and not (path.parent / link).exists()] == []
    assert [
        anchor
        for link, _, anchor in targets
        if anchor and link in {"", path.name} and anchor not in ids
    ] == []


def test_page_is_told_apart_by_headings_and_header_cells(opened: Opened) -> None:
    page = opened.page
    headings = page.locator("h1").count()
    bare = page.locator("th:not([scope]), table:not([aria-labelledby])").count()
    unnamed = page.locator("figure:not([aria-label]), [role=region]:not([aria-label])").count()
    language = page.locator("html").get_attribute("lang")
    assert (headings, bare, unnamed, language) == (1, 0, 0, "en")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_is_legible_in_light_and_dark(
    opened: Opened, scheme: Literal["light", "dark"]
) -> None:
    opened.page.emulate_media(color_scheme=scheme)
    assert opened.page.evaluate(FAINT_TEXTS, LEAST_CONTRAST) == []


def test_page_leads_from_a_node_of_the_graph_to_its_row(
    browser: Browser, reports: ReportSet
) -> None:
    page = browser.new_page()
    page.goto(path_of(reports, Notebook.SCHEMA_GRAPH).as_uri())
    name = page.locator("css=text", has_text=re.compile("^Invoice$"))
    page.locator("figure .table a[href]", has=name).click()
    target = page.locator("th:target").inner_text()
    page.close()
    assert target == "Invoice"


OVERFLOWING = """margin => [...document.querySelectorAll(".table, .chip")].flatMap(group => {
  const box = group.querySelector("path, polygon").getBBox();
  return [...group.querySelectorAll("text")].filter(text => {
    const { x, width } = text.getBBox();
    return x < box.x + margin || x + width > box.x + box.width - margin;
  }).map(text => text.textContent);
})"""


def demo_graph() -> TableGraph:
    return table_graph(parse([("schema.prisma", schema_path().read_text("utf-8"))]))


def named_graph() -> TableGraph:
    """Tables with names that are wide, narrow, long, and hostile."""
    names = ["W" * 40, "m" * 20, "I" * 40, "WEBHOOKENDPOINT", "webhook_endpoint", "日本" * 9]
    nodes = [
        GraphNode(table=name_of(f"t{place}"), model=name, group=f"{place} {name}")
        for place, name in enumerate([*names, *HOSTILE_NAMES])
    ]
    return TableGraph(nodes=tuple(nodes), foreign_keys=())


@pytest.mark.parametrize("program", ["dot", "wasm"])
@pytest.mark.parametrize("case", ["the demo", "columns", "other names"])
def test_picture_holds_every_line_inside_its_box(
    browser: Browser, monkeypatch: pytest.MonkeyPatch, program: str, case: str
) -> None:
    if program == "wasm":
        monkeypatch.setattr(shutil, "which", lambda _: None)
    else:
        requires("Graphviz", shutil.which("dot") is not None, "apt-get install graphviz")
    graph = named_graph() if case == "other names" else demo_graph()
    selection = select(graph, focus="User" if case == "columns" else "", depth=1)
    detail = Detail.COLUMNS if case == "columns" else Detail.NAMES
    page = browser.new_page()
    page.set_content(
        render(graph_source(graph, selection, detail=detail), PictureFormat.SVG).decode()
    )
    assert page.locator(".table").count() > 10
    assert page.evaluate(OVERFLOWING, 3) == []
    page.close()
