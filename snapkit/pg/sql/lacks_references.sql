-- Foreign keys that the role could not put back: REFERENCES is missing on a column that they point at.
SELECT n.nspname::text AS namespace, c.relname::text AS child, k.conname::text AS name
  FROM pg_catalog.pg_constraint k
  JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_class p ON p.oid = k.confrelid
 WHERE k.contype = 'f' AND k.conparentid = 0
   AND NOT (has_schema_privilege(p.relnamespace, 'USAGE')
            AND (has_table_privilege(k.confrelid, 'REFERENCES')
                 OR (SELECT bool_and(has_column_privilege(k.confrelid, number, 'REFERENCES'))
                       FROM unnest(k.confkey) AS part (number))))
