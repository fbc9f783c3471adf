"""DDL: written by pg_dump, run through our own session.

Source: PostgreSQL manual, pg_dump; Message Flow, Simple Query.
"""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import psycopg
from psycopg import errors as pg_errors
from psycopg.pq import ExecStatus

from snapkit.core.ddl import Statement, statements, strip, without_extension_comments
from snapkit.errors import DatabaseError, SnapkitError
from snapkit.pg.failures import translate
from snapkit.pg.server import find_bindir
from snapkit.pg.target import redact

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from snapkit.pg.session import Session
    from snapkit.pg.target import Target

Section = Literal["pre-data", "post-data"]

_WRITTEN_BY = re.compile(r"^-- Dumped by pg_dump version (.+)$", re.MULTILINE)
_LOCK_WAIT_MS = 30_000
_SHOWN_CHARACTERS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Ddl:
    """A database's DDL as pg_dump writes it: what must be there before the rows, and after them."""

    pre_data: str
    post_data: str

    @property
    def pg_dump_version(self) -> str:
        """Of the pg_dump that wrote it, such as `18.1` or `15.20 (Debian 15.20-0+deb12u1)`."""
        found = _WRITTEN_BY.search(self.pre_data)
        return found[1] if found else ""


def dump_ddl(target: Target, *, snapshot_id: str | None, server_version: int) -> Ddl:
    """Have pg_dump write a database's DDL, without owners and subscriptions.

    The catalog is read once, into pg_dump's own format, and both sections are written from it: that
    takes half the time of two runs.

    Args:
        target: The database.
        snapshot_id: An exported snapshot to read in; its transaction must stay open. None takes
            what is there.
        server_version: As `server_version_num`; pg_dump must be at least as recent.

    Returns:
        Both sections, as psql takes them; `run_ddl` takes them too.

    Raises:
        DatabaseError: There is no pg_dump recent enough, or it failed.
    """
    bindir = find_bindir(server_version)
    command: list[Path | str] = [
        bindir / "pg_dump",
        "--format=custom",
        "--compress=0",
        "--section=pre-data",
        "--section=post-data",  # and not --schema-only, which leaves materialized views empty
        "-B",  # no large objects: a snapshot holds them beside the tables
        "--no-subscriptions",
        "--no-password",
        "--encoding=UTF8",
        f"--lock-wait-timeout={_LOCK_WAIT_MS}",
        *(() if snapshot_id is None else (f"--snapshot={snapshot_id}",)),
    ]
    archive = _run(command, target, _environment(target))
    return Ddl(
        pre_data=_section(bindir, archive, "pre-data", target),
        post_data=_section(bindir, archive, "post-data", target),
    )


def run_ddl(session: Session, text: str, *, name: str = "DDL") -> None:
    """Run a section of `dump_ddl` in the open transaction.

    The whole script goes to the server at once; it runs the statements in order and stops at the
    first that fails.

    Args:
        session: Inside a transaction, which the caller commits or rolls back.
        text: The section as pg_dump wrote it; `strip` is applied here, and comments on extensions
            that are there and belong to others are left out.
        name: What the script is called in errors.

    Raises:
        DatabaseError: A statement failed; the error gives its line in `text`, how it begins, and
            what the server says. Or no transaction is open.
        LockedError: Others hold a lock that is needed.
    """
    if not session.in_transaction:
        raise DatabaseError("no transaction is open", session.where, "Begin one first.")
    # As pg_dump has it: bodies may name what is made later. Notices of what is there are noise.
    session.execute("SET LOCAL check_function_bodies = off")
    session.execute("SET LOCAL client_min_messages = warning")
    script = without_extension_comments(strip(text), _extensions_of_others(session))
    done = 0
    try:
        for result in session.send_script(script.encode()):
            if result.status == ExecStatus.FATAL_ERROR:
                raise pg_errors.error_from_result(result, session.connection.info.encoding)
            done += result.status != ExecStatus.EMPTY_QUERY
    except psycopg.Error as error:
        raise _statement_error(error, script, done, name) from error
    session.execute("SET default_tablespace = ''")
    session.execute("RESET default_table_access_method")


def _extensions_of_others(session: Session) -> tuple[str, ...]:
    """Those that stay as they are: such as one that only a superuser could create."""
    return tuple(
        str(row[0])
        for row in session.rows(
            "SELECT extname FROM pg_catalog.pg_extension"
            " WHERE NOT pg_catalog.pg_has_role(extowner, 'USAGE')"
        )
    )


def _statement_error(error: psycopg.Error, script: str, done: int, name: str) -> SnapkitError:
    """Name the statement that failed: by the position that the server gives, else by counting."""
    position = error.diag.statement_position
    failed: Statement | None = None
    for number, statement in enumerate(statements(script)):
        if position is not None and statement.offset >= int(position):
            break
        failed = statement
        if position is None and number == done:
            break
    if failed is None:
        return translate(error, name)
    found = translate(error, f"{name}, line {failed.line}")
    begins = failed.first_line
    if len(begins) > _SHOWN_CHARACTERS:
        begins = begins[:_SHOWN_CHARACTERS] + " …"
    return type(found)(f"{found.what}, in: {begins}", found.where, found.hint)


def _section(bindir: Path, archive: bytes, section: Section, target: Target) -> str:
    command: list[Path | str] = [
        bindir / "pg_restore",
        f"--section={section}",
        "--no-owner",
        "--file=-",
    ]
    written = _run(command, target, None, archive)
    try:
        return written.decode()
    except UnicodeDecodeError as error:
        raise DatabaseError(
            f"the DDL is not UTF-8: {error.reason}",
            target.label,
            "A database of encoding SQL_ASCII holds names of another encoding: rename them.",
        ) from error


def _environment(target: Target) -> dict[str, str]:
    """Connect as the target says; have literals written without backslash escapes."""
    variables = os.environ | target.environment() | {"LC_MESSAGES": "C"}
    if not target.is_pooled:  # a pooler refuses options
        given = variables.get("PGOPTIONS", "")
        variables["PGOPTIONS"] = f"{given} -c standard_conforming_strings=on".strip()
    return variables


def _run(
    command: Sequence[Path | str],
    target: Target,
    environment: Mapping[str, str] | None,
    stdin: bytes | None = None,
) -> bytes:
    """Run a program of PostgreSQL's; it dies with us on Ctrl-C."""
    program = os.path.basename(command[0])  # noqa: PTH119 -- a Path or a str
    try:
        with subprocess.Popen(  # noqa: S603 -- arguments as a list, no secret among them
            command,
            stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
        ) as process:
            try:
                output, complaints = process.communicate(stdin)
            except BaseException:
                process.kill()
                raise
    except OSError as error:
        raise DatabaseError(
            f"{program} cannot be run: {error.strerror}",
            str(command[0]),
            "Install PostgreSQL's client programs, or put others first on PATH.",
        ) from error
    if process.returncode != 0:
        text = redact(complaints.decode(errors="replace"), target.secrets)
        lines = [
            re.sub(rf"^{re.escape(program)}: (?:error: )?", "", line).strip()
            for line in text.splitlines()
            if line.strip()
        ]
        raise DatabaseError(
            f"{program} failed: {lines[0] if lines else f'exit code {process.returncode}'}",
            target.label,
            f"It went on to say: {' | '.join(lines[1:4])}"
            if lines[1:]
            else "Run as the owner of the database, or as a role that may read all of it.",
        )
    return output
