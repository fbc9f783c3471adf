"""Tables fit the width and lose nothing."""

import pytest
from rich.cells import cell_len

from snapkit.cli._tables import Column, Section, hanging, table

NAMES = Column(title="name", fold=True)
FIGURES = Column(title="rows", right=True)


def drawn(*rows: tuple[str, ...], total: tuple[str, ...] = (), width: int = 80) -> list[str]:
    section = Section(rows=rows)
    return [line.text for line in table((NAMES, FIGURES), [section], width=width, total=total)]


def test_table_aligns_figures_right() -> None:
    assert drawn(("users", "18"), ("audit_logs", "12,763")) == [
        "name          rows",
        "users           18",
        "audit_logs  12,763",
    ]


def test_table_ends_with_its_total() -> None:
    assert drawn(("users", "18"), total=("total", "18"))[-1] == "total    18"


def test_table_indents_rows_below_headings() -> None:
    parts = [Section(heading="Shop", rows=(("users", "18"),))]
    lines = [line.text for line in table((NAMES, FIGURES), parts, width=80)]
    assert lines == ["  name   rows", "Shop", "  users    18"]


def test_table_folds_a_long_name_without_losing_a_letter() -> None:
    name = "".join(chr(ord("a") + place % 26) for place in range(150))
    lines = drawn((name, "1"))
    assert max(map(len, lines)) <= 80
    folded = "".join(line.removesuffix("     1").strip() for line in lines[1:])
    assert folded == name


def test_table_counts_wide_letters_as_two_cells() -> None:
    first, second = drawn(("日本", "1"), ("ab", "22"))[1:]
    assert cell_len(first) == cell_len(second)


def test_table_shows_hidden_characters_of_names() -> None:
    assert "a\\x1bb" in drawn(("a\x1bb", "1"))[1]


def test_hanging_aligns_further_lines_under_the_first() -> None:
    assert hanging("hint: ", "one two three", 14) == ("hint: one two", "      three")


@pytest.mark.parametrize("width", [20, 40, 80])
def test_hanging_breaks_a_word_longer_than_the_line(width: int) -> None:
    lines = hanging("at: ", "x" * 200, width)
    assert max(map(len, lines)) <= width
    assert "".join(lines).count("x") == 200
