-- Constraints that somebody declared, of tables and of domains: the copies that partitions and
-- children carry have a parent. Triggers are no constraints here. NOT NULL stands in the columns,
-- and among the constraints too since 18: it is left out, so that versions can be compared.
SELECT n.nspname::text AS namespace,
       c.relname::text AS name,
       c.relkind = 'D' AS is_domain,
       k.conname::text AS constraint,
       k.contype::text AS kind,
       pg_get_constraintdef(k.oid) AS definition,
       k.convalidated AS validated
  FROM pg_catalog.pg_constraint k
  JOIN (SELECT oid, relname, relnamespace, relkind::text FROM pg_catalog.pg_class
        UNION ALL
        SELECT oid, typname, typnamespace, 'D' FROM pg_catalog.pg_type WHERE typtype = 'd') AS c
    ON c.oid = CASE WHEN k.conrelid <> 0 THEN k.conrelid ELSE k.contypid END
   AND (c.relkind = 'D') = (k.conrelid = 0)
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE k.contype IN ('c', 'f', 'p', 'u', 'x') AND k.conparentid = 0 AND k.coninhcount = 0
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                    WHERE d.objid = c.oid AND d.objsubid = 0 AND d.deptype = 'e'
                      AND d.classid IN ('pg_catalog.pg_class'::regclass,
                                        'pg_catalog.pg_type'::regclass))
   AND (%(namespaces)s::text[] IS NULL OR n.nspname = ANY (%(namespaces)s::text[]))
 ORDER BY n.nspname, c.relname, k.conname
