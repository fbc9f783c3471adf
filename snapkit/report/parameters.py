"""The parameters of each notebook: names, types, and what must never be among them.

papermill stores every value in the output notebook before the notebook can refuse it. So no
parameter ever holds a secret: a database is given by the NAME of an environment variable.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from snapkit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

_P = TypeVar("_P", bound="Parameters | NightlyParameters")
_SECRET_NAME = re.compile(r"(?i)passw|secret|token|credential|api_?key|dsn|url|conninfo")
_SECRET_VALUE = re.compile(r"(?i)://[^/\s]*:[^@\s]*@|passw(or)?d\s*=|sslpassword\s*=")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_NAMES_A_VARIABLE = ("dsn_env", "drill_dsn_env")
_SNAPSHOTS = frozenset({"snapshot_id", "snapshot_a"})
_DATE, _TIME = 8, 14  # where they end in the digits of a snapshot's id, YYYYMMDD_HHMMSS


class Notebook(StrEnum):
    """The notebooks, in the order in which they are read."""

    NIGHTLY = "nightly"
    SCHEMA_GRAPH = "schema_graph"
    COVERAGE = "coverage"
    BACKUP_REPORT = "backup_report"
    RESTORE_VERIFICATION = "restore_verification"
    SNAPSHOT_DIFF = "snapshot_diff"

    @property
    def heading(self) -> str:
        """What the page is called."""
        return self.replace("_", " ").capitalize()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """What every notebook takes.

    `store` is empty for `SNAPKIT_STORE`, else `./snapshots`; `out` is empty for `SNAPKIT_REPORTS`,
    else `./reports`.
    """

    snapshot_id: str = "latest"
    store: str = ""
    out: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphParameters(Parameters):
    """`schema` is a file or folder, empty for the snapshot's own; `depth` counts edges."""

    schema: str = ""
    focus: str = ""
    depth: int = 1
    group: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageParameters(Parameters):
    """`dsn_env` names the variable with the live database; empty for the snapshot's catalog."""

    schema: str = ""
    dsn_env: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupParameters(Parameters):
    """`quick` compares files only; `largest` is how many tables are listed by size [tables]."""

    quick: bool = False
    largest: int = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationParameters(Parameters):
    """`evidence` is a file; used where `dsn_env` is empty. `rows_named` is per table [rows]."""

    dsn_env: str = ""
    evidence: str = ""
    rows_named: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffParameters(Parameters):
    """`snapshot_a` is what `snapshot_id` is compared with. `rows_named` is per table [rows]."""

    snapshot_a: str = ""
    rows_named: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class NightlyParameters:
    """`record` is the file of a night that is over, to be shown; where it is empty, one begins.

    `store` and `out` are as in Parameters. `dsn_env` and `drill_dsn_env` name variables, `service`
    is one of libpq's; without either, `DATABASE_URL` is meant, else the `PG*` variables. `jobs` of
    0 are chosen by size. The drill takes a scratch server, which `pg_bindir` has the programs of,
    or the server of `drill_dsn_env`.
    """

    store: str = ""
    out: str = ""
    dsn_env: str = ""
    service: str = ""
    schema: str = ""
    no_schema: bool = False
    jobs: int = 0
    quick: bool = False
    drill_dsn_env: str = ""
    pg_bindir: str = ""
    record: str = ""


KINDS: Mapping[Notebook, type[Parameters | NightlyParameters]] = {
    Notebook.NIGHTLY: NightlyParameters,
    Notebook.SCHEMA_GRAPH: GraphParameters,
    Notebook.COVERAGE: CoverageParameters,
    Notebook.BACKUP_REPORT: BackupParameters,
    Notebook.RESTORE_VERIFICATION: VerificationParameters,
    Notebook.SNAPSHOT_DIFF: DiffParameters,
}
OF_A_SNAPSHOT = tuple(item for item in Notebook if item is not Notebook.NIGHTLY)
"""Those that read a snapshot; a night makes one."""
OF_ONE_SNAPSHOT = tuple(item for item in OF_A_SNAPSHOT if item is not Notebook.SNAPSHOT_DIFF)
"""Those that need no second snapshot: what a report is where no notebook is named."""


def parameter_names(notebook: Notebook) -> tuple[str, ...]:
    """The names of a notebook's parameters.

    Args:
        notebook: The notebook.

    Returns:
        Names, in order of declaration.
    """
    return tuple(item.name for item in fields(KINDS[notebook]))


def check_parameters(kind: type[_P], values: Mapping[str, object]) -> _P:
    """Check names, types and secrets.

    Args:
        kind: The parameters of the notebook.
        values: What was passed.

    Returns:
        The parameters, defaults filled in.

    Raises:
        UsageError: A name is unknown, a value is of another type, or looks like a secret. The
            message does not repeat the value.
    """
    refuse_secrets(values)
    known = [item.name for item in fields(kind)]
    unknown = sorted(values.keys() - set(known))
    if unknown:
        raise UsageError(
            f"unknown parameter {unknown[0]!r}",
            "the notebook's parameters",
            f"The parameters are {', '.join(known)}.",
        )
    try:
        return msgspec.convert(_with_snapshot_id(values), kind)
    except msgspec.ValidationError as exc:
        raise UsageError(
            f"a parameter is of the wrong type: {exc}",
            "the notebook's parameters",
            "Pass what the parameters cell shows: text in quotes, numbers, True or False.",
        ) from None


def _with_snapshot_id(values: Mapping[str, object]) -> dict[str, object]:
    """Give ids of snapshots their form: `-p` of papermill takes `20251101_085916_2` for a number.

    Date and time have a fixed length and what follows never begins with 0, so nothing was lost.
    """
    return {
        name: _snapshot_id(value) if name in _SNAPSHOTS else value for name, value in values.items()
    }


def _snapshot_id(given: object) -> object:
    if not isinstance(given, int) or isinstance(given, bool) or given < 0:
        return given
    digits = str(given)
    parts = (digits[:_DATE], digits[_DATE:_TIME], digits[_TIME:])
    return "_".join(filter(None, parts))


def refuse_secrets(values: Mapping[str, Any]) -> None:
    """Refuse parameters that are named like a secret, or hold one.

    Args:
        values: Names and values.

    Raises:
        UsageError: One of them is; the message does not repeat the value.
    """
    hint = (
        "papermill stores values in the output notebook, refused ones too: delete it if there is "
        "one. Put the secret into an environment variable, and pass the NAME of the variable as "
        f"{_NAMES_A_VARIABLE[0]}."
    )
    for name, value in values.items():
        where = f"parameter {name!r}"
        if name in _NAMES_A_VARIABLE:
            if not isinstance(value, str) or (value and not _VARIABLE.fullmatch(value)):
                raise UsageError(f"{name} must be the name of an environment variable", where, hint)
        elif _SECRET_NAME.search(name):
            raise UsageError("a parameter is named like a secret", where, hint)
        elif isinstance(value, str) and _SECRET_VALUE.search(value):
            raise UsageError("the value of a parameter looks like a secret", where, hint)
