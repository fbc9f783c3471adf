-- Indexes of those tables. `indnullsnotdistinct` came with 15: before, the name falls back to the
-- outer row of that name.
SELECT i.indrelid::bigint AS relation,
       ic.relname::text AS name,
       keys.columns,
       i.indisunique AS is_unique,
       i.indisprimary AS is_primary,
       i.indisvalid AS is_valid,
       am.amname::text AS method,
       pg_get_expr(i.indpred, i.indrelid) AS predicate,
       i.indexprs IS NOT NULL AS has_expressions,
       k.oid IS NOT NULL AS is_constraint,
       i.nulls_not_distinct,
       NOT i.indimmediate AS is_deferrable,
       keys.operator_classes,
       keys.default_classes,
       pg_get_indexdef(i.indexrelid) AS definition
  FROM (SELECT false AS indnullsnotdistinct) AS before_15
 CROSS JOIN LATERAL (SELECT x.indexrelid, x.indrelid, x.indkey, x.indnkeyatts, x.indisunique,
                            x.indisprimary, x.indisvalid, x.indpred, x.indexprs,
                            x.indimmediate, x.indclass,
                            indnullsnotdistinct AS nulls_not_distinct
                       FROM pg_catalog.pg_index x) AS i
  JOIN pg_catalog.pg_class ic ON ic.oid = i.indexrelid
  JOIN pg_catalog.pg_am am ON am.oid = ic.relam
  JOIN pg_catalog.pg_class c ON c.oid = i.indrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_constraint k
         ON k.conrelid = i.indrelid AND k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')
 CROSS JOIN LATERAL (
       SELECT array_agg(coalesce(a.attname::text,
                                 pg_get_indexdef(i.indexrelid, part.place::int, false))
                        ORDER BY part.place) AS columns,
              array_agg(oc.opcname::text ORDER BY part.place) AS operator_classes,
              array_agg(oc.opcdefault ORDER BY part.place) AS default_classes
         FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS part (number, place)
         LEFT JOIN pg_catalog.pg_attribute a
                ON a.attrelid = i.indrelid AND a.attnum = part.number AND part.number <> 0
         JOIN pg_catalog.pg_opclass oc ON oc.oid = i.indclass[part.place - 1]
        WHERE part.place <= i.indnkeyatts) AS keys
 WHERE c.relkind IN ('r', 'p', 'm')
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND (%(namespaces)s::text[] IS NULL OR n.nspname = ANY (%(namespaces)s::text[]))
 ORDER BY i.indrelid, ic.relname
