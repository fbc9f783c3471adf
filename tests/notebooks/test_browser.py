"""The pages in a real browser: they ask for nothing, complain of nothing, and fit."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest
from playwright.sync_api import Page, sync_playwright

from snapkit.demo import schema_path
from snapkit.errors import ExitCode, UsageError
from snapkit.prisma import parse
from snapkit.report.dot import graph_source
from snapkit.report.graph import Detail, GraphNode, TableGraph, View, select, table_graph
from snapkit.report.nightly import Order, run_nightly
from snapkit.report.parameters import OF_ONE_SNAPSHOT, Notebook
from snapkit.report.render import PictureFormat, render
from snapkit.report.result import Outcome, Result, write_result
from snapkit.report.site import write_index
from snapkit.report.views import draw
from tests.factories import HOSTILE_NAMES, name_of
from tests.notebooks.conftest import HOSTILE
from tests.notebooks.jupyterlab import BROWSER_ARGUMENTS
from tests.support import requires

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from snapkit.report.runner import ReportSet
    from snapkit.workflows.nightly import Source

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.xdist_group("reports"),  # one worker makes the pages, once
]

SCREENSHOTS = Path("reports/screenshots")  # git ignores them; people look at them
NIGHTS = 40  # on the index
WIDTHS = (400, 1400)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
A4 = 1032  # across, without margins, as the style sheet has it [CSS pixels]
# What needs a person to decide is no fault.
AXE = """async rules => {
  const found = await axe.run(document, {resultTypes: ["violations"], rules});
  return found.violations.filter(one => ["serious", "critical"].includes(one.impact))
    .map(one => `${one.id}: ${one.help}: ${one.nodes[0].html}`);
}"""


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=chromium, headless=True, args=BROWSER_ARGUMENTS
        )
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of forty nights: most are proven, the last one is not, and each outcome is there."""
    out = tmp_path_factory.mktemp("site")
    first = datetime(2025, 10, 1, 2, tzinfo=UTC)
    bad = [one for one in Outcome if one is not Outcome.MATCH]
    for night in range(NIGHTS):
        taken = first + timedelta(days=night)
        proof = Outcome.MATCH if night % 9 and night != NIGHTS - 1 else bad[night // 9 % len(bad)]
        for notebook in OF_ONE_SNAPSHOT:
            outcome = proof if notebook is Notebook.RESTORE_VERIFICATION else Outcome.MATCH
            write_result(out / f"{taken:%Y%m%d_%H%M%S}", night_result(notebook, taken, outcome))
    return write_index(out, now=first + timedelta(days=NIGHTS))


def night_result(notebook: Notebook, taken: datetime, outcome: Outcome) -> Result:
    rows = 54_923 + 190 * taken.timetuple().tm_yday
    figures: dict[Notebook, dict[str, float]] = {
        Notebook.BACKUP_REPORT: {
            "rows": rows,
            "stored_bytes": 36 * rows,
            "backup_seconds": 0.8 + taken.day / 50,
        },
        Notebook.RESTORE_VERIFICATION: {"restore_seconds": 1.4 + taken.day % 7 / 10},
    }
    return Result(
        notebook=notebook,
        title=notebook.heading,
        snapshot_id=f"{taken:%Y%m%d_%H%M%S}",
        manifest_digest="ab" * 32,
        outcome=outcome,
        summary=HOSTILE,
        figures=figures.get(notebook, {}),
        seen_at=(taken + timedelta(minutes=5)).isoformat(),
        started_at=(taken + timedelta(minutes=4)).isoformat(),
        finished_at=(taken + timedelta(minutes=6)).isoformat(),
        seconds=2.0,
    )


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a night that ended before its backup, for a reason that is hostile."""

    def find() -> Source:
        raise UsageError(HOSTILE, HOSTILE, HOSTILE)

    top = tmp_path_factory.mktemp("night")
    done = run_nightly(Order(find=find, store=top / "snapshots", out=top / "reports"))
    assert done.page is not None
    assert (done.page.outcome, done.exit_code) == (Outcome.FAILED, ExitCode.USAGE)
    return done.page.page


def path_of(request: pytest.FixtureRequest, name: str) -> Path:
    alone = {"index": "site", Notebook.NIGHTLY: "night"}
    if name in alone:
        found: Path = request.getfixturevalue(alone[name])
        return found
    of_two = name.startswith(("damaged", Notebook.SNAPSHOT_DIFF))
    reports: ReportSet = request.getfixturevalue("compared" if of_two else "reports")
    return reports.folder / f"{name.removeprefix('damaged ')}.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A page in the browser, and everything that it asked for or said on the console."""

    name: str
    page: Page
    path: Path
    said: list[str]


@pytest.fixture(
    scope="module",
    params=[
        "index",
        Notebook.NIGHTLY,
        *OF_ONE_SNAPSHOT,
        Notebook.SNAPSHOT_DIFF,
        f"damaged {Notebook.RESTORE_VERIFICATION}",
    ],
    ids=str,
)
def opened(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Opened]:
    """Each page, opened once for all that is asked of it."""
    path = path_of(request, request.param)
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda one: said.append(one.url))
    page.goto(path.as_uri(), wait_until="networkidle")
    said.remove(path.as_uri())
    yield Opened(name=request.param, page=page, path=path, said=said)
    page.close()


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_page_fits_asks_for_nothing_and_complains_of_nothing(
    opened: Opened, root: Path, width: int, scheme: Literal["light", "dark"]
) -> None:
    page = opened.page
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    name = f"{opened.name.replace(' ', '_')}-{width}-{scheme}.png"
    page.screenshot(path=root / SCREENSHOTS / name, full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert opened.said == []


@pytest.mark.parametrize(
    ("width", "scheme", "contrast"),
    [(1400, "light", True), (1400, "dark", True), (400, "light", False)],
    ids=["light", "dark", "narrow"],  # what is scrolled out of sight has no colour to be judged
)
def test_axe_finds_no_serious_fault(
    opened: Opened, axe: str, width: int, scheme: Literal["light", "dark"], *, contrast: bool
) -> None:
    opened.page.set_viewport_size({"width": width, "height": 900})
    opened.page.emulate_media(color_scheme=scheme)
    opened.page.evaluate(axe)
    assert opened.page.evaluate(AXE, {"color-contrast": {"enabled": contrast}}) == []


def test_page_on_paper_loses_nothing(opened: Opened) -> None:
    page = opened.page
    page.set_viewport_size({"width": A4, "height": 900})
    page.emulate_media(media="print", color_scheme="light")
    wide = page.evaluate(
        "most => [...document.querySelectorAll('main table, main svg, main pre')]"
        ".filter(one => one.getBoundingClientRect().right > most + 1).map(one => one.outerHTML)",
        A4,
    )
    page.emulate_media(media="screen")
    assert wide == []


def test_page_begins_with_a_link_that_skips_what_is_before_the_content(opened: Opened) -> None:
    page = opened.page
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Tab")
    focused = page.locator(":focus")
    assert focused.get_attribute("href") == "#content"
    box = focused.bounding_box()
    assert box is not None
    assert min(box["x"], box["y"]) >= 0


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
    bare = page.locator("th:not([scope]), table:not([aria-labelledby], :has(caption))").count()
    unnamed = page.locator(
        "figure:not([aria-label], :has(figcaption)), "
        "[role=region]:not([aria-label], [aria-labelledby])"
    ).count()
    language = page.locator("html").get_attribute("lang")
    assert (headings, bare, unnamed, language) == (1, 0, 0, "en")


def test_index_shows_a_choice_of_snapshots_without_a_script(browser: Browser, site: Path) -> None:
    page = browser.new_page()
    page.goto(site.as_uri())
    shown = {}
    for choice in ("proven", "unproven", "faulty", "all"):
        page.locator(f"#show-{choice}").check()
        shown[choice] = page.locator("tbody tr:not(.month):visible").count()
    page.close()
    assert shown == {"proven": 34, "unproven": 6, "faulty": 6, "all": NIGHTS}


def test_page_leads_from_a_node_of_the_graph_to_its_row(
    browser: Browser, reports: ReportSet
) -> None:
    page = browser.new_page()
    page.goto((reports.folder / "schema_graph.html").as_uri())
    name = page.locator("css=text", has_text=re.compile("^Invoice$"))
    page.locator("figure .table a[href]", has=name).click()
    target = page.locator("th:target").inner_text()
    page.close()
    assert target == "Invoice"


OVERFLOWING = """margin => [...document.querySelectorAll(".table, .name, .chip")].flatMap(group => {
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
@pytest.mark.parametrize("case", ["the demo", "columns", "other names", "overview", "groups"])
def test_picture_holds_every_line_inside_its_box(
    browser: Browser, monkeypatch: pytest.MonkeyPatch, program: str, case: str
) -> None:
    if program == "wasm":
        monkeypatch.setattr(shutil, "which", lambda _: None)
    else:
        requires("Graphviz", shutil.which("dot") is not None, "apt-get install graphviz")
    graph = named_graph() if case in {"other names", "overview"} else demo_graph()
    selection = select(graph, focus="User" if case == "columns" else "", depth=1)
    detail = Detail.COLUMNS if case == "columns" else Detail.NAMES
    source = (
        draw(graph, view=case).dot
        if case in set(View)
        else graph_source(graph, selection, detail=detail)
    )
    page = browser.new_page()
    page.set_content(render(source, PictureFormat.SVG).decode())
    assert page.locator(".table, .name").count() > 10
    assert page.evaluate(OVERFLOWING, 3) == []
    page.close()
