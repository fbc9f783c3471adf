"""Values of a snapshot as Python's: typed, and never rewritten."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from snapkit.core.looking import Look, LookedAt, look_at

UTC = dt.UTC


@pytest.mark.parametrize(
    ("type_", "texts", "look", "values"),
    [
        ("bigint", ["9007199254740993", None], Look.INTEGER, [9007199254740993, None]),
        ("numeric(10,2)", ["1.50", "NaN"], Look.OBJECT, ["1.50", "NaN"]),
        ("boolean", ["t", "f", None], Look.BOOLEAN, [True, False, None]),
        ("double precision", ["0.1", "-0", "1e+15"], Look.FLOAT, [0.1, -0.0, 1e15]),
        ("real", ["0.1", "Infinity"], Look.FLOAT, [0.1, float("inf")]),
        ("date", ["2024-02-29"], Look.OBJECT, [dt.date(2024, 2, 29)]),
        ("time without time zone", ["09:00:00.12"], Look.OBJECT, [dt.time(9, 0, 0, 120000)]),
        (
            "timestamp(3) without time zone",
            ["2024-02-29 09:00:00", "2024-02-29 09:00:00.12"],
            Look.TIMESTAMP,
            [dt.datetime(2024, 2, 29, 9), dt.datetime(2024, 2, 29, 9, 0, 0, 120000)],  # noqa: DTZ001
        ),
        (
            "timestamp with time zone",
            ["2024-02-29 09:00:00.000001+00"],
            Look.TIMESTAMP_UTC,
            [dt.datetime(2024, 2, 29, 9, 0, 0, 1, tzinfo=UTC)],
        ),
        ("bytea", ["\\x00ff"], Look.OBJECT, [b"\x00\xff"]),
        ("jsonb", ['{"a": 1.0}', "null", None], Look.TEXT, ['{"a": 1.0}', "null", None]),
        ("integer[]", ["{1,NULL}"], Look.TEXT, ["{1,NULL}"]),
        ('public."Status"', ["OPEN"], Look.TEXT, ["OPEN"]),
    ],
)
def test_column_is_typed(
    type_: str, texts: list[str | None], look: Look, values: list[object]
) -> None:
    found = look_at(type_, texts)
    shown = [str(v) if isinstance(v, Decimal) else v for v in found.values]
    assert (found.look, shown, found.is_unfit) == (look, values, False)


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        ("date", "infinity"),
        ("date", "0044-03-15 BC"),
        ("timestamp without time zone", "12000-01-01 00:00:00"),
        ("timestamp with time zone", "2024-02-29 09:00:00+01"),
        ("time without time zone", "24:00:00"),
        ("bytea", "\\377"),
        ("boolean", "maybe"),
    ],
)
def test_column_with_a_value_that_would_not_come_back_is_text(type_: str, text: str) -> None:
    assert look_at(type_, [text, None]) == LookedAt(Look.TEXT, [text, None], is_unfit=True)


def test_float_that_is_no_number_is_not_shown_as_null() -> None:
    found = look_at("double precision", ["NaN", None])
    assert found.look is Look.OBJECT
    assert [str(value) for value in found.values] == ["nan", "None"]
