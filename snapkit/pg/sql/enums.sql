-- Enum types and their values in sort order; those of extensions are left out.
SELECT n.nspname::text AS namespace,
       t.typname::text AS name,
       coalesce(array_agg(v.enumlabel::text ORDER BY v.enumsortorder)
                FILTER (WHERE v.oid IS NOT NULL), '{}') AS values
  FROM pg_catalog.pg_type t
  JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
  LEFT JOIN pg_catalog.pg_enum v ON v.enumtypid = t.oid
 WHERE t.typtype = 'e'
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND (%(namespaces)s::text[] IS NULL OR n.nspname = ANY (%(namespaces)s::text[]))
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend member
                    WHERE member.classid = 'pg_catalog.pg_type'::regclass
                      AND member.objid = t.oid AND member.deptype = 'e')
 GROUP BY n.nspname, t.typname
 ORDER BY n.nspname, t.typname
