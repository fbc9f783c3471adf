"""What became of a transaction, asked later, by another session.

Source: PostgreSQL manual, System Information Functions, pg_xact_status; pg_control_system,
pg_control_checkpoint.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from snapkit.errors import DatabaseError

if TYPE_CHECKING:
    from snapkit.pg.session import Session


@dataclass(frozen=True, slots=True)
class TransactionId:
    """A transaction's name for good.

    `system` is the server's own identifier and its timeline, because a server that was set back to
    an earlier time, or a promoted copy, has another history; it is empty where the role may not
    read them. `number` has 64 bits and does not come again.
    """

    system: str
    number: str


class Fate(StrEnum):
    """What became of a transaction."""

    COMMITTED = "committed"
    ROLLED_BACK = "aborted"
    RUNNING = "in progress"
    UNKNOWN = "unknown"  # it was on another server, or so long ago that the server has forgotten


def transaction_id(session: Session) -> TransactionId:
    """Name the open transaction.

    Args:
        session: Inside a transaction that may write.

    Returns:
        Its name.

    Raises:
        DatabaseError: The server refused.
    """
    return TransactionId(
        _system(session), str(session.scalar("SELECT pg_catalog.pg_current_xact_id()::text"))
    )


def fate_of(session: Session, transaction: TransactionId) -> Fate:
    """Ask what became of a transaction.

    Args:
        session: Outside of any transaction.
        transaction: As `transaction_id` named it.

    Returns:
        What the server knows.
    """
    if _system(session) != transaction.system:
        return Fate.UNKNOWN
    try:
        found = session.scalar(
            "SELECT pg_catalog.pg_xact_status(%s::text::xid8)", [transaction.number]
        )
    except DatabaseError:  # in the future: the server was set back to an earlier time
        return Fate.UNKNOWN
    return Fate.UNKNOWN if found is None else Fate(found)


def _system(session: Session) -> str:
    may_read = session.scalar(
        "SELECT pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE')"
        " AND pg_catalog.has_function_privilege('pg_catalog.pg_control_checkpoint()', 'EXECUTE')"
    )
    if not may_read:
        return ""
    return str(
        session.scalar(
            "SELECT concat(s.system_identifier, '/', c.timeline_id)"
            " FROM pg_catalog.pg_control_system() s, pg_catalog.pg_control_checkpoint() c"
        )
    )
