-- Columns whose default draws numbers from a sequence, and whether the role may read them. A default
-- that names the sequence by a text which is not a regclass constant leaves no trace.
SELECT DISTINCT
       sequence_space.nspname::text AS sequence_namespace,
       s.relname::text AS sequence_name,
       n.nspname::text AS namespace,
       c.relname::text AS name,
       a.attname::text AS column,
       has_schema_privilege(n.oid, 'USAGE')
       AND has_column_privilege(c.oid, a.attnum, 'SELECT') AS is_readable
  FROM pg_catalog.pg_depend drawn
  JOIN pg_catalog.pg_attrdef d ON d.oid = drawn.objid
  JOIN pg_catalog.pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
  JOIN pg_catalog.pg_class c ON c.oid = d.adrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_class s ON s.oid = drawn.refobjid
  JOIN pg_catalog.pg_namespace sequence_space ON sequence_space.oid = s.relnamespace
 WHERE drawn.classid = 'pg_catalog.pg_attrdef'::regclass
   AND drawn.refclassid = 'pg_catalog.pg_class'::regclass
   AND s.relkind = 'S' AND c.relkind IN ('r', 'p')
   AND s.relpersistence <> 't' AND c.relpersistence <> 't' AND NOT a.attisdropped
   AND (%(namespaces)s::text[] IS NULL OR n.nspname = ANY (%(namespaces)s::text[]))
 ORDER BY 1, 2, 3, 4, 5
