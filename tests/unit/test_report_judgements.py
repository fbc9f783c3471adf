"""Judgements: the verdict that a page begins with."""

from __future__ import annotations

from dataclasses import replace

import pytest

from snapkit import report
from snapkit.core.coverage import Coverage, coverage
from snapkit.core.drift import Drift, DriftKind, Severity
from snapkit.core.evidence import ConstraintRecord, RunKind
from snapkit.core.names import TableName
from snapkit.core.usability import Usability, UseFinding, UseKind, UseOutcome
from snapkit.core.verdict import (
    ObjectChange,
    ObjectFinding,
    OrphanFinding,
    SequenceFinding,
    Verdict,
    VerificationReport,
)
from snapkit.report.graph import TableGraph, table_graph
from snapkit.report.judgements import (
    judge_backup,
    judge_coverage,
    judge_graph,
    judge_verification,
)
from snapkit.report.result import Outcome
from tests.factories import make_catalog, make_foreign_key, make_manifest, name_of
from tests.reports import evidence, shop_catalog, shop_manifest, shop_schema, whole


def test_graph_of_the_whole_snapshot_matches() -> None:
    graph = table_graph(shop_schema(), shop_catalog(), shop_manifest())
    assert judge_graph(graph, shop_manifest()).outcome is Outcome.MATCH


def test_graph_that_lacks_a_table_is_a_mismatch() -> None:
    graph = TableGraph(nodes=(), foreign_keys=())
    judgement = judge_graph(graph, shop_manifest())
    assert (judgement.outcome, len(judgement.problems)) == (Outcome.MISMATCH, 7)


def test_graph_of_nothing_is_unchecked() -> None:
    graph = TableGraph(nodes=(), foreign_keys=())
    assert judge_graph(graph, make_manifest()).outcome is Outcome.UNCHECKED


def test_coverage_of_everything_matches() -> None:
    manifest = shop_manifest()
    found = coverage(shop_schema(), shop_catalog(), manifest)
    judgement = judge_coverage(found, manifest, "live")
    assert (judgement.outcome, judgement.summary) == (
        Outcome.MATCH,
        "The snapshot holds every table: 7 tables, 8 rows; the sums add up.",
    )


def test_coverage_whose_sum_is_not_the_manifests_is_a_mismatch() -> None:
    manifest = shop_manifest()
    found = coverage(shop_schema(), shop_catalog(), manifest)
    fewer = replace(manifest, tables=manifest.tables[1:])
    assert judge_coverage(found, fewer, "live").outcome is Outcome.MISMATCH


def test_coverage_of_a_missing_model_names_it() -> None:
    manifest = replace(shop_manifest(), tables=shop_manifest().tables[1:])
    found = coverage(shop_schema(), shop_catalog(), manifest)
    judgement = judge_coverage(found, manifest, "live")
    assert (judgement.outcome, judgement.problems) == (
        Outcome.DRIFT,
        ("User: missing from snapshot",),
    )


def test_coverage_without_anything_to_compare_is_unchecked() -> None:
    manifest = shop_manifest()
    found = coverage(None, None, manifest)
    assert judge_coverage(found, manifest, "none").outcome is Outcome.UNCHECKED


def test_backup_that_is_whole_matches() -> None:
    assert judge_backup(whole(), shop_manifest(), quick=False).outcome is Outcome.MATCH


def test_backup_gives_the_figures_that_are_followed_over_snapshots() -> None:
    manifest = replace(shop_manifest(), seconds=1.25)
    assert judge_backup(whole(), manifest, quick=False).figures == {
        "tables": 7,
        "rows": 8,
        "text_bytes": manifest.size,
        "stored_bytes": manifest.stored_size,
        "backup_seconds": 1.25,
    }


def test_backup_with_a_damaged_file_is_a_mismatch() -> None:
    damaged = replace(whole(), files=(("catalog.json", "damaged"),))
    judgement = judge_backup(damaged, shop_manifest(), quick=False)
    assert (judgement.outcome, judgement.problems) == (
        Outcome.MISMATCH,
        ("file catalog.json: damaged",),
    )


def test_backup_says_what_it_takes_on_the_databases_word() -> None:
    manifest = replace(shop_manifest(), unchecked_orphans=6)
    assert judge_backup(whole(), manifest, quick=False).unchecked == (
        ("orphans of 6 foreign keys", "the database itself vouches for them"),
    )


def test_verification_of_everything_matches() -> None:
    judgement = judge_verification(evidence(whole()), ())
    assert (judgement.outcome, judgement.summary) == (
        Outcome.MATCH,
        "Every row is there: 8 rows in 7 tables, digests equal.",
    )


def test_verification_says_when_the_rows_were_seen_and_how_long_it_took() -> None:
    judgement = judge_verification(evidence(whole()), ())
    assert judgement.seen_at == "2025-11-02T00:00:01+00:00"
    assert judgement.figures == {"verify_seconds": 1.0}


def test_restore_is_timed_until_it_is_proved() -> None:
    restored = replace(evidence(whole()), kind=RunKind.RESTORE)
    assert judge_verification(restored, ()).figures == {"restore_seconds": 1.0}


