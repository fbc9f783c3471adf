"""Which column the server blames for a row, by what it says of where it was."""

from __future__ import annotations

import pytest

from snapkit.pg.bisect import _blamed

COLUMNS = ("id", "name", "name, x", "two words", "a: b")


@pytest.mark.parametrize(
    ("context", "column"),
    [
        pytest.param('COPY t, line 1, column name: "x, column id: 3"', "name", id="value"),
        pytest.param("COPY t, line 1, column id, null input", "id", id="null"),
        pytest.param('COPY t, Zeile 1, Spalte name: "x"', "name", id="another language"),
        pytest.param('COPY a, b, line 12, column two words: ""', "two words", id="odd table"),
        pytest.param('COPY t, line 1, column name, x: "y"', "name, x", id="longest name"),
        pytest.param('COPY t, line 1, column a: b: "y"', "a: b", id="name with a colon"),
        pytest.param('COPY t, line 1: "1\t2"', "", id="whole row"),
        pytest.param("SQL function f, line 1, column id: x", "", id="no COPY"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_blamed_column_is_found_in_the_context(context: str, column: str) -> None:
    assert _blamed(COLUMNS, context) == column
