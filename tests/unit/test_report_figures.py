"""Figures: what is drawn stands where its values say, and is said in words, too."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta

import pytest

from snapkit.report.figures import Lane, Line, Stretch, bars, lines, spans
from snapkit.report.figures._svg import ticks
from tests.factories import HOSTILE_NAMES

SVG = "{http://www.w3.org/2000/svg}"
NIGHTS = [datetime(2025, 11, 1, tzinfo=UTC) + timedelta(days=days) for days in (0, 1, 4)]


def numbers(figure: str, tag: str, *names: str) -> list[tuple[float, ...]]:
    found = ET.fromstring(figure).iter(f"{SVG}{tag}")
    return [tuple(float(one.get(name, "")) for name in names) for one in found]


def tags(figure: str) -> set[str]:
    return {one.tag.removeprefix(SVG) for one in ET.fromstring(figure).iter()} - {"figure", "div"}


def line(*values: float) -> Line:
    return Line(heading="rows", values=values, write=lambda n: f"{n:g}")


@pytest.mark.parametrize(
    ("greatest", "count", "found"),
    [
        (0.0, 4, (0.0, 1.0)),
        (1.0, 2, (0.0, 0.5, 1.0)),
        (54_923.0, 2, (0.0, 50_000.0, 100_000.0)),
        (0.31, 6, (0.0, 0.1, 0.2, 0.3, 0.4)),
        (7.0, 6, (0.0, 2.0, 4.0, 6.0, 8.0)),
    ],
)
def test_ticks_are_round_and_reach_the_greatest(
    greatest: float, count: int, found: tuple[float, ...]
) -> None:
    assert ticks(greatest, count) == found


def test_bars_are_as_long_as_their_values() -> None:
    (one,), (two,) = numbers(bars("t", ["a", "b"], [("n", [1, 2], str)]).html, "rect", "width")
    assert two == 2 * one


def test_bars_say_every_figure_in_words() -> None:
    chart = bars("Rows", ["a", "b"], [("rows", [1, 4], str), ("bytes", [2, 0], str)])
    assert chart.alt == "Rows. a: rows 1, bytes 2; b: rows 4, bytes 0"
    assert chart.alt in chart.html


@pytest.mark.parametrize("values", [[], [0.0]])
def test_bars_of_nothing_are_drawn(values: list[float]) -> None:
    chart = bars("t", ["a"] * len(values), [("n", values, str)])
    assert tags(chart.html) >= {"svg", "line"}


def test_lines_place_points_by_time_and_value() -> None:
    points = numbers(lines("t", NIGHTS, [line(5, 0, 10)]).html, "circle", "cx", "cy")
    (first, floor), (second, bottom), (last, top) = points
    assert (second - first) * 4 == last - first
    assert (bottom - floor) * 2 == bottom - top


def test_lines_say_what_they_show() -> None:
    assert lines("Growth", NIGHTS, [line(5, 2, 10)]).alt == (
        "Growth, 2025-11-01 00:00 to 2025-11-05 00:00. rows: first 5, last 10, least 2, greatest 10"
    )


@pytest.mark.parametrize("times", [NIGHTS[:1], [NIGHTS[0], NIGHTS[0]]], ids=["one", "at once"])
def test_lines_of_no_time_are_drawn(times: list[datetime]) -> None:
    chart = lines("t", times, [line(*[0.0] * len(times))])
    assert len(numbers(chart.html, "circle", "cx", "cy")) == len(times)


def test_spans_are_as_long_as_what_was_done() -> None:
    lanes = [
        Lane(label="a", stretches=[Stretch(label="x", begin=0, end=1)]),
        Lane(label="b", stretches=[Stretch(label="y", begin=1, end=4)]),
    ]
    stretches = ET.fromstring(spans("t", lanes).html).iter(f"{SVG}svg")
    _, first, second = [(one.get("x"), one.get("width"), one.get("y")) for one in stretches]
    assert (first[:2], second[:2]) == (("0.000%", "25.000%"), ("25.000%", "75.000%"))
    assert first[2] != second[2]


def test_spans_say_how_busy_each_was() -> None:
    stretches = [Stretch(label="x", begin=0, end=1), Stretch(label="y", begin=2, end=3.5)]
    chart = spans("Timeline", [Lane(label="reader 1", stretches=stretches)])
    assert chart.alt == "Timeline, 3.50 s. reader 1: 2 in turn, 2.50 s in all"


def test_spans_name_what_is_long_enough_and_all_to_who_points() -> None:
    stretches = [Stretch(label="long", begin=0, end=9), Stretch(label="short", begin=9, end=9.01)]
    root = ET.fromstring(spans("t", [Lane(label="a", stretches=stretches)]).html)
    written = {text.text for text in root.iter(f"{SVG}text")}
    tips = {text.text for text in root.iter(f"{SVG}title")}
    assert {"long", "short"} & written == {"long"}
    assert {"long", "short"} <= tips


def test_spans_of_nothing_are_drawn() -> None:
    assert tags(spans("t", []).html) == {"svg", "line", "text"}


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_figures_show_hostile_names_as_text(name: str) -> None:
    lane = Lane(label=name, stretches=[Stretch(label=name, begin=0, end=1, note=name)])
    assert tags(spans(name, [lane]).html) == {"svg", "title", "line", "text", "rect"}
    odd = Line(heading=name, values=[1], write=lambda _: name)
    assert tags(lines(name, NIGHTS[:1], [odd]).html) == {
        "svg", "title", "line", "text", "polyline", "circle",
    }  # fmt: skip
    assert tags(bars(name, [name], [(name, [1], str)]).html) == {"svg", "line", "text", "rect"}
