"""The workbench in JupyterLab: every button is pressed, and its result read from the page."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from playwright.sync_api import Page

from snapkit.pg.target import parse_target
from snapkit.store import Store
from tests.notebooks.conftest import PASSWORD, ROWS, STATEMENTS, run
from tests.notebooks.jupyterlab import jupyterlab, opened_notebook
from tests.reports import SHOP

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Locator

    from snapkit.pg.server import EmbeddedServer

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.xdist_group("workbench"),  # one JupyterLab and one kernel for all of them
]
SOURCE, GOAL = "WORKBENCH_SHOP", "WORKBENCH_COPY"
AXE = """async () => {
  const found = await axe.run({include: [[".snapkit-panel"]]}, {resultTypes: ["violations"]});
  return found.violations.filter(one => one.impact !== "minor").map(one =>
    `${one.id}: ${one.help}: ${one.nodes[0].html}`);
}"""
LONG = 60_000  # for a command [ms]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """The page with the workbench, connected to the shop; `goal` is an empty database."""

    page: Page
    store: Path
    goal: str
    pictures: Path

    def panel(self, number: int) -> Locator:
        """A panel, in the order of the notebook, from 0."""
        return self.page.locator(".snapkit-panel").nth(number)

    def press(self, words: str) -> None:
        self.page.get_by_role("button", name=words, exact=True).click()

    def outcome(self, panel: int, words: str) -> str:
        """Wait for a message of a panel; its whole text."""
        said = self.panel(panel).locator(".snapkit-told", has_text=words)
        said.wait_for(timeout=LONG)
        return said.inner_text()

    def fill(self, panel: int, label: str, text: str) -> None:
        field = self.panel(panel).get_by_label(label, exact=True)
        field.fill(text)
        field.press("Tab")


DATABASE, GRAPH, SNAPSHOTS, WORK, COMPARE = range(5)


@pytest.fixture(scope="module")
def bench(
    server: EmbeddedServer, chromium: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bench]:
    source = server.create_database("workbench_shop", owner="app")
    goal = server.create_database("workbench_copy", owner="app")
    run(parse_target(source, {}, {}), STATEMENTS)
    folder = tmp_path_factory.mktemp("workbench")
    (folder / "schema.prisma").write_text(SHOP, "utf-8")
    environment = {
        name: f"{address} password='{PASSWORD}'"
        for name, address in ((SOURCE, source), (GOAL, goal))
    }
    with (
        jupyterlab(folder, folder / "snapshots", environment) as lab,
        opened_notebook(lab, chromium, folder / "browser") as page,
    ):
        made = Bench(page=page, store=folder / "snapshots", goal=goal, pictures=folder)
        made.fill(DATABASE, "Its name", SOURCE)
        made.press("Connect")
        made.outcome(DATABASE, "Connected")
        yield made
        page.screenshot(path=folder / "workbench.png")


@pytest.fixture(scope="module")
def snapshot(bench: Bench) -> str:
    """The id of a snapshot that the button took."""
    bench.press("Back up")
    said = bench.outcome(WORK, "is taken")
    found = re.search(r"\d{8}_\d{6}", said)
    assert found is not None
    return found[0]


def test_cells_run_and_none_fails(bench: Bench) -> None:
    assert bench.page.locator(".jp-OutputArea-output[data-mime-type*=error]").count() == 0
    assert bench.page.locator(".snapkit-panel").count() == 5
    assert bench.page.locator(".snapkit-told.bad").count() == 0


def test_buttons_and_fields_have_names(bench: Bench) -> None:
    unnamed = bench.page.locator(".snapkit-panel button").filter(has_not_text=re.compile(r"\w"))
    assert unnamed.count() == 0


def test_axe_finds_no_fault_but_minor_ones(bench: Bench, axe: str, snapshot: str) -> None:
    bench.outcome(SNAPSHOTS, f"Snapshot {snapshot}")
    bench.page.evaluate(axe)
    assert bench.page.evaluate(AXE) == []


def test_backup_takes_the_snapshot_that_the_page_names(bench: Bench, snapshot: str) -> None:
    assert Store(bench.store).open(snapshot).manifest.rows == ROWS
    assert "this store wrote it" in bench.outcome(SNAPSHOTS, f"Snapshot {snapshot}")


def test_snapshot_shows_rows_of_its_largest_table(bench: Bench, snapshot: str) -> None:
    preview = bench.panel(SNAPSHOTS).locator(".snapkit-preview")
    preview.wait_for()
    assert snapshot in preview.locator("code").inner_text()
    assert "user1@example.org" in preview.inner_text()


def test_click_on_a_model_goes_to_it_and_its_neighbours(bench: Bench) -> None:
    explorer = bench.panel(GRAPH).locator(".snapkit-explorer")
    explorer.locator(".models").get_by_role("link", name="Invoice").click()
    explorer.locator(".caption strong", has_text="Invoice").wait_for()
    assert explorer.locator(".view .table").count() == 2
    name = bench.page.locator("css=text", has_text=re.compile("^Order$"))
    explorer.locator(".view a", has=name).click()
    explorer.locator(".caption strong", has_text="Order").wait_for()
    parents = explorer.locator(".caption").inner_text()
    assert "parents Invoice, User" in parents
    assert explorer.locator(".order a[aria-current]").inner_text() == "Order"


def test_keyboard_goes_to_a_model(bench: Bench) -> None:
    explorer = bench.panel(GRAPH).locator(".snapkit-explorer")
    name = bench.page.locator("css=text", has_text=re.compile(r"^User\b"))
    explorer.locator(".order").get_by_role("link", name="Label", exact=True).click()
    explorer.locator(".caption strong", has_text="Label").wait_for()
    bench.press("Whole graph")
    explorer.locator(".caption strong").wait_for(state="detached")
    explorer.locator(".view a", has=name).focus()
    bench.page.keyboard.press("Enter")
    explorer.locator(".caption strong", has_text="User").wait_for()
    explorer.locator(".order").get_by_role("link", name="Invoice").focus()
    bench.page.keyboard.press("Enter")
    explorer.locator(".caption strong", has_text="Invoice").wait_for()


def test_search_leaves_the_models_that_are_named(bench: Bench) -> None:
    models = bench.panel(GRAPH).locator(".models")
    models.get_by_role("searchbox").fill("inv")
    assert models.locator("li:visible a").all_inner_texts() == ["Invoice"]
    models.get_by_role("searchbox").fill("")


def test_picture_grows_by_its_buttons(bench: Bench) -> None:
    svg = bench.panel(GRAPH).locator(".view svg")
    before = svg.bounding_box()
    bench.press("Zoom in")
    after = svg.bounding_box()
    assert before is not None
    assert after is not None
    assert after["width"] > before["width"] * 1.2


def test_check_proves_the_snapshot_at_rest(bench: Bench, snapshot: str) -> None:
    bench.press("Check")
    assert "7 of 7 equal" in bench.outcome(WORK, f"Check of {snapshot}: match")


def test_drill_says_that_the_snapshot_can_be_restored(bench: Bench, snapshot: str) -> None:
    bench.press("Drill")
    said = bench.outcome(WORK, f"Drill of {snapshot}: match")
    assert "from nothing to proven" in said
    log = bench.panel(WORK).locator(".snapkit-log")
    assert "\u241b" not in log.inner_text()  # as to a terminal, which this is not
    assert "loading 7 tables: 72 rows" in (log.locator("pre").text_content() or "")


def test_restore_is_refused_until_the_name_is_typed(bench: Bench, snapshot: str) -> None:
    bench.fill(WORK, "Its name", GOAL)
    bench.press("Plan a restore")
    assert f"Plan: {snapshot} into workbench_copy" in bench.outcome(WORK, "nothing is touched yet")
    bench.fill(WORK, "Type the target's name", "workbench_shop")
    bench.press("Restore")
    assert "Nothing was touched" in bench.outcome(WORK, "Type the name of the database")
    assert tables_in(bench.goal) == 0
    bench.fill(WORK, "Type the target's name", "workbench_copy")
    bench.press("Restore")
    assert f"{ROWS}" in bench.outcome(WORK, "match, committed")
    assert tables_in(bench.goal) == 7
    bench.press("Verify")
    assert "7 of 7 equal" in bench.outcome(WORK, f"against {snapshot}: match")


def tables_in(conninfo: str) -> int:
    with psycopg.connect(conninfo) as connection:
        found = connection.execute(
            "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        ).fetchone()
    assert found is not None
    return int(found[0])


def test_backup_that_is_cancelled_leaves_nothing(bench: Bench, snapshot: str) -> None:
    before = sorted(path.name for path in bench.store.iterdir())
    source = parse_target(bench.goal, {}, {}).with_database("workbench_shop")
    with psycopg.connect(**source.connect_arguments()) as other:  # type: ignore[arg-type]
        other.execute("LOCK TABLE users IN ACCESS EXCLUSIVE MODE")  # which a backup waits for
        bench.press("Back up")
        bench.panel(WORK).get_by_role("button", name="Cancel", exact=True).wait_for()
        wait_until_blocked(other)
        bench.panel(WORK).get_by_role("button", name="Cancel", exact=True).click()
        assert "was removed" in bench.outcome(WORK, "Backup was cancelled")
    assert sorted(path.name for path in bench.store.iterdir()) == before
    assert snapshot in before


def wait_until_blocked(other: psycopg.Connection[tuple[object, ...]]) -> None:
    deadline = time.monotonic() + 20
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    while other.execute(waiting).fetchone() == (0,):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_no_secret_reaches_the_page_or_the_log(bench: Bench, snapshot: str) -> None:
    del snapshot
    assert "sentinel" not in bench.page.content()
    assert PASSWORD not in (bench.pictures / "log").read_text("utf-8", errors="replace")


def test_two_snapshots_are_put_side_by_side(bench: Bench, snapshot: str) -> None:
    source = parse_target(bench.goal, {}, {}).with_database("workbench_shop")
    run(source, "INSERT INTO labels (name) VALUES ('new')")
    bench.press("Back up")
    bench.panel(COMPARE).get_by_label("Snapshot A").locator("option").nth(1).wait_for(
        state="attached", timeout=LONG
    )
    bench.panel(COMPARE).get_by_label("Snapshot A").select_option(snapshot)
    newest = Store(bench.store).ids()[-1]
    bench.panel(COMPARE).get_by_label("Snapshot B").select_option(newest)
    bench.press("Compare")
    said = bench.outcome(COMPARE, f"Difference from {snapshot} to {newest}: they differ")
    assert "labels: 0 removed, 1 added, 0 changed; 0 → 1 rows" in said


def test_error_is_a_message_and_no_traceback(bench: Bench, snapshot: str) -> None:
    for label in ("Snapshot A", "Snapshot B"):
        bench.panel(COMPARE).get_by_label(label).select_option(snapshot)
    bench.press("Compare")
    assert "next" in bench.outcome(COMPARE, "two snapshots are needed")
    assert "Traceback" not in bench.page.locator("body").inner_text()
