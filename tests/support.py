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


def differences(ours: object, theirs: object, at: str = "", *, lenient: bool = False) -> list[str]:
    """Every place where two JSON values differ; lenient: keys that only we have do not count."""
    match ours, theirs:
        case dict(), dict():
            missing = [f"{at}.{key}: only theirs" for key in theirs.keys() - ours.keys()]
            extra = [f"{at}.{key}: only ours" for key in ours.keys() - theirs.keys()]
            found = [] if lenient else extra
            if lenient and (ours.get("name"), theirs.get("name")) == ("uuid", "uuid(4)"):
                return []  # how 5.22 wrote a default of uuid()
            for key in ours.keys() & theirs.keys():
                found += differences(ours[key], theirs[key], f"{at}.{key}", lenient=lenient)
            return missing + found
        case list(), list() if len(ours) == len(theirs):
            return [
                text
                for place, (one, other) in enumerate(zip(ours, theirs, strict=True))
                for text in differences(one, other, f"{at}[{place}]", lenient=lenient)
            ]
        case _:
            is_same = type(ours) is type(theirs) and ours == theirs  # 1 is neither 1.0 nor true
            return [] if is_same else [f"{at}: {ours!r} is not {theirs!r}"]
