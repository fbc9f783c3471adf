"""What DMMF leaves out and a backup must not: tables, groups, join tables, effective actions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from snapkit.core.schema import ModelKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapkit.core.names import ForeignKey, TableName
    from snapkit.core.schema import CompositeType, Enum, Field, JoinTable, Key, Model, Schema, Span


def to_mapping(schema: Schema) -> dict[str, Any]:
    """Write what every model, field and relation stands for in the database, and where it stands.

    Ignored models and fields and unsupported types are in it; secrets in URLs are not.

    Args:
        schema: As parsed.

    Returns:
        The keys `datasource`, `groups`, `models`, `enums`, `types`, `join_tables` and
        `foreign_keys`; JSON values only.
    """
    return {
        "datasource": _datasource(schema),
        "groups": [{"name": group.name, "models": list(group.models)} for group in schema.groups],
        "models": [_model(model) for model in schema.models],
        "enums": [_enum(enum) for enum in schema.enums],
        "types": [_composite(composite) for composite in schema.composite_types],
        "join_tables": [_join(join, schema) for join in schema.join_tables],
        "foreign_keys": [
            _foreign_key(key, span)
            for key, span in zip(schema.foreign_keys, _places(schema), strict=True)
        ],
    }


def _datasource(schema: Schema) -> dict[str, Any] | None:
    source = schema.datasource
    if source is None:
        return None
    return {
        "name": source.name,
        "provider": source.provider,
        "url_variable": source.url.variable if source.url else None,
        "relation_mode": source.relation_mode.value,
        "namespaces": list(source.namespaces),
        "at": str(source.span),
    }


def _table(name: TableName) -> dict[str, str]:
    return {"namespace": name.namespace, "name": name.name}


def _model(model: Model) -> dict[str, Any]:
    return {
        "name": model.name,
        "kind": model.kind.value,
        "table": _table(model.table),
        "group": model.group,
        "ignored": model.is_ignored,
        "fields": [_field(field) for field in model.fields],
        "keys": [_key(key) for key in model.keys],
        "at": str(model.span),
    }


def _field(field: Field) -> dict[str, Any]:
    return {
        "name": field.name,
        "column": field.column,
        "kind": field.kind.value,
        "type": field.type,
        "list": field.is_list,
        "required": field.is_required,
        "ignored": field.is_ignored,
        "default_in_database": field.default is not None and field.default.is_in_database,
        "relation": field.relation.name if field.relation else None,
        "opposite": field.relation.opposite if field.relation else None,
        "at": str(field.span),
    }


def _key(key: Key) -> dict[str, Any]:
    return {
        "kind": key.kind.value,
        "name": key.database_name,
        "columns": list(key.columns),
        "at": str(key.span),
    }


def _enum(enum: Enum) -> dict[str, Any]:
    return {
        "name": enum.name,
        "type": _table(enum.database_name),
        "values": [{"name": one.name, "value": one.database_value} for one in enum.values],
        "at": str(enum.span),
    }


def _composite(composite: CompositeType) -> dict[str, Any]:
    return {
        "name": composite.name,
        "fields": [_field(field) for field in composite.fields],
        "at": str(composite.span),
    }


def _join(join: JoinTable, schema: Schema) -> dict[str, Any]:
    return {
        "table": _table(join.name),
        "relation": join.relation,
        "columns": list(join.columns),
        "models": [join.model_a, join.model_b],
        "fields": [join.field_a, join.field_b],
        "group": schema.group_of(join.name),
        "at": str(join.span),
    }


def _places(schema: Schema) -> Iterator[Span]:
    """Where each of the schema's foreign keys stands: its relation field, or its join table's."""
    for model in schema.models:
        for field in model.relations:
            relation = field.relation
            if relation is None or not relation.from_fields:
                continue
            if ModelKind.VIEW not in {model.kind, schema.by_name[relation.to_model].kind}:
                yield field.span
    for join in schema.join_tables:
        yield from (join.span for _ in join.columns)


def _foreign_key(key: ForeignKey, span: Span) -> dict[str, Any]:
    return {
        "name": key.name,
        "table": _table(key.child),
        "columns": list(key.columns),
        "references": _table(key.parent),
        "referenced_columns": list(key.parent_columns),
        "on_delete": key.on_delete.prisma,
        "on_update": key.on_update.prisma,
        "enforced": key.enforced,
        "at": str(span),
    }
