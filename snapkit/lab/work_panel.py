"""The panel of what is done: backup, check, drill, verify, restore."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import ipywidgets as widgets

from snapkit.errors import UsageError
from snapkit.lab import actions
from snapkit.lab.chooser import Chooser
from snapkit.lab.databases import Database, Kind
from snapkit.lab.outcomes import Tone, message
from snapkit.lab.parts import WIDE, Panel, button
from snapkit.lab.runner import Runner
from snapkit.lab.state import database_name

if TYPE_CHECKING:
    from snapkit.lab.jobs import Ended
    from snapkit.lab.state import State

_NOTE = (
    "<p>A backup is of the database above; a check and a drill are of the snapshot above. "
    "A verification and a restore take that snapshot and the database named here:</p>"
)
_DROPPED = "nothing was planned: what was chosen changed meanwhile"
_TARGETS = (Kind.VARIABLE, Kind.SERVICE, Kind.DEMO_COPY, Kind.ABOVE)


class WorkPanel(Panel):
    """Runs commands. A restore is planned first, and begins once the database's name is typed."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._choice = 0  # raised when what would be planned changes
        self._choosing = threading.Lock()  # plans end in threads of their own
        self._planned: actions.PlannedRestore | None = None
        self._goal: Database | None = None
        self.backup = button("Back up", "Take a snapshot of the database above", style="primary")
        self.check = button("Check", "Prove the snapshot's files, rows and digests")
        self.drill = button("Drill", "Restore it on a scratch server, prove it, throw it away")
        self.target = Chooser(state, "Target", _TARGETS, proposes=False)
        self.replace = widgets.Checkbox(
            description="Replace the rows that are there", indent=False, layout={"width": "auto"}
        )
        self.verify = button("Verify", "Compare the target with the snapshot, row by row")
        self.plan = button("Plan a restore", "Say what a restore would do; nothing is touched")
        self.typed = widgets.Text(
            description="Type the target's name", style=WIDE, layout={"width": "24rem"}
        )
        self.restore = button("Restore", "Carry out the plan", style="danger")
        self._confirm = widgets.HBox([self.typed, self.restore])
        self._confirm.layout.display = "none"
        begin = (self.backup, self.check, self.drill, self.verify, self.plan, self.restore)
        self.runner = Runner(state, begin)
        for one, work in zip(
            begin,
            (self._backup, self._check, self._drill, self._verify, self._plan, self._restore),
            strict=True,
        ):
            one.on_click(lambda _, work=work: self.runner.result.attempt(work))
        for field in (self.target.kind, self.target.name, self.replace):
            field.observe(lambda _: self._forget(), "value")
        state.observe(lambda _: self._forget(), ["snapshot", "connected", "demo"])
        super().__init__(
            "Work",
            widgets.HBox([self.backup, self.check, self.drill]),
            widgets.HTML(_NOTE),
            widgets.HBox([self.target.box, self.replace]),
            widgets.HBox([self.verify, self.plan]),
            self.runner.box,
            self._confirm,
        )

    def _backup(self) -> None:
        connected = self._state.connected
        if connected is None:
            raise UsageError(
                "no database is connected", "the workbench", "Connect to one above, then back up."
            )
        database: Database = connected.database
        action = actions.back_up(self._state.store.root, database.schema)
        self.runner.start(action, database, self._took)

    def _took(self, ended: Ended) -> None:
        if "snapshot" in ended.document:
            self._state.refresh(ended.document["snapshot"])

    def _check(self) -> None:
        self.runner.start(actions.check(self._state.store.root, self._snapshot()))

    def _drill(self) -> None:
        self.runner.start(actions.drill(self._state.store.root, self._snapshot()))

    def _verify(self) -> None:
        snapshot, database = self._snapshot(), self.target.database()
        action = actions.verify(self._state.store.root, snapshot, database.label)
        self.runner.start(action, database)

    def _snapshot(self) -> str:
        if not self._state.snapshot:
            raise UsageError(
                "no snapshot is chosen", "the workbench", "Take one, or choose one above."
            )
        chosen: str = self._state.snapshot
        return chosen

    def _plan(self) -> None:
        self._forget()
        choice = self._choice
        snapshot, goal, replace = self._snapshot(), self.target.database(), self.replace.value

        def ask(name: str) -> None:
            if choice != self._choice:
                said = message(_DROPPED, hint="Plan the restore again.", tone=Tone.OPEN)
                self.runner.result.say(said)
                return
            root = self._state.store.root
            self.runner.start(
                actions.plan_restore(root, snapshot, name, replace=replace),
                goal,
                lambda ended: stand(ended, name),
            )

        def stand(ended: Ended, name: str) -> None:
            if ended.document.get("dry_run"):
                planned = actions.PlannedRestore.of(ended.document, name, replace=replace)
                self._stand(choice, planned, goal)

        self.runner.prepare("Connecting", lambda: database_name(goal), ask)

    def _stand(self, choice: int, planned: actions.PlannedRestore, goal: Database) -> None:
        """The plan stands, if what was chosen for it does: the name may be typed."""
        with self._choosing:
            if choice != self._choice:
                return
            self._planned, self._goal = planned, goal
            self.typed.placeholder = planned.database
            self._confirm.layout.display = ""

    def _restore(self) -> None:
        planned, goal = self._planned, self._goal
        if planned is None or goal is None:
            raise UsageError("no restore is planned", "the workbench", "Plan it first.")
        if refusal := planned.refusal(self.typed.value):
            self.runner.result.say(message(refusal, hint="Nothing was touched.", tone=Tone.OPEN))
            return
        self._forget()
        self.runner.start(planned.action(self._state.store.root), goal)

    def _forget(self) -> None:
        """What was planned is no longer what is chosen, or is about to be done."""
        with self._choosing:
            self._choice += 1
            self._planned = self._goal = None
            self.typed.value = ""
            self._confirm.layout.display = "none"
