"""What a command found, in the words of the workbench."""

from __future__ import annotations

import pytest

from snapkit.lab.actions import Action
from snapkit.lab.jobs import Ended
from snapkit.lab.outcomes import Tone, html_of, message, tell
from tests.factories import HOSTILE_NAMES

URL = "postgresql://app:s3cret@db/shop"


def ended(document: dict[str, object], code: int) -> Ended:
    action = Action(title="Backup", arguments=("backup",))
    return Ended(action=action, exit_code=code, document=document)


def test_error_keeps_its_place_and_its_hint() -> None:
    error = {"what": "it failed", "where": "table x", "hint": "Mend it.", "problems": ["a", "b"]}
    told = tell(ended({"error": error}, 1))
    assert told.tone is Tone.BAD
    assert told.headline == "Backup: it failed"
    assert told.facts == (("where", "table x"), ("next", "Mend it."))
    assert told.lists == (("reasons", ("a", "b")),)


def test_cancelled_command_says_what_became_of_it() -> None:
    error = {"what": "interrupted", "where": "x", "hint": "the unfinished snapshot was removed"}
    told = tell(ended({"error": error}, 143))
    assert (told.tone, told.headline) == (Tone.OPEN, "Backup was cancelled")
    assert told.facts == (("next", "the unfinished snapshot was removed"),)


def proof(**found: object) -> dict[str, object]:
    """What `snapkit drill --json` says where nothing differs, but for `found`."""
    nothing = ("rows_named", "files", "objects", "orphans", "sequences", "unchecked")
    table = {"namespace": "public", "name": "users", "verdict": "match", "rows_found": 3}
    return {
        **{key: [] for key in nothing},
        "command": "drill",
        "verdict": "match",
        "seconds": 1.0,
        "tables": [table],
        **found,
    }


def test_drill_says_what_cannot_be_used() -> None:
    tried = [
        {"kind": "view", "name": outcome, "outcome": outcome, "reason": "why"}
        for outcome in ("failed", "known", "unchecked")
    ]
    told = tell(ended(proof(verdict="mismatch", usability={"findings": tried}), 3))
    assert told.lists == (
        ("cannot be used", ("view failed: why",)),
        ("no better in the source", ("view known: why",)),
        ("not checked", ("view unchecked: why",)),
    )


TABLE = {"namespace": "public", "name": "users", "verdict": "unchecked"}


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({"tables": []}, "tables: there are none"),
        (
            {"tables": [{**TABLE, "rows_found": None, "reason": "no right"}]},
            "table users: no right",
        ),
        (
            {"orphans": [{"foreign_key": "fk", "child": TABLE, "verdict": "unchecked"}]},
            "foreign key fk of users: not looked at",
        ),
        ({"sequences": [TABLE]}, "sequence users: the role may not read where it stands"),
    ],
)
def test_unchecked_verdict_is_explained(found: dict[str, object], said: str) -> None:
    told = tell(ended(proof(verdict="unchecked", **found), 1))
    assert told.tone is Tone.OPEN
    assert told.lists == (("not checked", (said,)),)


@pytest.mark.parametrize(
    ("verdict", "said"),
    [("mismatch", "they differ"), ("unchecked", "not everything was compared")],
)
def test_difference_that_is_not_known_is_none(verdict: str, said: str) -> None:
    sums = dict.fromkeys(("rows", "rows_found", "removed", "added", "changed", "same", "tables"), 0)
    found = proof(command="diff", verdict=verdict, tables=[], schema=[], totals=sums)
    assert tell(ended(found, 1)).headline == f"Backup: {said}"


def test_killed_command_is_a_message_too() -> None:
    assert tell(ended({}, -9)).headline == "Backup: the command was killed by signal 9"


@pytest.mark.parametrize("text", [*HOSTILE_NAMES, "<script>alert(1)</script>"])
def test_outcome_escapes_every_text(text: str) -> None:
    shown = html_of(message(text, text, text))
    assert "<script" not in shown
    assert "<img" not in shown


def test_outcome_hides_what_looks_like_a_password() -> None:
    shown = html_of(message(f"no {URL}", "x", f"a service {URL} is not there"))
    assert "s3cret" not in shown
    assert shown.count("app:***@db") == 2
