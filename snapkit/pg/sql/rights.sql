-- What the role may do with tables, sequences and materialized views. Owners are those that it is, or
-- is a member of.
SELECT n.nspname::text AS namespace,
       c.relname::text AS name,
       c.relkind::text AS kind,
       pg_has_role(c.relowner, 'USAGE') AS is_owned,
       array_remove(ARRAY[
           CASE WHEN has_schema_privilege(n.oid, 'USAGE') THEN 'USAGE on its namespace' END,
           CASE WHEN has_table_privilege(c.oid, 'SELECT') THEN 'SELECT' END,
           CASE WHEN has_table_privilege(c.oid, 'INSERT') THEN 'INSERT' END,
           CASE WHEN has_table_privilege(c.oid, 'UPDATE') THEN 'UPDATE' END,
           CASE WHEN has_table_privilege(c.oid, 'DELETE') THEN 'DELETE' END,
           CASE WHEN has_table_privilege(c.oid, 'TRUNCATE') THEN 'TRUNCATE' END
       ], NULL) AS rights,
       c.relkind = 'r' AND c.relrowsecurity AND row_security_active(c.oid) AS is_filtered,
       EXISTS (SELECT FROM pg_catalog.pg_rewrite r
                WHERE r.ev_class = c.oid AND r.ev_type IN ('3', '4')
                  AND r.ev_enabled IN ('O', 'A')) AS has_rules
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p', 'm', 'S') AND c.relpersistence <> 't'
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
 ORDER BY n.nspname, c.relname
