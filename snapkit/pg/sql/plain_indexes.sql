-- Indexes that the role could drop and make again just as they were. Left out are those of which a
-- definition does not say all, and those that others need:
--   * of constraints, attached to a partitioned table's, of extensions, or dependent on one: what an
--     index depends on otherwise is automatic (a) or normal (n);
--   * that something depends on, as a foreign key does on a unique index without a constraint;
--   * clustered on, identity of a replica, invalid;
--   * with expressions: what ANALYZE gathered on those would go with them, and their targets;
--   * whose making takes a right that the role lacks: CREATE where it goes, or USAGE on a namespace
--     that it names.
SELECT n.nspname::text AS namespace,
       t.relname::text AS table_name,
       c.relname::text AS name,
       am.amname::text AS method,
       pg_get_indexdef(c.oid) AS definition,
       s.spcname::text AS tablespace,
       o.description AS comment
  FROM pg_catalog.pg_index i
  JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
  JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
  JOIN pg_catalog.pg_am am ON am.oid = c.relam
  LEFT JOIN pg_catalog.pg_tablespace s ON s.oid = c.reltablespace
  LEFT JOIN pg_catalog.pg_description o
         ON o.classoid = 'pg_catalog.pg_class'::regclass AND o.objoid = c.oid AND o.objsubid = 0
 WHERE t.relkind = 'r' AND t.relpersistence <> 't'
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND pg_has_role(t.relowner, 'USAGE')
   AND i.indexprs IS NULL
   AND i.indisvalid AND i.indisready AND i.indislive
   AND NOT i.indisclustered AND NOT i.indisreplident
   AND has_schema_privilege(n.oid, 'USAGE') AND has_schema_privilege(n.oid, 'CREATE')
   AND (s.oid IS NULL OR has_tablespace_privilege(s.oid, 'CREATE'))
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                    WHERE d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = c.oid)
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                    CROSS JOIN pg_identify_object(d.refclassid, d.refobjid, d.refobjsubid) AS named
                    WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid
                      AND (d.deptype NOT IN ('a', 'n')
                           OR NOT has_schema_privilege(to_regnamespace(named.schema), 'USAGE')))
 ORDER BY n.nspname, t.relname, c.relname
