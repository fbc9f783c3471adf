"""The panels of the workbench, without a browser and without a database."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from snapkit.errors import UsageError
from snapkit.lab import Workbench, actions
from snapkit.lab.databases import Kind, named_database
from snapkit.lab.parts import Message
from snapkit.lab.state import State
from snapkit.lab.work_panel import WorkPanel
from tests.snapshots import NOON, NOON_ID, make_snapshot

if TYPE_CHECKING:
    from pathlib import Path

URL = "postgresql://app:s3cret@db/shop"


@pytest.mark.parametrize("part", ["database", "graph", "snapshots", "work", "compare"])
def test_panel_has_words_where_no_widget_lives(tmp_path: Path, part: str) -> None:
    bundle = getattr(Workbench(str(tmp_path)), part)._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert "snapkit lab" in bundle["text/html"]
    assert "snapkit lab" in bundle["text/plain"]


def test_button_without_what_it_needs_says_so(tmp_path: Path) -> None:
    work = Workbench(str(tmp_path)).work
    said = []
    for button in (work.backup, work.check, work.drill, work.verify, work.plan, work.restore):
        button.click()
        said.append(work.runner.result.value)
    assert ["no database is connected" in said[0], "no restore is planned" in said[5]] == [True] * 2
    assert all("no snapshot is chosen" in text for text in said[1:5])


@pytest.mark.parametrize("changed", ["connected", "demo", "snapshot", "while it was made"])
def test_plan_falls_with_what_it_was_made_for(tmp_path: Path, changed: str) -> None:
    state = State(tmp_path, tmp_path)
    work = WorkPanel(state)
    planned = actions.PlannedRestore(snapshot="S", database="copy", replace=True, removed=1)
    goal = named_database(Kind.VARIABLE, "SHOP", {"SHOP": URL}, {})
    choice = work._choice
    if changed == "while it was made":
        work.replace.value = True
    work._stand(choice, planned, goal)
    assert work._confirm.layout.display == ("none" if changed == "while it was made" else "")
    if changed in {"connected", "demo"}:
        setattr(state, changed, goal)
    else:
        state.snapshot = "T"
    assert work._confirm.layout.display == "none"
    work.typed.value = "copy"
    work.restore.click()
    assert "no restore is planned" in work.runner.result.value


def test_second_click_begins_no_second_command(tmp_path: Path) -> None:
    snapshot = make_snapshot(tmp_path)
    runner = Workbench(str(tmp_path)).work.runner
    over = threading.Event()
    for _ in range(2):  # one after the other is no second one
        over.clear()
        runner.start(actions.check(tmp_path, snapshot.id), then=lambda _: over.set())
        with pytest.raises(UsageError, match="running already"):
            runner.start(actions.check(tmp_path, snapshot.id))
        assert over.wait(60)
    assert "match" in runner.result.value


def test_command_that_is_cancelled_before_it_begins_was_not_killed(tmp_path: Path) -> None:
    snapshot = make_snapshot(tmp_path)
    runner = Workbench(str(tmp_path)).work.runner
    over = threading.Event()
    runner.start(actions.check(tmp_path, snapshot.id), then=lambda _: over.set())
    runner.cancel.click()  # Python itself has not started yet
    assert over.wait(60)
    assert f"Check of {snapshot.id} was cancelled" in runner.result.value


def wait_for_threads() -> None:
    for thread in threading.enumerate():
        if thread.name == "snapkit lab":
            thread.join(60)


def test_answer_that_is_no_longer_wanted_is_dropped() -> None:
    said = Message()
    go, has_said = threading.Event(), threading.Event()

    def show(text: str) -> None:
        said.value = text
        has_said.set()

    said.beside(lambda: str(go.wait(60)), show)
    said.beside(lambda: "later", show)
    assert has_said.wait(60)
    go.set()
    wait_for_threads()
    assert said.value == "later"


def test_nothing_stays_of_another_snapshot_than_the_chosen(tmp_path: Path) -> None:
    make_snapshot(tmp_path)
    later = make_snapshot(tmp_path, now=NOON + timedelta(days=1))
    shown = Workbench(str(tmp_path)).snapshots
    wait_for_threads()
    assert "name of user 7" in shown.rows.value
    assert "Growth over 2 snapshots" in shown.growth.value
    (tmp_path / NOON_ID / "manifest.json").write_bytes(b"{")
    shown.snapshot.value = NOON_ID
    wait_for_threads()
    assert "manifest" in shown.facts.value
    assert [page.value for page in (shown.rows, shown.coverage, shown.growth)] == [""] * 3
    shown.snapshot.value = later.id
    wait_for_threads()
    assert "name of user 7" in shown.rows.value


def test_store_that_cannot_be_read_is_a_message(tmp_path: Path) -> None:
    bench = Workbench(str(tmp_path / ("s" * 300)))  # a name that no file system takes
    assert "cannot use file sss" in bench.snapshots.facts.value


def test_newest_snapshot_is_chosen_at_first(tmp_path: Path) -> None:
    made = make_snapshot(tmp_path)
    bench = Workbench(str(tmp_path))
    assert bench.snapshots.snapshot.value == bench.compare.after.value == made.id
