"""Evidence: one restore, verification or drill on record, to be read months later.

A report that was kept is not believed blindly: `review` holds it against the manifest of the
snapshot it speaks of, table by table, and says what it does not prove.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import msgspec

from snapkit.core.names import TableName
from snapkit.core.usability import Usability
from snapkit.core.verdict import Verdict, VerificationReport
from snapkit.errors import ManifestError

if TYPE_CHECKING:
    from snapkit.core.manifest import Manifest, TableEntry
    from snapkit.core.verdict import Finding

FORMAT = 1
ROWS_KEPT = 100  # rows that were set aside, in a record [rows]
ROW_LENGTH = 500  # of one of them [characters]
REPLACE = "replace"  # the mode that keeps tables
AFTER_RESTORE = frozenset({"verify again", "use it"})  # steps of a drill: no part of the RTO


class RunKind(StrEnum):
    """What was done when the evidence was taken."""

    RESTORE = "restore"
    VERIFY = "verify"
    DRILL = "drill"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConstraintRecord:
    """A constraint before and after a run, as `pg_get_constraintdef` prints it; None: not there.

    The text says NOT VALID of one whose rows were never looked at. A run that only looked has no
    before: then both are the same.
    """

    table: TableName  # or domain
    name: str
    before: str | None
    after: str | None


def compared_constraints(
    before: Mapping[tuple[TableName, str], str], after: Mapping[tuple[TableName, str], str]
) -> tuple[ConstraintRecord, ...]:
    """Pair the constraints of two moments.

    Args:
        before: Definitions by table and name.
        after: The same, later.

    Returns:
        One record per constraint that was there at either moment, by table and name.
    """
    return tuple(
        ConstraintRecord(
            table=table, name=name, before=before.get((table, name)), after=after.get((table, name))
        )
        for table, name in sorted({*before, *after})
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RungRecord:
    """How rows were replaced, and for which tables; `missing` are rights for a better way."""

    rung: int
    means: str
    tables: tuple[TableName, ...]
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantinedRecord:
    """One row that was set aside, as COPY text cut to ROW_LENGTH, and why."""

    table: TableName
    row: str
    sqlstate: str
    constraint: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What one run found, and the circumstances.

    Times are UTC, ISO 8601; `seconds` is the whole run [s], `steps` pairs of a step and its
    duration [s], in order. `target` is a label without a password; `mode` is how a restore was
    done (create or replace), empty for a verification. `versions` are those of the tools.
    `os_user` on `host` ran it, as the database's `role`. `settings` are those pinned in every
    session, `server_settings` what else of the server bears on it. `quarantined` are the first
    ROWS_KEPT rows that were set aside; the report counts them, and the folder `quarantine` holds
    them all. `usability` is what a drill tried; None where nothing was.
    """

    format: int = FORMAT
    kind: RunKind
    snapshot_id: str
    manifest_digest: str  # SHA-256 of manifest.json
    target: str
    role: str
    mode: str = ""
    source_server: str = ""  # the server's own text, such as 18.1
    target_server: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    started_at: str
    finished_at: str
    seconds: float
    steps: tuple[tuple[str, float], ...] = ()
    report: VerificationReport
    os_user: str = ""
    host: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    server_settings: Mapping[str, str] = field(default_factory=dict)
    rungs: tuple[RungRecord, ...] = ()
    notes: tuple[str, ...] = ()  # of the plan
    constraints: tuple[ConstraintRecord, ...] = ()
    quarantine: str = ""
    quarantined: tuple[QuarantinedRecord, ...] = ()
    usability: Usability | None = None

    @property
    def verdict(self) -> Verdict:
        """The report's; MISMATCH where something cannot be used, or a constraint was changed."""
        if self.usability is not None and self.usability.verdict is Verdict.MISMATCH:
            return Verdict.MISMATCH
        return Verdict.MISMATCH if self.changed_constraints else self.report.verdict

    @property
    def restore_seconds(self) -> float | None:
        """From nothing to restored and proved [s]; None of a run that restored nothing."""
        match self.kind:
            case RunKind.RESTORE:
                return self.seconds
            case RunKind.DRILL:
                steps = (seconds for name, seconds in self.steps if name not in AFTER_RESTORE)
                return round(sum(steps), 3)
            case RunKind.VERIFY:
                return None

    @property
    def changed_constraints(self) -> tuple[ConstraintRecord, ...]:
        """Those that a restore into existing tables did not bring back as they were."""
        found = self.constraints if self.mode == REPLACE else ()
        return tuple(item for item in found if item.before != item.after)

    @property
    def unchecked(self) -> tuple[tuple[str, str], ...]:
        """What the report and the drill did not look at, and what the record does not hold."""
        items = self.report.unchecked
        if self.usability is not None:
            items += self.usability.unchecked
        elif self.kind is RunKind.DRILL:
            items += (("use of the database", "the record does not say that it was tried"),)
        else:
            items += (("use of the database", "only a drill tries it"),)
        if not self.constraints:
            items += (("constraints", "the record does not hold them"),)
        return items


