"""What names a database: psql's forms and Prisma's URLs, parsed into one value.

Nothing here connects, reads a file or looks at the process's environment: the caller hands all of
it in. No text of an error holds any part of what could be a password, so a string that cannot be
read is never quoted.

Source: PostgreSQL manual, libpq, Connection Strings and Environment Variables; Prisma
documentation, PostgreSQL connector, Connection URL.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus, unquote

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from snapkit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_VARIABLE = "DATABASE_URL"
_DIRECT_VARIABLE = "DIRECT_URL"

# Prisma's parameters that steer its own engine or pool: nothing that libpq could use.
_PRISMA_ONLY = frozenset(
    {
        "connection_limit",
        "max_connection_lifetime",
        "max_idle_connection_lifetime",
        "pgbouncer",
        "pool_timeout",
        "schema",
        "single_use_connections",
        "socket_timeout",
        "sslaccept",
        "sslidentity",
        "statement_cache_size",
    }
)

# The environment variable of every libpq keyword that has one; pg_dump gets them this way.
_ENVIRONMENT = {
    "channel_binding": "PGCHANNELBINDING",
    "connect_timeout": "PGCONNECT_TIMEOUT",
    "dbname": "PGDATABASE",
    "gssdelegation": "PGGSSDELEGATION",
    "gssencmode": "PGGSSENCMODE",
    "gsslib": "PGGSSLIB",
    "host": "PGHOST",
    "hostaddr": "PGHOSTADDR",
    "krbsrvname": "PGKRBSRVNAME",
    "load_balance_hosts": "PGLOADBALANCEHOSTS",
    "max_protocol_version": "PGMAXPROTOCOLVERSION",
    "min_protocol_version": "PGMINPROTOCOLVERSION",
    "options": "PGOPTIONS",
    "passfile": "PGPASSFILE",
    "port": "PGPORT",
    "require_auth": "PGREQUIREAUTH",
    "requirepeer": "PGREQUIREPEER",
    "service": "PGSERVICE",
    "ssl_max_protocol_version": "PGSSLMAXPROTOCOLVERSION",
    "ssl_min_protocol_version": "PGSSLMINPROTOCOLVERSION",
    "sslcert": "PGSSLCERT",
    "sslcertmode": "PGSSLCERTMODE",
    "sslcompression": "PGSSLCOMPRESSION",
    "sslcrl": "PGSSLCRL",
    "sslcrldir": "PGSSLCRLDIR",
    "sslkey": "PGSSLKEY",
    "sslmode": "PGSSLMODE",
    "sslnegotiation": "PGSSLNEGOTIATION",
    "sslrootcert": "PGSSLROOTCERT",
    "sslsni": "PGSSLSNI",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
    "user": "PGUSER",
}
# Known to libpq without a variable, and harmless to leave out where a program cannot be told.
_WITHOUT_VARIABLE = frozenset(
    {"keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout"}
)
_SET_BY_US = frozenset({"application_name", "fallback_application_name", "client_encoding"})

_FORM_HINT = (
    "Write a database's name, postgresql://user@host:5432/database with special characters "
    "percent-encoded, or keywords such as: host=localhost dbname='my shop'."
)
_LARGEST_PORT = 65535


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A database to connect to.

    `keywords` are libpq's, without the password, which no `repr` shows. `label` is for people: the
    database, host and role, never a secret. `source` says where it was found, such as
    `DATABASE_URL`. `is_pooled` is set by Prisma's `pgbouncer=true`.

    Example:
        >>> target = snapkit.parse_target("postgresql://app:secret@localhost/shop", {}, {})
        >>> "secret" in repr(target)
        False
    """

    keywords: tuple[tuple[str, str], ...] = ()
    password: str | None = field(default=None, repr=False)
    namespace: str = "public"
    label: str
    source: str
    is_pooled: bool = False

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be shown."""
        return (self.password,) if self.password else ()

    def with_database(self, name: str) -> Target:
        """The same server and role, and another database.

        Args:
            name: Of the database.

        Returns:
            The target; its label keeps the words of this one, with the name in front.
        """
        keywords = dict(self.keywords) | {"dbname": name}
        return replace(
            self, keywords=tuple(sorted(keywords.items())), label=f"{name}, for {self.label}"
        )

    def connect_arguments(self) -> dict[str, str]:
        """The keywords for libpq, the password among them: hand them on, never show them."""
        arguments = dict(self.keywords)
        if self.password is not None:
            arguments["password"] = self.password
        return arguments

    def environment(self) -> dict[str, str]:
        """Variables that make a libpq program, such as pg_dump, connect to this database.

        Returns:
            `PG*` variables, to be laid over the process's own. The password is in `PGPASSWORD`
            alone: a command line can be read by every user of the machine.
        """
        variables = {
            _ENVIRONMENT[key]: value for key, value in self.keywords if key in _ENVIRONMENT
        }
        if self.password is not None:
            variables["PGPASSWORD"] = self.password
        return variables | {"PGAPPNAME": "snapkit", "PGCLIENTENCODING": "UTF8"}


def parse_target(
    dbname: str | None, environ: Mapping[str, str], dotenv: Mapping[str, str | None]
) -> Target:
    """Decide which database is meant.

    Args:
        dbname: What `-d` was given: a database's name, a conninfo string, a URI or a Prisma URL;
            None without `-d`.
        environ: The environment variables.
        dotenv: What `.env` says, as python-dotenv reads it; `environ` goes first.

    Returns:
        The target: of `-d`, else of `DATABASE_URL`, else of libpq's `PG*` variables. Where
        `DATABASE_URL` goes through a pooler (`pgbouncer=true`), `DIRECT_URL` is used if there is
        one, as Prisma's own tools do.

    Raises:
        UsageError: The text cannot be read, or names another kind of database. The error does not
            quote it.

    Example:
        >>> target = snapkit.parse_target("postgresql://app:secret@localhost/shop", {}, {})
        >>> print(target.label)
        shop on localhost as app
    """
    if dbname is not None:
        return _parse(dbname, "-d", environ)
    for variables, place in ((environ, ""), (dotenv, " in .env")):
        text = variables.get(_VARIABLE)
        if text and text.strip():
            target = _parse(text.strip(), f"{_VARIABLE}{place}", environ)
            direct = variables.get(_DIRECT_VARIABLE)
            if target.is_pooled and direct and direct.strip():
                return _parse(direct.strip(), f"{_DIRECT_VARIABLE}{place}", environ)
            return target
    return _target({}, {}, "PG* variables", environ)


def redact(text: str, secrets: Iterable[str]) -> str:
    """Replace secrets in a text, in every spelling that a message may have.

    Args:
        text: A message of libpq, the server or pg_dump.
        secrets: The secrets as they are; empty ones are left out.

    Returns:
        The text with `***` in their place.
    """
    spellings = {
        spelling
        for secret in secrets
        if secret
        for spelling in (
            secret,
            quote(secret, safe=""),
            quote(secret),
            quote_plus(secret),
            secret.replace("\\", "\\\\").replace("'", "\\'"),
            secret.replace("'", "''"),
            repr(secret)[1:-1],
        )
    }
    for spelling in sorted(spellings, key=len, reverse=True):
        text = text.replace(spelling, "***")
    return text


def _parse(text: str, source: str, environ: Mapping[str, str]) -> Target:
    if not text:
        raise UsageError("the name of the database is empty", source, _FORM_HINT)
    _refuse_other_databases(text, source)
    scheme = re.match(r"(?i)postgres(?:ql)?://", text)
    if scheme:
        uri, prisma = _split_uri("postgresql://" + text[scheme.end() :], source)
        return _target(_keywords(uri, source), prisma, source, environ)
    is_misspelt_uri = "//" in text and "@" in text  # may hold a password: never shown as a name
    if ("://" in text or is_misspelt_uri) and "=" not in text:
        raise UsageError("the connection string cannot be read", source, _FORM_HINT)
    if "=" in text:
        return _target(_keywords(text, source), {}, source, environ)
    return _target({"dbname": text}, {}, source, environ)


def _refuse_other_databases(text: str, source: str) -> None:
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]*)(?=://)|file(?=:)|sqlserver(?=:)", text)
    if scheme is None or scheme[0].lower() in {"postgres", "postgresql"}:
        return
    name = scheme[0].lower()
    known = {
        "file": "SQLite",
        "mongodb": "MongoDB",
        "mongodb+srv": "MongoDB",
        "mysql": "MySQL",
        "prisma": "Prisma Accelerate",
        "prisma+postgres": "Prisma Postgres, by its proxy",
        "sqlserver": "SQL Server",
    }
    if name not in known:
        raise UsageError("the connection string is of an unknown kind", source, _FORM_HINT)
    raise UsageError(
        f"{name}: is {known[name]}, which snapkit does not read",
        source,
        "Give the direct address of a PostgreSQL server: postgresql://user@host:5432/database.",
    )


def _split_uri(uri: str, source: str) -> tuple[str, dict[str, str]]:
    """Take Prisma's parameters out of a URI.

    The authority is read as libpq does it: credentials end at the first `@` before any `/`. A
    second `@`, or one after a `/`, means that a password was not encoded: the rest would end up as
    a host, a database or a parameter, and in messages.
    """
    start = len("postgresql://")
    has_credentials = re.match(r"[^@/]*@", uri[start:])
    rest = start + (has_credentials.end() if has_credentials else 0)
    head, mark, query = uri[rest:].partition("?")
    if "@" in uri[rest:]:
        raise UsageError(
            "the connection string cannot be read: its password or user is not percent-encoded",
            source,
            "Write @ as %40, / as %2F, : as %3A, ? as %3F and % as %25 in names and passwords.",
        )
    prisma: dict[str, str] = {}
    kept = []
    for pair in query.split("&") if mark else ():
        key, _, value = pair.partition("=")
        name = unquote(key)
        if name in _PRISMA_ONLY:
            prisma[name] = unquote(value)
        elif name in _ENVIRONMENT or name in _WITHOUT_VARIABLE or name in {"ssl", "password"}:
            kept.append(pair)
        elif name == "sslpassword" and "sslkey=" not in query:
            prisma[name] = ""  # of a PKCS 12 file, which libpq does not read
        elif name not in _SET_BY_US:
            shown = f"parameter {name!r}" if has_credentials else "a parameter"
            raise UsageError(
                f"the connection string has {shown} that neither libpq nor Prisma knows",
                source,
                "Leave it out, or correct its spelling.",
            )
    return uri[:rest] + head + ("?" + "&".join(kept) if kept else ""), prisma


def _keywords(conninfo: str, source: str) -> dict[str, str]:
    """Let libpq take a string apart. Its messages quote the string, so they are not used."""
    try:
        parsed = conninfo_to_dict(conninfo)
    except (ProgrammingError, UnicodeError):
        parsed = None
    if parsed is None:  # outside the handler, so that no traceback leads back to libpq's message
        raise UsageError("the connection string cannot be read", source, _FORM_HINT)
    return {key: str(value) for key, value in parsed.items() if value is not None}


def _target(
    keywords: Mapping[str, str], prisma: Mapping[str, str], source: str, environ: Mapping[str, str]
) -> Target:
    given = {key: value for key, value in keywords.items() if key not in _SET_BY_US}
    password = given.pop("password", None) or environ.get("PGPASSWORD") or None
    _check(given, source)
    if prisma or "sslkey" not in given:
        given = _with_prisma_tls(given, prisma)
    return Target(
        keywords=tuple(sorted(given.items())),
        password=password,
        namespace=prisma.get("schema") or "public",
        label=_label(given, environ),
        source=source,
        is_pooled=prisma.get("pgbouncer", "").lower() == "true",
    )


def _check(keywords: Mapping[str, str], source: str) -> None:
    unknown = sorted(keywords.keys() - _ENVIRONMENT.keys() - _WITHOUT_VARIABLE)
    if unknown:
        raise UsageError(
            f"the connection option {unknown[0]} is not supported",
            source,
            "Leave it out: pg_dump, which snapkit runs, cannot be told of it without showing it.",
        )
    for port in keywords.get("port", "").split(","):
        if port and not (port.isascii() and port.isdecimal() and 0 < int(port) <= _LARGEST_PORT):
            raise UsageError("the port is not a number from 1 to 65535", source, _FORM_HINT)
    if any("\0" in value for value in keywords.values()) or "://" in keywords.get("dbname", ""):
        raise UsageError("the connection string cannot be read", source, _FORM_HINT)


def _with_prisma_tls(keywords: dict[str, str], prisma: Mapping[str, str]) -> dict[str, str]:
    """Give `sslcert` libpq's name for what Prisma means by it: the authority's certificate.

    Without a key there is no client certificate. Prisma checks certificates only for
    `sslaccept=strict`.
    """
    if "sslcert" in keywords and "sslkey" not in keywords:
        certificate = keywords.pop("sslcert")
        keywords.setdefault("sslrootcert", certificate)
    if prisma.get("sslaccept") == "strict" and keywords.get("sslmode") == "require":
        keywords["sslmode"] = "verify-full"
        keywords.setdefault("sslrootcert", "system")
    return keywords


def _label(keywords: Mapping[str, str], environ: Mapping[str, str]) -> str:
    def known(key: str) -> str:
        value = keywords.get(key) or environ.get(_ENVIRONMENT[key], "")
        return value if value.isprintable() else repr(value)

    service = known("service")
    user, port = known("user"), known("port")
    database = known("dbname") or (f"service {service}" if service else user or "default database")
    host = known("host") or known("hostaddr")
    if host and port and port != "5432":  # the usual one goes without saying
        host = f"{host}:{port}"
    where = f" on {host}" if host else ("" if service else " on the local socket")
    return f"{database}{where}{f' as {user}' if user else ''}"
