"""What several tests share and no fixture gives: the rule for things a machine may lack."""

import os

import pytest


def requires(what: str, present: bool, how: str) -> None:  # noqa: FBT001 -- reads as a sentence
    """Go on only where the machine has `what`.

    On a user's machine the test is skipped and says why. In CI (the variable CI is set) it fails:
    there, a missing thing is a fault of the set-up, and a skip would hide that nothing was tested.

    Args:
        what: What the test needs, as a reader calls it: "Chromium".
        present: Whether it is there.
        how: How to get it, as a sentence without a full stop: "apt-get install chromium".
    """
    if present:
        return
    text = f"needs {what}: {how}"
    if os.environ.get("CI"):
        pytest.fail(f"{text} (in CI nothing may be missing)", pytrace=False)
    pytest.skip(text)
