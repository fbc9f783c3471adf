-- Sequences, their parameters and owners, and whether the role may read where they stand. Those of
-- extensions, or of extensions' tables, are the extension's own business, but for those that it
-- declares as configuration.
SELECT c.oid::bigint AS relation,
       n.nspname::text AS namespace,
       c.relname::text AS name,
       format_type(s.seqtypid, NULL) AS type,
       s.seqstart AS start,
       s.seqincrement AS increment,
       s.seqmin AS minimum,
       s.seqmax AS maximum,
       s.seqcache AS cache,
       s.seqcycle AS cycles,
       owner_space.nspname::text AS owner_namespace,
       owner.relname::text AS owner_name,
       owner_column.attname::text AS owner_column,
       has_schema_privilege(n.oid, 'USAGE')
       AND has_sequence_privilege(c.oid, 'SELECT') AS is_readable
  FROM pg_catalog.pg_sequence s
  JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_depend owned
         ON owned.classid = 'pg_catalog.pg_class'::regclass AND owned.objid = c.oid
        AND owned.objsubid = 0 AND owned.refclassid = 'pg_catalog.pg_class'::regclass
        AND owned.refobjsubid > 0 AND owned.deptype IN ('a', 'i')
  LEFT JOIN pg_catalog.pg_class owner ON owner.oid = owned.refobjid
  LEFT JOIN pg_catalog.pg_namespace owner_space ON owner_space.oid = owner.relnamespace
  LEFT JOIN pg_catalog.pg_attribute owner_column
         ON owner_column.attrelid = owned.refobjid AND owner_column.attnum = owned.refobjsubid
 WHERE c.relpersistence <> 't'
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND (%(namespaces)s::text[] IS NULL OR n.nspname = ANY (%(namespaces)s::text[]))
   AND (NOT EXISTS (SELECT FROM pg_catalog.pg_depend member
                     WHERE member.classid = 'pg_catalog.pg_class'::regclass
                       AND member.objid IN (c.oid, owner.oid) AND member.objsubid = 0
                       AND member.deptype = 'e')
        OR has_schema_privilege(n.oid, 'USAGE') AND has_sequence_privilege(c.oid, 'SELECT')
           AND EXISTS (SELECT FROM pg_catalog.pg_extension x WHERE c.oid = ANY (x.extconfig)))
 ORDER BY n.nspname, c.relname
