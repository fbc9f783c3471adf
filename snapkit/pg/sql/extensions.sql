-- Installed extensions; plpgsql comes with every database.
SELECT e.extname::text AS name,
       e.extversion AS version,
       n.nspname::text AS namespace
  FROM pg_catalog.pg_extension e
  JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
 WHERE e.extname <> 'plpgsql'
 ORDER BY e.extname
