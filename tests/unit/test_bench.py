"""The benchmarks' own arithmetic: ratios, verdicts, turns, tables, records and the scale."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import pytest

from tests.bench import records
from tests.bench.__main__ import main
from tests.bench.growth_picture import Line, draw, tick_step
from tests.bench.harness import (
    Comparison,
    Found,
    Measurement,
    Suite,
    Workload,
    in_turn,
    ratios,
    table,
    verdict,
)

if TYPE_CHECKING:
    from pathlib import Path

SERVER = {"server_version": "18.1"}


@pytest.mark.parametrize(
    ("value", "budget", "expected"),
    [
        pytest.param(0.99, 1.0, "within", id="less"),
        pytest.param(1.0, 1.0, "within", id="exactly"),
        pytest.param(1.01, 1.0, "over", id="more"),
        pytest.param(9.0, None, "-", id="no budget"),
    ],
)
def test_verdict(value: float, budget: float | None, expected: str) -> None:
    assert verdict(value, budget) == expected


def test_ratio_is_the_median_of_pairs_not_the_ratio_of_medians() -> None:
    compared = Comparison(name="x", ours=(1.0, 6.0, 3.0), theirs=(4.0, 2.0, 3.0))
    assert compared.ratios == (0.25, 3.0, 1.0)
    assert compared.ratio == 1.0
    other = Comparison(name="x", ours=(1.0, 2.0, 9.0), theirs=(1.0, 8.0, 10.0))
    assert other.ratio == 0.9  # of the medians: 0.25


@pytest.mark.parametrize(("ours", "theirs"), [(-2.0, 1.0), (1.0, -2.0), (-2.0, -1.0), (0.0, 1.0)])
def test_figures_below_nothing_are_not_judged(ours: float, theirs: float) -> None:
    compared = Comparison(name="x", ours=(1.0, ours), theirs=(1.0, theirs), budget=1.5)
    assert compared.verdict == "-"


def test_ratio_to_nothing_has_no_end() -> None:
    assert ratios((1.0,), (0.0,)) == (math.inf,)


def test_comparison_shows_medians_and_the_spread_of_ratios() -> None:
    compared = Comparison(
        name="backup", ours=(1.0, 2.0, 3.0), theirs=(4.0, 4.0, 4.0), budget=0.4, beside=("77",)
    )
    shown = ("backup [s]", "2.00", "4.00", "0.50 (0.25-0.75)", "0.40", "over", "77")
    assert compared.cells() == shown


def test_limit_judges_our_own_figure_whatever_the_ratio() -> None:
    most = Comparison(name="peak", ours=(140.0,), theirs=(10.0,), unit="MB", limit=150)
    more = Comparison(name="peak", ours=(151.0,), theirs=(1000.0,), unit="MB", limit=150)
    assert (most.verdict, more.verdict) == ("within", "over")
    assert most.cells()[4] == "150 MB"


def test_measurement_is_judged_by_its_smallest_sample() -> None:
    measured = Measurement(name="parse", samples=(40.0, 29.0, 31.0), budget=30)
    assert measured.verdict == "within"
    assert measured.cells() == ("parse", "ms", "30.0", "29.0", "31.0", "0.97", "within")
    assert Measurement(name="parse", samples=(31.0,), budget=30).verdict == "over"


def test_acts_take_turns() -> None:
    done: list[str] = []

    def act(name: str) -> int:
        done.append(name)
        return len(done)

    assert in_turn({"a": lambda: act("a"), "b": lambda: act("b")}, 2) == {"a": (1, 3), "b": (2, 4)}
    assert done == ["a", "b", "a", "b"]


def test_table_is_markdown_whose_columns_line_up() -> None:
    expected = [
        "| work    |   ours |",
        "| ------- | -----: |",
        "| backup  |   1.50 |",
        "| restore | 12,345 |",
        "| files   |        |",
    ]
    rows = [("backup", "1.50"), ("restore", "12,345"), ("files",)]
    assert table(("work", "ours"), rows).splitlines() == expected


@pytest.mark.parametrize(
    ("most", "step"),
    [(1.4, 0.2), (0.4, 0.1), (20.0, 5.0), (18.9, 2.0), (1000.0, 200.0), (0.0, 1.0)],
)
def test_scale_has_round_steps_four_or_more(most: float, step: float) -> None:
    assert tick_step(most) == pytest.approx(step)


def test_picture_has_level_lines_for_level_costs() -> None:
    level = Line("backup", [(1, 2.0), (10, 2.0), (100, 2.0)])
    rising = Line("restore", [(1, 1.0), (10, 2.0), (100, 4.0)])
    _, first, second = draw("rows", "µs per row", [level, rising]).split('<polyline points="')
    heights = [
        {point.split(",")[1] for point in text.partition('"')[0].split()}
        for text in (first, second)
    ]
    assert [len(some) for some in heights] == [1, 3]


def record(value: float) -> dict[str, Any]:
    """What was found of a workload with one figure."""
    workload = Workload(title="Parsing", measure=lambda _: found)
    found = Found(
        headings=("a", "b", "c", "d", "e", "f", "g"),
        figures=[Measurement(name="parse", samples=(value,), budget=30)],
    )
    return records.section(workload, found=found)


@pytest.mark.parametrize(
    ("machine", "kept"),
    [pytest.param("same", ["shop", "big"], id="same"), pytest.param("other", ["big"], id="other")],
)
def test_file_keeps_what_the_same_machine_measured_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, machine: str, kept: list[str]
) -> None:
    monkeypatch.setattr(records, "REPORTS", tmp_path)
    suite = Suite({}, "Notes.")
    records.write("x", suite, {"shop": record(20)}, {"cores": "same"}, SERVER, small=False)
    path = records.write("x", suite, {"big": record(40)}, {"cores": machine}, SERVER, small=False)
    document = json.loads(path.read_text("utf-8"))
    assert list(document["workloads"]) == kept
    assert document["workloads"]["big"]["figures"][0]["verdict"] == "over"


def test_tables_say_what_was_not_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "REPORTS", tmp_path)
    workload = Workload(title="Rows", measure=lambda _: Found(headings=(), figures=()))
    found = {
        "rows": records.section(workload, missing="9 MB of disk needed, 1 free"),
        "shop": record(20),
    }
    path = records.write("x", Suite({}, "Notes."), found, {}, SERVER, small=True)
    shown = records.tables(path)
    assert "not measured, missing: 9 MB of disk needed, 1 free" in shown
    assert "| parse | ms | 30.0 | 20.0 | 20.0 | 0.67 | within |" in shown
    assert path.parent == tmp_path / "small"


def test_words_that_mean_nothing_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dump", "shop", "nosuch"]) == 2
    assert "nosuch" in capsys.readouterr().err


def test_summary_has_a_line_for_each_database() -> None:
    backup = Comparison(name="backup, -Fc", ours=(1.0, 1.0, 4.0), theirs=(2.0, 4.0, 8.0))
    peak = Comparison(name="peak", ours=(77.0,), theirs=(7.0,), unit="MB", limit=150)
    found = Found(headings=(), figures=[backup, peak])
    workload = Workload(title="Rows", measure=lambda _: found)
    document = {
        "workloads": {
            "rows": records.section(workload, found=found),
            "none": records.section(workload, missing="disk"),
        }
    }
    assert records.summary(document).splitlines()[2:] == [
        "| Rows                 | 0.50 (1.00 s) | 77.0 MB |"
    ]
