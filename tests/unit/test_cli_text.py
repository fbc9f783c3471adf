"""Figures and names as people read them."""

import pytest

from snapkit.cli._text import duration, grouped, listed, steps, visible
from snapkit.core.passwords import without_passwords
from snapkit.core.text import counted, size


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("price history", "price history", id="plain"),
        pytest.param("a\x1b[31mb", "a\\x1b[31mb", id="terminal escape"),
        pytest.param("a\u202eb", "a\\u202eb", id="right-to-left override"),
        pytest.param("a\u200fb", "a\\u200fb", id="right-to-left mark"),
        pytest.param("a\nb\tc", "a\\nb\\tc", id="newline and tab"),
        pytest.param("a\u2028b", "a\\u2028b", id="line separator"),
        pytest.param("a\ud800b", "a\\ud800b", id="lone surrogate"),
        pytest.param("a\xadb", "a\\xadb", id="soft hyphen"),
        pytest.param("Gạo ST25 🍚 đặc biệt", "Gạo ST25 🍚 đặc biệt", id="Vietnamese and emoji"),
        pytest.param("👩\u200d💻", "👩\u200d💻", id="joined emoji"),
        pytest.param("日本語", "日本語", id="wide"),
    ],
)
def test_visible_escapes_only_what_acts_on_the_terminal(text: str, expected: str) -> None:
    assert visible(text) == expected


def test_visible_keeps_newlines_where_lines_are_asked_for() -> None:
    assert visible("a\nb\x07", lines=True) == "a\nb\\x07"


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://me:s3cr3t@db/shop",
        "got unexpected argument (postgres://me:s3cr3t@db:5432/shop?sslmode=require)",
        "host=db password=s3cr3t dbname=shop",
        "host=db PASSWORD = 's3cr3t and more' dbname=shop",
        "postgresql://db/shop?password=s3cr3t&sslmode=require",
        "postgresql://me:pa@s3cr3t@db/shop",
    ],
)
def test_without_passwords_hides_what_looks_like_one(text: str) -> None:
    hidden = without_passwords(text)
    assert "s3cr3t" not in hidden
    assert "***" in hidden


def test_without_passwords_leaves_other_text_alone() -> None:
    text = "table users: 3 rows at 12:30, see https://example.org/a:b"
    assert without_passwords(text) == text


@pytest.mark.parametrize(
    ("number", "expected"), [(0, "0 rows"), (1, "1 row"), (54923, "54,923 rows")]
)
def test_counted_has_separators_and_the_right_plural(number: int, expected: str) -> None:
    assert counted(number, "row") == expected


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (999_949, "999.9 kB"), (999_950, "1.0 MB"),
        (10_839_048, "10.8 MB"), (1_100_000_000, "1.1 GB"), (5 * 10**18, "5000.0 PB"),
    ],
)  # fmt: skip
def test_size_is_short(count: int, expected: str) -> None:
    assert size(count) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0.004, "0.00 s"), (0.416, "0.42 s"), (9.996, "10.0 s"), (59.94, "59.9 s"),
        (59.96, "1 min 00 s"), (125.0, "2 min 05 s"), (3599.6, "1 h 00 min"), (3720, "1 h 02 min"),
    ],
)  # fmt: skip
def test_duration_never_rounds_into_another_unit(seconds: float, expected: str) -> None:
    assert duration(seconds) == expected


def test_listed_says_how_many_it_leaves_out() -> None:
    assert listed(("a", "b", "c"), limit=2) == "a, b and 1 more"
    assert listed(("a", "b"), limit=2) == "a, b"


def test_steps_name_what_the_time_went_into() -> None:
    assert steps(1.65, (("plan", 0.07), ("copy", 1.58))) == "1.65 s (plan 0.07, copy 1.58)"


@pytest.mark.parametrize(
    ("reasons", "expected"),
    [
        pytest.param((), (), id="none"),
        pytest.param(("no table a", "no table b"), ("no table a", "no table b"), id="two"),
        pytest.param(
            ("no a (x) here", "other", "no b (x) here", "no c (x) here"),
            ("no a, b, c (x) here", "other"),
            id="alike",
        ),
    ],
)
def test_grouped_puts_reasons_together_that_differ_in_one_word(
    reasons: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    assert grouped(reasons) == expected


def test_grouped_cuts_reasons_that_have_nothing_in_common() -> None:
    found = grouped(tuple(f"{name}: {name}" for name in "abcdefgh"), 3)
    assert found == ("a: a", "b: b", "c: c", "3 of 8 are named here; --json names all")


def test_grouped_names_ten_of_a_hundred_and_says_so() -> None:
    found = grouped(tuple(f"role r lacks INSERT on table t{number}" for number in range(107)))
    assert found[0].startswith("role r lacks INSERT on table t0, t1, t2")
    assert found[0].endswith("t9 and 97 more")
    assert found[1:] == ("10 of 107 are named here; --json names all",)
