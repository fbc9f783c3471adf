-- Constraints of the role's own domains that were never validated: rows may break them.
SELECT n.nspname::text AS namespace, t.typname::text AS domain, k.conname::text AS name,
       pg_get_constraintdef(k.oid) AS definition, o.description AS comment
  FROM pg_catalog.pg_constraint k
  JOIN pg_catalog.pg_type t ON t.oid = k.contypid
  JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
  LEFT JOIN pg_catalog.pg_description o
         ON o.classoid = 'pg_catalog.pg_constraint'::regclass AND o.objoid = k.oid
 WHERE NOT k.convalidated AND pg_has_role(t.typowner, 'USAGE')
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
 ORDER BY n.nspname, t.typname, k.conname
