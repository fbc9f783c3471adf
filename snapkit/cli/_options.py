"""The options that several commands share, spelled once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Dbname = Annotated[
    str | None,
    typer.Option(
        "--dbname",
        "-d",
        metavar="DB",
        show_default=False,
        help="What psql takes (a name, keywords, a URI), or Prisma's URL. Without it: DATABASE_URL "
        "of the environment or ./.env, else the PG* variables.",
    ),
]
SchemaPath = Annotated[
    Path | None,
    typer.Option(
        "--schema",
        metavar="PATH",
        show_default=False,
        help="A Prisma file or folder. Without it: what prisma.config.ts or package.json names, "
        "else prisma/schema.prisma, prisma/schema/ or schema.prisma.",
    ),
]
NoSchema = Annotated[
    bool,
    typer.Option("--no-schema", help="Take tables from the database alone; look for no schema."),
]
StorePath = Annotated[
    Path,
    typer.Option(
        "--store",
        metavar="DIR",
        envvar="SNAPKIT_STORE",
        help="The folder of snapshots.",
    ),
]
SnapshotName = Annotated[
    str,
    typer.Argument(
        metavar="SNAPSHOT",
        show_default=False,
        help="Its id, the beginning of one, or latest.",
    ),
]
Jobs = Annotated[
    int | None,
    typer.Option(
        "--jobs", "-j", min=1, max=64, metavar="N", show_default="by size", help="Readers."
    ),
]
DrillTarget = Annotated[
    str | None,
    typer.Option(
        "--target",
        metavar="DB",
        show_default="a scratch server",
        help="Drill on the server of this database (what -d takes), in a scratch database of a "
        "random name. The role needs CREATEDB; the named database is not touched.",
    ),
]
Bindir = Annotated[
    Path | None,
    typer.Option(
        "--pg-bindir",
        metavar="DIR",
        show_default="the embedded PostgreSQL",
        help="The folder of another PostgreSQL's initdb and postgres.",
    ),
]
NamedRows = Annotated[
    int,
    typer.Option(
        "--rows", min=0, metavar="N", help="How many differing rows to name per table; all count."
    ),
]
RowsTo = Annotated[
    Path | None,
    typer.Option(
        "--rows-to",
        metavar="FILE",
        show_default=False,
        help="Write every row that differs, of tables that both sides have, to this file: .csv, or "
        ".parquet, which needs pyarrow.",
    ),
]
Only = Annotated[
    list[str] | None,
    typer.Option(
        "--only",
        metavar="MODEL",
        show_default=False,
        help="Only this model or table; may be given several times.",
    ),
]
Groups = Annotated[
    list[str] | None,
    typer.Option(
        "--group",
        metavar="GROUP",
        show_default=False,
        help="Only the tables of this group of the schema; may be given several times, and goes "
        "together with --only.",
    ),
]
WithParents = Annotated[
    bool,
    typer.Option(
        "--with-parents", help="Take along what the chosen tables refer to, at any depth."
    ),
]
WithChildren = Annotated[
    bool,
    typer.Option(
        "--with-children", help="Take along what refers to the chosen tables, at any depth."
    ),
]
Evidence = Annotated[
    Path | None,
    typer.Option(
        "--evidence",
        metavar="FILE",
        show_default=False,
        help="Record what was found in this file, for snapkit report and for auditors.",
    ),
]
Trust = Annotated[
    bool,
    typer.Option(
        "--trust",
        help="Run the DDL of a snapshot that this store did not write, with your role's rights. "
        "Look at its ddl/*.sql first.",
    ),
]
Reports = Annotated[
    Path,
    typer.Option("--out", metavar="DIR", envvar="SNAPKIT_REPORTS", help="The folder of reports."),
]

DEFAULT_STORE = Path("snapshots")
DEFAULT_REPORTS = Path("reports")
DEFAULT_ROWS = 20
