"""Rows of JSON files as rows of tables: which field is which column, and what does not fit.

Field names are taken as Prisma's or the database's, in snake or camel case. A name that means two
columns means none.

Source: DESIGN.md, section 6, `import-json`; Prisma documentation, Prisma schema reference.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from snapkit.core.catalog import TableKind
from snapkit.core.column_types import ColumnType, read_type
from snapkit.core.json_stream import Doubled
from snapkit.core.json_text import Unfit
from snapkit.core.json_values import encoder, kind_of
from snapkit.core.names import TableName
from snapkit.core.schema import FieldKind, Model, Schema

if TYPE_CHECKING:
    from collections.abc import Iterable

    from snapkit.core.catalog import Catalog, Table

_FILLED: Final = frozenset({TableKind.ORDINARY, TableKind.PARTITIONED})
_JSON: Final = frozenset({"json", "jsonb"})
_MOST_LAYOUTS: Final = 1000  # kept; rows that leave out what is null have many
_ENDINGS: Final = (("y", "ies"), ("", "s"), ("", "es"), ("f", "ves"), ("fe", "ves"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportColumn:
    """One column that a file may fill. `field` is Prisma's name, where a schema gives one.

    `enum` gives what a file may hold of an enum, and the value that the database holds; None for
    what is one value's name and another one's `@map`.
    """

    name: str
    field: str | None
    type: ColumnType
    is_required: bool
    is_generated: bool = False  # the database computes it; what a file says of it is left out
    enum: Mapping[str, str | None] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """What a file may call it."""
        return (self.name,) if self.field in {None, self.name} else (self.field or "", self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportTable:
    """One table that a file may fill.

    `keys` are the columns of each unique key; `relations` are fields of the model that are no
    columns.
    """

    table: TableName
    model: str | None
    columns: tuple[ImportColumn, ...]
    keys: tuple[tuple[str, ...], ...]
    relations: frozenset[str] = frozenset()

    @property
    def stored(self) -> tuple[ImportColumn, ...]:
        """The columns that a snapshot holds, in the order of its rows."""
        return tuple(column for column in self.columns if not column.is_generated)


@dataclass(frozen=True, slots=True, order=True)
class RowFault:
    """Why a row does not fit; `field` is as the file spells it, empty for the row as a whole."""

    field: str
    what: str


def import_tables(catalog: Catalog, schema: Schema | None) -> tuple[ImportTable, ...]:
    """Lay out the tables that files may fill.

    Args:
        catalog: Of the database, or as `catalog_of` makes it of a schema.
        schema: Names models, fields and enum values.

    Returns:
        One per table that holds rows of its own, and per partitioned one, which files may mean too.
    """
    enums: dict[TableName, dict[str, str | None]] = {
        enum.name: {value: value for value in enum.values} for enum in catalog.enums
    }
    for enum in schema.enums if schema else ():
        known = enums.setdefault(enum.database_name, {})
        for value in enum.values:
            if known.setdefault(value.name, value.database_value) != value.database_value:
                known[value.name] = None
    models = schema.by_table if schema else {}
    return tuple(
        _import_table(table, models.get(table.name), enums)
        for table in catalog.tables
        if table.kind in _FILLED and not table.extension
    )


def _import_table(
    table: Table, model: Model | None, enums: Mapping[TableName, Mapping[str, str | None]]
) -> ImportTable:
    fields = {field.column: field for field in model.columns} if model else {}
    columns = []
    for column in table.columns:
        type_ = read_type(column.type)
        field = fields.get(column.name)
        columns.append(
            ImportColumn(
                name=column.name,
                field=field.name if field else None,
                type=type_,
                is_required=column.not_null,
                is_generated=column.is_generated,
                enum=enums.get(TableName(type_.namespace or "", type_.name)),
            )
        )
    return ImportTable(
        table=table.name,
        model=model.name if model else None,
        columns=tuple(columns),
        keys=tuple(
            dict.fromkeys(
                index.columns
                for index in table.indexes
                if index.is_unique
                and index.is_valid
                and index.predicate is None
                and not index.has_expressions
            )
        ),
        relations=frozenset(
            field.name
            for field in (model.fields if model else ())
            if field.column is None and field.kind is FieldKind.OBJECT
        ),
    )


@dataclass(frozen=True, slots=True)
class _Layout:
    """How rows with certain names are read; `faults` are those that every such row has."""

    names: tuple[str | None, ...]  # per stored column: what the file calls it
    faults: tuple[RowFault, ...]


class RowReader:
    """Turns objects into rows of one table.

    Args:
        table: What the rows are of.
    """

    def __init__(self, table: ImportTable) -> None:
        self.table = table
        self._columns = table.stored
        self._encoders = tuple(encoder(column.type, column.enum) for column in self._columns)
        self._meanings = _meanings(table)
        self._layouts: dict[tuple[str, ...], _Layout] = {}

    def read(self, row: Any) -> tuple[list[str | None], tuple[RowFault, ...]]:  # noqa: ANN401 -- JSON
        """Read one row.

        Args:
            row: As `JsonArray` gives it.

        Returns:
            One text per stored column, None for NULL; and every reason why the row does not fit,
            of which there is none where it does.
        """
        if not isinstance(row, dict):
            return [], (RowFault("", f"is {kind_of(row)}, not an object"),)
        names = tuple(row)
        layout = self._layouts.get(names)
        if layout is None:
            if len(self._layouts) >= _MOST_LAYOUTS:
                self._layouts.clear()
            layout = self._layouts[names] = self._lay_out(names)
        faults = list(layout.faults)
        if isinstance(row, Doubled):
            faults += [RowFault(name, "stands twice in the row") for name in row.names]
        texts: list[str | None] = []
        for column, encode, name in zip(self._columns, self._encoders, layout.names, strict=True):
            value = None if name is None else row[name]
            if value is not None or (column.is_required and name and column.type.name in _JSON):
                try:
                    texts.append(encode(value))
                except Unfit as unfit:
                    faults.append(RowFault(name or "", str(unfit)))
                    texts.append(None)
                continue
            if column.is_required and name is not None:
                faults.append(RowFault(name, "is null, and required"))
            texts.append(None)
        return texts, tuple(faults)

    def _lay_out(self, names: tuple[str, ...]) -> _Layout:
        found: dict[str, str] = {}
        unclear: set[str] = set()
        faults = []
        exact = self._meanings.of_names(names)
        for name in names:
            columns = exact.get(name) or self._meanings.alike.get(_alike(name), ())
            column = columns[0] if len(columns) == 1 else ""
            if len(columns) > 1:
                faults.append(RowFault(name, f"may be any of the columns {', '.join(columns)}"))
                unclear.update(columns)
            elif not column:
                what = (
                    "is a relation, not a column" if name in self.table.relations else "is unknown"
                )
                faults.append(RowFault(name, what))
            elif column in found:
                faults.append(RowFault(name, f"is the same column as {found[column]!r}"))
            else:
                found[column] = name
        faults += [
            RowFault(column.field or column.name, "is missing, and required")
            for column in self._columns
            if column.is_required and column.name not in unclear.union(found)
        ]
        return _Layout(tuple(found.get(column.name) for column in self._columns), tuple(faults))


@dataclass(frozen=True, slots=True)
class _Meanings:
    """Columns by what a file may call them: as it is written, and without case or underscores.

    `fields` and `columns` give each Prisma's or the database's name; `alike` every column that a
    name may mean.
    """

    fields: Mapping[str, str]
    columns: frozenset[str]
    alike: Mapping[str, tuple[str, ...]]

    def of_names(self, names: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
        """The columns that names mean as they are written.

        A field may have the name of another field's column. The row's other names then tell which
        of the two the file has; where they do not, such a name means both columns.
        """
        has_fields = any(name in self.fields and name not in self.columns for name in names)
        has_columns = any(name in self.columns and name not in self.fields for name in names)
        found: dict[str, tuple[str, ...]] = {}
        for name in names:
            field = (self.fields[name],) if name in self.fields else ()
            column = (name,) if name in self.columns else ()
            if field and column and field != column:
                if has_fields == has_columns:
                    found[name] = (*column, *field)
                else:
                    found[name] = field if has_fields else column
            else:
                found[name] = field or column
        return found


def _meanings(table: ImportTable) -> _Meanings:
    alike: dict[str, list[str]] = {}
    for column in table.columns:
        for name in {_alike(name) for name in column.names}:
            alike.setdefault(name, []).append(column.name)
    return _Meanings(
        fields={column.field: column.name for column in table.columns if column.field},
        columns=frozenset(column.name for column in table.columns),
        alike={name: tuple(found) for name, found in alike.items()},
    )


def _alike(name: str) -> str:
    return name.replace("_", "").replace("-", "").replace(" ", "").casefold()


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """Which file fills which table. `faults` are the files that fill none, with the reason."""

    files: Mapping[str, TableName]
    faults: tuple[tuple[str, str], ...]


def match_files(stems: Iterable[str], tables: Iterable[ImportTable]) -> Matching:
    """Find the table of each file by its name.

    Tried in order: the table's or the model's name as it is written; the same without case,
    underscores and hyphens; the same again, singular and plural taken for one.

    Args:
        stems: Names of files without `.json`.
        tables: What they may mean.

    Returns:
        Each file's table; files that mean none, or several, or one that another file means too.
    """
    known = tuple(tables)
    tiers: list[Callable[[str], frozenset[str]]] = [
        lambda name: frozenset({name}),
        lambda name: frozenset({_alike(name)}),
        lambda name: _numbers(_alike(name)),
    ]
    found: dict[str, TableName] = {}
    faults = []
    for stem in sorted(stems):
        matches: set[TableName] = set()
        for spell in tiers:
            wanted = spell(stem)
            matches = {
                table.table
                for table in known
                if any(not wanted.isdisjoint(spell(name)) for name in _names(table))
            }
            if matches:
                break
        if len(matches) == 1:
            found[stem] = matches.pop()
        elif matches:
            shown = ", ".join(map(str, sorted(matches)))
            faults.append((stem, f"may be any of the tables {shown}"))
        else:
            faults.append((stem, "is no table or model"))
    counts = Counter(found.values())
    faults += [
        (
            stem,
            f"is table {table}, as is "
            + ", ".join(
                f"{other}.json" for other in found if found[other] == table and other != stem
            ),
        )
        for stem, table in found.items()
        if counts[table] > 1
    ]
    return Matching(
        files={stem: table for stem, table in found.items() if counts[table] == 1},
        faults=tuple(sorted(faults)),
    )


def _names(table: ImportTable) -> tuple[str, ...]:
    name = table.table
    full = f"{name.namespace}.{name.name}"
    return (name.name, full) + ((table.model,) if table.model else ())


def _numbers(name: str) -> frozenset[str]:
    """A name and what may be its singular."""
    singular = {
        name.removesuffix(plural) + one for one, plural in _ENDINGS if name.endswith(plural)
    }
    return frozenset({name} | singular)