def encode(evidence: Evidence) -> bytes:
    """Write evidence as JSON.

    Args:
        evidence: What was found.

    Returns:
        UTF-8 text, indented, ending in a newline.
    """
    return msgspec.json.format(msgspec.json.encode(evidence), indent=1) + b"\n"


def decode(text: bytes, where: str) -> Evidence:
    """Read evidence, format first.

    Args:
        text: What `encode` wrote.
        where: The file, for messages.

    Returns:
        The evidence; what it claims is yet to be reviewed.

    Raises:
        ManifestError: Not JSON, another format, or keys missing or of another type.
    """
    try:
        document: Any = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise _unreadable(f"evidence is not JSON: {exc}", where) from exc
    version = document.get("format") if isinstance(document, dict) else None
    if type(version) is not int or version != FORMAT:
        raise _unreadable(f"cannot read evidence of format {version!r}", where)
    try:
        return msgspec.convert(document, Evidence)
    except msgspec.ValidationError as exc:
        raise _unreadable(f"evidence is damaged: {exc}", where) from exc


def _unreadable(what: str, where: str) -> ManifestError:
    return ManifestError(
        what, where, "Name a file that snapkit restore, verify or drill wrote, or verify again."
    )


def review(evidence: Evidence, manifest: Manifest, manifest_digest: str) -> tuple[str, ...]:
    """Hold evidence against the snapshot it speaks of.

    Args:
        evidence: What a run recorded.
        manifest: The snapshot.
        manifest_digest: SHA-256 of its manifest.json.

    Returns:
        Why the evidence does not prove what it claims; empty where it does. Each is one line.
    """
    if evidence.snapshot_id != manifest.id:
        return (f"the evidence is of snapshot {evidence.snapshot_id}, not {manifest.id}",)
    problems = []
    if evidence.manifest_digest != manifest_digest:
        problems.append("the manifest is not the one the evidence was taken with")
    findings = {finding.table: finding for finding in evidence.report.findings}
    problems += [
        f"table {entry.table}: {problem}"
        for entry in manifest.data_tables
        if (problem := _problem_of_table(entry, findings.get(entry.table)))
    ]
    known = {entry.table for entry in manifest.tables}
    problems += [
        f"table {name}: the evidence names it, the snapshot does not"
        for name in sorted(findings.keys() - known)
    ]
    return tuple(problems)


def _problem_of_table(entry: TableEntry, finding: Finding | None) -> str:
    if finding is None:
        return "the evidence does not name it"
    if (finding.expected_rows, finding.expected_digest) != (entry.rows, entry.digest):
        return "the evidence expected other rows than the snapshot holds"
    if finding.verdict is Verdict.MATCH and (
        (finding.observed_rows or 0) + finding.quarantined != entry.rows
        or finding.observed_rows is None
        or (not finding.quarantined and finding.observed_digest not in {"", entry.digest})
        or (entry.rows and not finding.observed_digest)
    ):
        return "called a match, but what was observed is not what the snapshot holds"
    return ""
