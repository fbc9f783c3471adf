"""One difference between a schema and a database, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from snapkit.core.names import TableName

NOTHING: Final = "nothing"


class DriftKind(StrEnum):
    """What differs; the values are for people. The order is that of a report."""

    MISSING_TABLE = "missing table"
    MISSING_COLUMN = "missing column"
    EXTRA_COLUMN = "extra column"
    TYPE = "column type"
    NULLABILITY = "nullability"
    DEFAULT = "default"
    PRIMARY_KEY = "primary key"
    MISSING_UNIQUE = "missing unique key"
    EXTRA_UNIQUE = "extra unique key"
    MISSING_INDEX = "missing index"
    EXTRA_INDEX = "extra index"
    MISSING_FOREIGN_KEY = "missing foreign key"
    EXTRA_FOREIGN_KEY = "extra foreign key"
    REFERENTIAL_ACTION = "referential action"
    FOREIGN_KEY_STATE = "foreign key's state"
    CONSTRAINT_NAME = "constraint name"
    MISSING_ENUM = "missing enum"
    EXTRA_ENUM = "extra enum"
    MISSING_VALUE = "missing enum value"
    EXTRA_VALUE = "extra enum value"
    VIEW = "view"
    UNMODELLED = "table without a model"
    GENERATED = "generated column"
    CHECK = "check constraint"
    TRIGGER = "trigger"
    NOT_VALIDATED = "constraint not validated"
    SPECIAL_INDEX = "partial or expression index"
    INDEX_OPTION = "index option"


class Severity(StrEnum):
    """Whether Prisma's migrations would change the database, or overlook the difference."""

    DRIFT = "drift"
    INFORMATION = "information"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """One difference. `table` is an enum's type for differences of enums.

    `item` is the column, constraint, index or value; empty where the table itself is meant.
    """

    kind: DriftKind
    table: TableName
    item: str = ""
    expected: str = NOTHING
    found: str = NOTHING
    severity: Severity = Severity.DRIFT

    @property
    def is_drift(self) -> bool:
        """Whether it is more than information."""
        return self.severity is Severity.DRIFT

    @property
    def where(self) -> str:
        """The table, and the item in it, for people."""
        return f"{self.table}.{self.item}" if self.item else str(self.table)

    def __str__(self) -> str:
        return f"{self.kind} {self.where}: schema has {self.expected}, database has {self.found}"
