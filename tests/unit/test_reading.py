"""Reading shared out: every part is read once, whoever reads it, and whenever a worker is done."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING, cast

from snapkit.core.digest import TableDigest
from snapkit.core.names import TableName
from snapkit.pg.rows import RowSource
from snapkit.workflows import reading
from snapkit.workflows.progress import SILENT
from snapkit.workflows.reading import ReadResult, ReadTask, _Line, _shared

if TYPE_CHECKING:
    import pytest

    from snapkit.pg.session import Session


def task(number: int) -> ReadTask:
    return ReadTask(
        entry=number,
        part=0,
        source=RowSource(TableName("public", f"t{number}")),
        columns=("id",),
        pages=None,
        path=f"data/{number}",
        extent=1,
    )


def result(of: ReadTask) -> ReadResult:
    digest = TableDigest(rows=1, size=2)
    return ReadResult(task=of, digest=digest, part=None, reader=1, begin=0.0, end=1.0)


def test_every_part_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    mine, *others = tasks = tuple(map(task, range(7)))
    done, at_work, locked, waits, ends_later, also_waits = others
    futures = {other: Future[ReadResult | None]() for other in others}
    for begun in (done, at_work, locked, ends_later):
        futures[begun].set_running_or_notify_cancel()
    futures[done].set_result(result(done))
    futures[locked].set_result(None)  # its table could not be locked: the leader reads it
    read_here: list[ReadTask] = []

    def read(_session: Session, _folder: Path, asked: ReadTask) -> ReadResult:
        read_here.append(asked)
        if asked == waits:
            futures[at_work].set_result(result(at_work))
            Timer(0.05, futures[ends_later].set_result, [result(ends_later)]).start()
        return result(asked)

    monkeypatch.setattr(reading, "read_part", read)
    waiting = {futures[other]: other for other in others}
    line = _Line(tasks, 2, SILENT)
    found = [one.task for one in _shared(cast("Session", None), Path(), mine, waiting, line)]
    assert sorted(one.entry for one in found) == [one.entry for one in tasks]
    assert read_here == [mine, locked, waits, also_waits]