def test_verification_in_doubt_is_unchecked() -> None:
    judgement = judge_verification(evidence(whole()), ("the manifest is another",))
    assert (judgement.outcome, judgement.unchecked) == (
        Outcome.UNCHECKED,
        (
            ("evidence", "the manifest is another"),
            ("use of the database", "only a drill tries it"),
            ("constraints", "the record does not hold them"),
        ),
    )


def test_drill_that_cannot_use_what_it_restored_is_a_mismatch() -> None:
    failed = UseFinding(
        kind=UseKind.VIEW, name="totals", outcome=UseOutcome.FAILED, reason="division by zero"
    )
    drilled = replace(evidence(whole()), usability=Usability(findings=(failed,)))
    judgement = judge_verification(drilled, ())
    assert (judgement.outcome, judgement.problems) == (
        Outcome.MISMATCH,
        ("view totals: division by zero",),
    )


def test_constraint_that_a_replace_did_not_bring_back_is_a_mismatch() -> None:
    gone = ConstraintRecord(
        table=TableName("public", "users"), name="short", before="CHECK (a)", after=None
    )
    restored = replace(evidence(whole()), mode="replace", constraints=(gone,))
    judgement = judge_verification(restored, ())
    assert (judgement.outcome, judgement.problems) == (
        Outcome.MISMATCH,
        ("constraint short of users: gone, it was CHECK (a)",),
    )


def test_verification_in_doubt_stays_a_mismatch() -> None:
    worse = replace(whole().findings[0], verdict=Verdict.MISMATCH, changed=1)
    found = VerificationReport(findings=(worse, *whole().findings[1:]))
    judgement = judge_verification(evidence(found), ("the manifest is another",))
    assert (judgement.outcome, judgement.summary) == (
        Outcome.MISMATCH,
        "The database differs from the snapshot in 1 row of 1 table.",
    )


def test_verification_names_orphans_and_sequences() -> None:
    found = replace(
        whole(),
        orphans=(OrphanFinding(foreign_key=make_foreign_key("orders", "users"), rows=2),),
        sequences=(
            SequenceFinding(
                sequence=name_of("users_id_seq"),
                owner=name_of("users"),
                column="id",
                next_value=3,
                greatest=7,
            ),
        ),
    )
    assert judge_verification(evidence(found), ()).problems == (
        "foreign key orders_parent_id_fkey of orders: 2 orphans, the source had 0",
        "sequence users_id_seq: next value 3, but id holds 7",
    )


def test_verification_names_declared_objects_that_were_lost() -> None:
    lost = ObjectFinding(
        what="index users: by_name", change=ObjectChange.MISSING, snapshot="…", database=None
    )
    besides = replace(lost, what="index users: new", change=ObjectChange.EXTRA)
    found = replace(whole(), objects=(lost, besides), objects_compared=1)
    judgement = judge_verification(evidence(found), ())
    assert (judgement.outcome, judgement.summary, judgement.problems) == (
        Outcome.MISMATCH,
        "The database differs from the snapshot in 1 declared object.",
        ("index users: by_name: missing",),
    )


@pytest.mark.parametrize("name", dir(report))
def test_report_has_every_name_that_notebooks_use(name: str) -> None:
    assert callable(getattr(report, name))


def test_report_has_no_other_name() -> None:
    with pytest.raises(AttributeError):
        _ = report.nothing


def test_coverage_of_an_empty_catalog_says_so() -> None:
    manifest = make_manifest()
    found = coverage(None, make_catalog(), manifest)
    assert judge_coverage(found, manifest, "live").summary == (
        "The snapshot holds every table: 0 tables, 0 rows; the sums add up."
    )


def drifted(severity: Severity) -> Coverage:
    one = Drift(
        kind=DriftKind.NULLABILITY,
        severity=severity,
        table=name_of("users"),
        item="email",
        expected="NOT NULL",
        found="NULL",
    )
    return coverage(shop_schema(), shop_catalog(), shop_manifest(), (one,))


def test_coverage_with_drift_says_so() -> None:
    judgement = judge_coverage(drifted(Severity.DRIFT), shop_manifest(), "live")
    assert (judgement.outcome, len(judgement.problems)) == (Outcome.DRIFT, 1)
    assert judgement.summary.endswith("The catalog differs from the schema in 1 place.")


def test_coverage_with_information_only_matches() -> None:
    judgement = judge_coverage(drifted(Severity.INFORMATION), shop_manifest(), "live")
    assert (judgement.outcome, judgement.problems) == (Outcome.MATCH, ())


def test_verification_with_quarantined_rows_is_no_clean_match() -> None:
    first, *others = whole().findings
    aside = replace(first, observed_rows=first.expected_rows - 1, quarantined=1)
    found = VerificationReport(findings=(aside, *others))
    judgement = judge_verification(evidence(found), ())
    assert (judgement.outcome, judgement.summary) == (
        Outcome.QUARANTINED,
        "Restored, 1 row quarantined: 7 restored + 1 quarantined = 8 in the snapshot.",
    )
    assert judgement.problems == (f"table {first.table}: 1 row quarantined",)
    assert ("rows quarantined", "1") in judgement.facts
