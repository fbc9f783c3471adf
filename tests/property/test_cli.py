"""What the command line prints fits its terminal and does nothing to it."""

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from snapkit.cli._tables import Column, Section, hanging, table
from snapkit.cli._text import visible

COLUMNS = (Column(title="name", fold=True), Column(title="rows", right=True))


@given(st.text())
def test_visible_leaves_no_control_character(text: str) -> None:
    assert not any(ord(letter) < 32 or 127 <= ord(letter) < 160 for letter in visible(text))


@given(st.lists(st.tuples(st.text(max_size=120), st.integers(0, 10**15)), max_size=8))
def test_table_is_never_wider_than_the_terminal(rows: list[tuple[str, int]]) -> None:
    section = Section(rows=tuple((name, f"{count:,}") for name, count in rows))
    assert all(cell_len(line.text) <= 80 for line in table(COLUMNS, [section], width=80))


@given(st.text(max_size=30), st.text(max_size=400))
def test_hanging_lines_are_never_wider_than_the_terminal(prefix: str, text: str) -> None:
    assert all(cell_len(line) <= 80 for line in hanging(visible(prefix)[:40], text, 80))
