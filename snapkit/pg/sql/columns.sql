-- Columns of those tables, in catalog order.
SELECT a.attrelid::bigint AS relation,
       a.attname::text AS name,
       format_type(a.atttypid, a.atttypmod) AS type,
       -- NOT NULL ... NOT VALID (18 and later) leaves NULLs in the table.
       a.attnotnull AND unproven.conrelid IS NULL AS not_null,
       pg_get_expr(d.adbin, d.adrelid) AS default,
       a.attidentity::text AS identity,
       a.attgenerated <> '' AS is_generated,
       CASE WHEN a.attcollation <> t.typcollation
            THEN quote_ident(coll_space.nspname) || '.' || quote_ident(coll.collname)
       END AS collation
  FROM pg_catalog.pg_attribute a
  JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  LEFT JOIN pg_catalog.pg_collation coll ON coll.oid = a.attcollation
  LEFT JOIN pg_catalog.pg_namespace coll_space ON coll_space.oid = coll.collnamespace
  LEFT JOIN pg_catalog.pg_constraint unproven
         ON unproven.conrelid = a.attrelid AND unproven.contype = 'n'
        AND NOT unproven.convalidated AND unproven.conkey = ARRAY[a.attnum]
 WHERE a.attnum > 0 AND NOT a.attisdropped
   AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND (%(namespaces)s::text[] IS NULL OR n.nspname = ANY (%(namespaces)s::text[]))
 ORDER BY a.attrelid, a.attnum
