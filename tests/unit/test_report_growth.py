"""Growth: the snapshots of one database, up to one of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from snapkit.report.growth import growth
from snapkit.store import Store
from tests.factories import make_manifest
from tests.snapshots import NOON, fill, make_snapshot

if TYPE_CHECKING:
    from pathlib import Path

    from snapkit.store import Snapshot


@pytest.fixture
def nights(tmp_path: Path) -> list[Snapshot]:
    """Four snapshots, a day apart; the second one is of another database."""
    made = []
    for day in range(4):
        now = NOON + timedelta(days=day)
        if day != 1:
            made.append(make_snapshot(tmp_path, now=now))
            continue
        with Store(tmp_path).create(now) as writer:
            manifest = make_manifest(*fill(writer), name=writer.id, files=writer.files)
            made.append(writer.finish(replace(manifest, database="another")))
    return made


def test_growth_ends_with_the_snapshot_and_leaves_other_databases_out(
    tmp_path: Path, nights: list[Snapshot]
) -> None:
    first, _, third, _ = nights
    found = growth(Store(tmp_path), third)
    assert [point.id for point in found.points] == [first.id, third.id]
    assert (found.others, found.older, found.unreadable) == (1, 0, ())
    assert {point.rows for point in found.points} == {202}


def test_growth_looks_at_the_last_ones_and_says_how_many_it_left(
    tmp_path: Path, nights: list[Snapshot]
) -> None:
    found = growth(Store(tmp_path), nights[3], most=2)
    assert [point.id for point in found.points] == [nights[2].id, nights[3].id]
    assert found.older == 2


def test_growth_names_a_snapshot_that_cannot_be_read(
    tmp_path: Path, nights: list[Snapshot]
) -> None:
    (nights[0].path / "manifest.json").write_text("{}")
    found = growth(Store(tmp_path), nights[3])
    assert [name for name, _ in found.unreadable] == [nights[0].id]
    assert [point.id for point in found.points] == [nights[2].id, nights[3].id]
