"""Reports: the notebooks' sections, figures and graphs, the papermill runner, the site.

A notebook begins with `from snapkit import report` and calls one function per section. Names load
what they need when they are first used: drawing a graph needs neither pandas nor papermill.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from snapkit.report.nightly import Nightly as Nightly
    from snapkit.report.nightly import Order as Order
    from snapkit.report.nightly import run_nightly as run_nightly
    from snapkit.report.opening import open_run as open_run
    from snapkit.report.run import conclude as conclude
    from snapkit.report.runner import ReportSet as ReportSet
    from snapkit.report.runner import find_notebooks as find_notebooks
    from snapkit.report.runner import run_reports as run_reports
    from snapkit.report.sections.backup import backup_check as backup_check
    from snapkit.report.sections.backup import backup_circumstances as backup_circumstances
    from snapkit.report.sections.backup import backup_empty as backup_empty
    from snapkit.report.sections.backup import backup_figure as backup_figure
    from snapkit.report.sections.backup import backup_groups as backup_groups
    from snapkit.report.sections.backup import backup_largest as backup_largest
    from snapkit.report.sections.backup import backup_orphans as backup_orphans
    from snapkit.report.sections.backup import backup_other as backup_other
    from snapkit.report.sections.common import checks as checks
    from snapkit.report.sections.common import headline as headline
    from snapkit.report.sections.common import problems as problems
    from snapkit.report.sections.common import unchecked as unchecked
    from snapkit.report.sections.coverage import coverage_drift as coverage_drift
    from snapkit.report.sections.coverage import coverage_figure as coverage_figure
    from snapkit.report.sections.coverage import coverage_groups as coverage_groups
    from snapkit.report.sections.coverage import coverage_models as coverage_models
    from snapkit.report.sections.coverage import coverage_special as coverage_special
    from snapkit.report.sections.coverage import coverage_unmodelled as coverage_unmodelled
    from snapkit.report.sections.declared import (
        verification_constraints as verification_constraints,
    )
    from snapkit.report.sections.declared import verification_objects as verification_objects
    from snapkit.report.sections.declared import verification_use as verification_use
    from snapkit.report.sections.diff import diff_figure as diff_figure
    from snapkit.report.sections.diff import diff_rows as diff_rows
    from snapkit.report.sections.diff import diff_schema as diff_schema
    from snapkit.report.sections.diff import diff_tables as diff_tables
    from snapkit.report.sections.graph import graph_cycles as graph_cycles
    from snapkit.report.sections.graph import graph_figure as graph_figure
    from snapkit.report.sections.graph import graph_hubs as graph_hubs
    from snapkit.report.sections.graph import graph_relations as graph_relations
    from snapkit.report.sections.graph import graph_stages as graph_stages
    from snapkit.report.sections.history import backup_growth as backup_growth
    from snapkit.report.sections.history import backup_growth_figure as backup_growth_figure
    from snapkit.report.sections.history import backup_timeline as backup_timeline
    from snapkit.report.sections.history import backup_timeline_figure as backup_timeline_figure
    from snapkit.report.sections.nightly import nightly_pages as nightly_pages
    from snapkit.report.sections.nightly import nightly_steps as nightly_steps
    from snapkit.report.sections.verification import (
        verification_circumstances as verification_circumstances,
    )
    from snapkit.report.sections.verification import verification_figure as verification_figure
    from snapkit.report.sections.verification import verification_keys as verification_keys
    from snapkit.report.sections.verification import (
        verification_quarantined as verification_quarantined,
    )
    from snapkit.report.sections.verification import (
        verification_recompute as verification_recompute,
    )
    from snapkit.report.sections.verification import verification_rows as verification_rows
    from snapkit.report.sections.verification import (
        verification_sequences as verification_sequences,
    )
    from snapkit.report.sections.verification import verification_tables as verification_tables

_HOMES = {
    "opening": ("open_run",),
    "nightly": ("Nightly", "Order", "run_nightly"),
    "run": ("conclude",),
    "runner": ("ReportSet", "find_notebooks", "run_reports"),
    "sections.common": ("checks", "headline", "problems", "unchecked"),
    "sections.graph": (
        "graph_cycles",
        "graph_figure",
        "graph_hubs",
        "graph_relations",
        "graph_stages",
    ),
    "sections.coverage": (
        "coverage_drift",
        "coverage_figure",
        "coverage_groups",
        "coverage_models",
        "coverage_special",
        "coverage_unmodelled",
    ),
    "sections.backup": (
        "backup_check",
        "backup_circumstances",
        "backup_empty",
        "backup_figure",
        "backup_groups",
        "backup_largest",
        "backup_orphans",
        "backup_other",
    ),
    "sections.diff": ("diff_figure", "diff_rows", "diff_schema", "diff_tables"),
    "sections.declared": ("verification_constraints", "verification_objects", "verification_use"),
    "sections.history": (
        "backup_growth",
        "backup_growth_figure",
        "backup_timeline",
        "backup_timeline_figure",
    ),
    "sections.nightly": ("nightly_pages", "nightly_steps"),
    "sections.verification": (
        "verification_circumstances",
        "verification_figure",
        "verification_keys",
        "verification_quarantined",
        "verification_recompute",
        "verification_rows",
        "verification_sequences",
        "verification_tables",
    ),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:  # noqa: ANN401  # whatever the name stands for
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)


def __dir__() -> list[str]:
    return sorted(_HOME_OF)
