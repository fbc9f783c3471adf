"""psycopg's errors, as snapkit's: what failed, where, and what to do next.

Decided by SQLSTATE. Only a failed connection carries none, and there libpq's English text decides.

Source: PostgreSQL manual, PostgreSQL Error Codes.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import psycopg

from snapkit.errors import ConnectError, DatabaseError, LockedError, SnapkitError, UsageError
from snapkit.pg.target import redact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapkit.pg.target import Target

# By SQLSTATE, or its class of two letters: what to say before the server's message, and the hint.
_FAILURES: Final = {
    "08": ("the connection broke", "Check the network and the server's log, then run it again."),
    "22": ("", "The value does not fit its column: compare the table's shape with the snapshot's."),
    "23": (
        "",
        (
            "A row breaks a constraint of the database, and nothing was committed. "
            "snapkit restore --on-error quarantine sets such rows aside and goes on."
        ),
    ),
    "25P02": ("", "An earlier statement of the transaction failed: look at that one first."),
    "25006": ("", "The server or the session takes reads only: connect to the primary server."),
    "40": ("", "Another transaction was in the way: run the command again."),
    "42501": (
        "the role lacks a right",
        (
            "Have the owner grant it, or run as the owner; to read everything, a role needs SELECT "
            "on every table and sequence, USAGE on their namespaces, and BYPASSRLS where row "
            "security hides rows."
        ),
    ),
    "53100": (
        "the server's disk is full",
        "Free space on the server, then run the command again; nothing of this step was kept.",
    ),
    "53200": (
        "the server is out of memory",
        "Where its message names max_locks_per_transaction, raise that setting and restart it.",
    ),
    "53300": ("the server has no connection left", "Use fewer --jobs, or raise max_connections."),
    "57014": (
        "the statement was cancelled",
        "Somebody cancelled it on the server, or Ctrl-C did; run the command again.",
    ),
    "57P": (
        "the server ended the connection",
        "An administrator stopped it, or it crashed: see the server's log, then run it again.",
    ),
    "58": ("the server could not use a file", "See the server's log."),
    "F0": ("the server's configuration is broken", "See the server's log."),
    "XX": ("the server met an internal error", "See the server's log; its data may be damaged."),
}
_LOCKED_STATES = frozenset({"55P03", "55006"})

# What a failed connection's text looks like, with the words and the hint to give. First match wins.
_CONNECT_FAILURES: Final = (
    (
        r'database "(?P<name>.*)" does not exist',
        "no database {name!r} on this server",
        "Correct the name, or create the database; psql -l lists those that exist.",
    ),
    (
        r'role "(?P<name>.*)" does not exist',
        "no role {name!r} on this server",
        "Correct the user, or create the role.",
    ),
    (
        r"password authentication failed",
        "the server refused the password",
        "Correct the user and password, in the connection string, PGPASSWORD or ~/.pgpass.",
    ),
    (
        r"no password supplied|empty password",
        "the server asks for a password and none was given",
        "Give one in the connection string, PGPASSWORD or ~/.pgpass.",
    ),
    (
        r"(?:Peer|Ident|GSSAPI|LDAP|certificate|trust) authentication failed",
        "the server refused this user",
        "Correct the user, or have the administrator look at pg_hba.conf.",
    ),
    (
        r"no pg_hba\.conf entry|pg_hba\.conf rejects",
        "the server does not let this user in from here",
        "Try sslmode=require, or have the administrator look at pg_hba.conf.",
    ),
    (
        r"is not permitted to log in",
        "this role may not log in",
        "Use another role, or have it granted LOGIN.",
    ),
    (
        r"permission denied for database|does not have CONNECT privilege",
        "this role may not connect to the database",
        "Have the owner run GRANT CONNECT ON DATABASE for it.",
    ),
    (
        (
            r"is not currently accepting connections|shutting down|starting up|in recovery mode"
            r"|not yet accepting connections"
        ),
        "the server takes no connections now",
        "It is starting, stopping or recovering: wait, then try again.",
    ),
    (
        r"too many (?:clients|connections)|remaining connection slots",
        "the server has no connection left",
        "Close other sessions, or raise max_connections.",
    ),
    (
        (
            r"could not translate host name|Name or service not known|resolve host|nodename nor"
            r"|failed to resolve"
        ),
        "the host is unknown",
        "Correct the host's name, or check the network's name service.",
    ),
    (
        r"Connection refused",
        "no server listens at this address",
        "Start the server, or correct the host and port.",
    ),
    (
        (
            r"No such file or directory.*\n?.*accepting connections on that socket"
            r"|socket .* failed: No such file"
        ),
        "no server listens on this socket",
        "Start the server, or name its host: -d 'host=localhost dbname=…'.",
    ),
    (
        r"timeout expired|timed out|Network is unreachable|No route to host",
        "the host does not answer",
        "Check the host, the port, the network and firewalls.",
    ),
    (
        r"invalid (?P<name>\w+) value",
        "libpq does not know the value given for {name}",
        "Correct the connection string, or the PG* variable that sets it.",
    ),
    (
        r"SSL|certificate|TLS",
        "no encrypted connection could be made",
        "Check sslmode and sslrootcert against what the server offers.",
    ),
    (
        r"definition of service .* not found|service file .* not found",
        "the connection service is not defined",
        "Define it in ~/.pg_service.conf, or correct its name.",
    ),
    (
        r"unsupported startup parameter",
        "a pooler stands in front of the server and refuses a setting",
        "Give the direct address of the server.",
    ),
)


def connect_error(error: psycopg.Error, target: Target) -> SnapkitError:
    """Say why a connection failed.

    Args:
        error: What psycopg raised.
        target: Where to; its secrets are taken out of every text.

    Returns:
        A ConnectError; a UsageError where libpq did not understand the request.
    """
    text = str(error)
    for pattern, what, hint in _CONNECT_FAILURES:
        match = re.search(pattern, text, re.IGNORECASE)
        if match:
            return ConnectError(what.format(**match.groupdict()), target.label, hint)
    line = redact(_one_line(text), target.secrets)
    if isinstance(error, psycopg.ProgrammingError):
        return UsageError(
            f"the connection string cannot be used: {line}",
            target.source,
            "Correct the connection string.",
        )
    hint = "Check the host, the port, the user and the database."
    if target.is_pooled:
        hint = "Give the direct address of the server, not its pooler's: in DIRECT_URL or with -d."
    return ConnectError(f"cannot connect: {line}", target.label, hint)


def translate(error: psycopg.Error, where: str) -> SnapkitError:
    """Turn an error of psycopg's into one of ours.

    Args:
        error: What a statement raised.
        where: What it was about: a table, a database, a file and line.

    Returns:
        A LockedError for a lock that others hold, a DatabaseError for all else; `raise` it from
        `error`, whose SQLSTATE and diagnostics stay there to be read.
    """
    state = error.sqlstate or ""
    diagnostics = error.diag
    message = _one_line(diagnostics.message_primary or str(error))
    if diagnostics.message_detail:
        message += f" ({_one_line(diagnostics.message_detail)})"
    line = re.search(r"\bline (\d+)", diagnostics.context or "")
    if line and (diagnostics.context or "").startswith("COPY "):
        where += f", row {line[1]} of the COPY"
    if state in _LOCKED_STATES:
        return LockedError(
            f"another session holds what is needed: {message}",
            where,
            "Wait until the other session ends, or end it; pg_stat_activity lists them.",
        )
    if isinstance(error, psycopg.OperationalError) and not state:
        state = "08"
    about, hint = next(
        (_FAILURES[key] for key in (state, state[:3], state[:2]) if key in _FAILURES), ("", "")
    )
    hint = diagnostics.message_hint or hint or "See the message, and the server's log."
    code = f" [SQLSTATE {error.sqlstate}]" if error.sqlstate else ""
    return DatabaseError(f"{about}: {message}{code}" if about else message + code, where, hint)


def session_named(pid: int, application: str, role: str) -> str:
    """Say whose a session of the server is, for people.

    Args:
        pid: Its process.
        application: Its `application_name`; may be empty.
        role: Its role; may be empty.

    Returns:
        Such as `process 4711 (psql) of role app`.
    """
    name = f" ({application})" if application else ""
    return f"process {pid}{name}{f' of role {role}' if role else ''}"


@contextmanager
def translated(where: str) -> Iterator[None]:
    """Run a block in which psycopg's errors become ours.

    Args:
        where: What the block is about, for the error.

    Raises:
        LockedError: Others hold a lock that is needed.
        DatabaseError: Anything else that the server or the driver refused.
    """
    try:
        yield
    except psycopg.Error as error:
        raise translate(error, where) from error


def _one_line(text: str) -> str:
    return "; ".join(line.strip() for line in text.splitlines() if line.strip())
