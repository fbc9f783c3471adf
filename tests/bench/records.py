"""The files of reports/bench: one per suite, written after it, read for tables and for README.

A suite's file keeps the workloads that were not measured this time, as long as machine and server
are the same; each says when it was measured and how busy the machine was then.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
from typing import TYPE_CHECKING, Any

from tests.bench.harness import ROOT, shown, table
from tests.bench.machine import sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from tests.bench.harness import Found, Suite, Workload

REPORTS = ROOT / "reports" / "bench"
README = ROOT / "reports" / "readme"

Document = dict[str, Any]


def section(
    workload: Workload, *, found: Found | None = None, missing: str = "", failed: str = ""
) -> Document:
    """What was found of one workload as JSON values, or why nothing was."""
    made: Document = {
        "title": workload.title,
        "measured_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
    }
    if found is None:
        return made | ({"failed": failed} if failed else {"missing": missing})
    return made | {
        "headings": list(found.headings),
        "figures": [{**one.document(), "cells": list(one.cells())} for one in found.figures],
        "picture": found.picture,
        **found.raw,
    }


def write(
    name: str,
    suite: Suite,
    sections: Mapping[str, Document],
    here: Document,
    server: Mapping[str, str],
    *,
    small: bool,
) -> Path:
    """Write a suite's file, and a picture beside it where a workload has one.

    Returns:
        The file: reports/bench/<suite>.json, or one in small/ there.
    """
    place = folder(small=small)
    place.mkdir(parents=True, exist_ok=True)
    path = place / f"{name}.json"
    before = _read(path) if path.exists() else {}
    is_same = (before.get("machine"), before.get("server")) == (here, server)
    kept = before["workloads"] if is_same else {}
    made = {**kept, **sections}
    document = {"suite": name, "machine": here, "server": server, "notes": suite.notes}
    text = json.dumps(document | {"workloads": made}, indent=1, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")
    for word, one in sections.items():
        if one.get("picture"):
            (place / f"{name}-{word}.svg").write_text(one["picture"], encoding="utf-8")
    return path


def folder(*, small: bool) -> Path:
    """Where the files are: those of the small benchmarks apart, because they say nothing."""
    return REPORTS / "small" if small else REPORTS


def tables(path: Path, words: Iterable[str] = ()) -> str:
    """The tables of a suite's file as Markdown: of these workloads, or of all."""
    document = _read(path)
    parts = []
    for word in words or document["workloads"]:
        one = document["workloads"][word]
        why = next((f"{key}: {one[key]}" for key in ("missing", "failed") if key in one), "")
        text = f"not measured, {why}" if why else table(one["headings"], _cells(one))
        parts.append(f"**{one['title']}**{_beside(one)}\n\n{text}\n")
    return "\n".join(parts)


def summary(document: Document) -> str:
    """Comparisons of the same work on several databases, one line each: ratio (our figure)."""
    measured = [one for one in document["workloads"].values() if "figures" in one]
    works = list(dict.fromkeys(figure["name"] for one in measured for figure in one["figures"]))
    rows = []
    for one in measured:
        cells = {figure["name"]: _short(figure) for figure in one["figures"]}
        rows.append([one["title"], *(cells.get(work, "") for work in works)])
    return table(["ours / theirs (ours)", *works], rows)


def readme() -> str:
    """Every suite as README shows it, and the pictures copied to where it looks.

    The comparisons with PostgreSQL's tools are summed up first: what is asked most.
    """
    parts = [f"{summary(_read(path))}\n" for path in REPORTS.glob("dump.json")]
    said = set[str]()
    for path in sorted(REPORTS.glob("*.json")):
        document = _read(path)
        server = ", ".join(f"{key} {value}" for key, value in document["server"].items())
        where = f"{sentence(document['machine'])}{f'; PostgreSQL: {server}' if server else ''}"
        parts += [f"### {path.stem}\n", *([] if where in said else [f"{where}\n"]), tables(path)]
        parts += [f"{document['notes']}\n"] if document["notes"] else []
        said.add(where)
    for picture in REPORTS.glob("*.svg"):
        shutil.copy(picture, README)
    return "\n".join(parts)


def _read(path: Path) -> Document:
    found: Document = json.loads(path.read_text(encoding="utf-8"))
    return found


def _short(figure: Document) -> str:
    ours = f"{shown(figure['median_ours'])} {figure['unit']}"
    return ours if figure["limit"] is not None else f"{figure['ratio']:.2f} ({ours})"


def _cells(one: Document) -> list[list[str]]:
    return [figure["cells"] for figure in one["figures"]]


def _beside(one: Document) -> str:
    return f" ({one['database_mb']:,.0f} MB in the server)" if "database_mb" in one else ""
