"""Which database is meant: an environment variable, a libpq service, or the demo's.

Addresses may hold passwords: they go into the environment of child processes and nowhere else.
"""

from __future__ import annotations

import configparser
import os
import re
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final

from snapkit.errors import UsageError
from snapkit.pg.target import Target, parse_target

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLE: Final = "DATABASE_URL"
_DIRECT: Final = "DIRECT_URL"
_POOLED: Final = "pgbouncer=true"
_ADDRESS: Final = re.compile(r"(?i)postgres(ql)?://|(^|\s)(dbname|host|hostaddr|service)\s*=")

_NO_SERVICE: Final = re.compile(r"://|[=@]")


class Kind(StrEnum):
    """How a database is named; the values are for people."""

    VARIABLE = "environment variable"
    SERVICE = "libpq service"
    DEMO = "demo shop"
    DEMO_COPY = "the demo's copy"
    ABOVE = "the database above"


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """A database to work with; `address` is what `-d` takes, and never shown.

    `schema` is the Prisma schema to read it by; None looks where Prisma would.
    """

    target: Target
    address: str = field(repr=False)
    schema: Path | None = None

    @property
    def label(self) -> str:
        """The database, host and role, for people."""
        return self.target.label

    def environment(self, environ: Mapping[str, str]) -> dict[str, str]:
        """The environment of a command that works on this database.

        Args:
            environ: Our own.

        Returns:
            A copy in which `DATABASE_URL` is this database; a `DIRECT_URL` is another one's.
        """
        return {k: v for k, v in environ.items() if k != _DIRECT} | {VARIABLE: self.address}


def named_database(
    kind: Kind, name: str, environ: Mapping[str, str], dotenv: Mapping[str, str | None]
) -> Database:
    """Find the database that a variable or service names.

    Args:
        kind: VARIABLE or SERVICE.
        name: Of the variable or service.
        environ: The environment variables.
        dotenv: What `.env` says; `environ` goes first.

    Returns:
        The database; nothing was connected to.

    Raises:
        UsageError: There is no such variable, or its text cannot be read. Its text is not quoted.
    """
    name = name.strip()
    if kind is Kind.SERVICE:
        return _of_service(name, environ)
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        raise UsageError(
            "that is not the name of a variable",
            "the workbench",
            "Type the NAME of an environment variable, never the address itself.",
        )
    place = "" if environ.get(name, "").strip() else " in .env"
    text = (environ.get(name) or dotenv.get(name) or "").strip()
    if not text:
        raise UsageError(
            f"the environment variable {name} is not set",
            "this kernel, and .env where snapkit lab was started",
            f"Set it before JupyterLab starts (export {name}=postgresql://…), or in .env.",
        )
    variables: Mapping[str, str | None] = dotenv if place else environ
    direct = (variables.get(_DIRECT) or "").strip()
    if name == VARIABLE and direct and _POOLED in text.lower():  # as Prisma's own tools do
        text = direct
    try:
        target = parse_target(text, environ, {})
    except UsageError as error:
        raise UsageError(error.what, f"environment variable {name}", error.hint) from None
    return Database(target=target, address=text)


def _of_service(name: str, environ: Mapping[str, str]) -> Database:
    if not name:
        raise UsageError(
            "no service is named", "the workbench", "Type a section's name of ~/.pg_service.conf."
        )
    if _NO_SERVICE.search(name):  # an address, which may hold a password: it is not quoted
        raise UsageError(
            "that is not the name of a service",
            "the workbench",
            f"Put an address into an environment variable, such as {VARIABLE}, and name that.",
        )
    quoted = name.replace("\\", "\\\\").replace("'", "\\'")
    address = f"service='{quoted}'"
    return Database(target=parse_target(address, environ, {}), address=address)


def variable_names(environ: Mapping[str, str], dotenv: Mapping[str, str | None]) -> tuple[str, ...]:
    """Name the variables that seem to hold a PostgreSQL address.

    Args:
        environ: The environment variables.
        dotenv: What `.env` says.

    Returns:
        Their names, DATABASE_URL first; never a value.
    """
    found = {
        name
        for variables in (environ, dotenv)
        for name, value in variables.items()
        if value and _ADDRESS.search(value)
    }
    return tuple(sorted(found, key=lambda name: (name != VARIABLE, name)))


def service_names(environ: Mapping[str, str], home: Path) -> tuple[str, ...]:
    """Name the services that libpq knows.

    Args:
        environ: `PGSERVICEFILE` and `PGSYSCONFDIR` say where to look.
        home: Where `.pg_service.conf` is.

    Returns:
        Their names; of a file that cannot be read, none.

    Source: PostgreSQL manual, The Connection Service File.
    """
    files = [Path(environ.get("PGSERVICEFILE") or home / ".pg_service.conf")]
    if folder := environ.get("PGSYSCONFDIR"):
        files.append(Path(folder) / "pg_service.conf")
    names: set[str] = set()
    for file in files:
        read = configparser.RawConfigParser(strict=False, allow_no_value=True)
        try:
            read.read_string(file.read_text("utf-8", errors="replace"))
        except (OSError, configparser.Error):
            continue
        names.update(read.sections())
    return tuple(sorted(names))


def read_dotenv(folder: Path) -> Mapping[str, str | None]:
    """Read `.env` of a folder.

    Args:
        folder: Where commands run.

    Returns:
        Its variables; none where there is no such file, or it cannot be read.
    """
    file = folder / ".env"
    if not file.is_file():
        return {}
    from dotenv import dotenv_values  # noqa: PLC0415 -- seldom

    try:
        return dotenv_values(file)
    except (OSError, UnicodeDecodeError):
        return {}


def work_folder() -> Path:
    """Where `snapkit lab` was started, and where commands run; else the kernel's own folder."""
    return Path(os.environ.get("SNAPKIT_FOLDER") or Path.cwd())
