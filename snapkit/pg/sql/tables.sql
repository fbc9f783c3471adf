-- Tables, views, materialized views and foreign tables of the namespaces asked for; NULL asks for all.
SELECT c.oid::bigint AS relation,
       n.nspname::text AS namespace,
       c.relname::text AS name,
       c.relkind::text AS kind,
       pg_get_userbyid(c.relowner)::text AS owner,
       c.relrowsecurity AS has_row_security,
       c.relforcerowsecurity AS forces_row_security,
       c.relpersistence = 'u' AS is_unlogged,
       c.relispartition AS is_partition,
       greatest(c.reltuples, 0)::bigint AS estimated_rows,
       -- Main forks only: a table that never held a row has 0 bytes.
       CASE WHEN c.relkind IN ('r', 'm')
            THEN coalesce(pg_relation_size(c.oid), 0)
                 + CASE WHEN c.reltoastrelid <> 0
                        THEN coalesce(pg_relation_size(c.reltoastrelid), 0) ELSE 0 END
            ELSE 0 END AS size_bytes,
       e.extname::text AS extension,
       comments.description AS comment,
       parents.namespaces AS parent_namespaces,
       parents.names AS parent_names,
       checks.names AS checks,
       triggers.names AS trigger_names,
       triggers.states AS trigger_states
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_depend member
         ON member.classid = 'pg_catalog.pg_class'::regclass AND member.objid = c.oid
        AND member.objsubid = 0 AND member.deptype = 'e'
  LEFT JOIN pg_catalog.pg_extension e ON e.oid = member.refobjid
  LEFT JOIN pg_catalog.pg_description comments
         ON comments.classoid = 'pg_catalog.pg_class'::regclass AND comments.objoid = c.oid
        AND comments.objsubid = 0
  LEFT JOIN (SELECT i.inhrelid,
                    array_agg(pn.nspname::text ORDER BY i.inhseqno) AS namespaces,
                    array_agg(p.relname::text ORDER BY i.inhseqno) AS names
               FROM pg_catalog.pg_inherits i
               JOIN pg_catalog.pg_class p ON p.oid = i.inhparent
               JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
              GROUP BY i.inhrelid) parents ON parents.inhrelid = c.oid
  LEFT JOIN (SELECT conrelid, array_agg(conname::text ORDER BY conname) AS names
               FROM pg_catalog.pg_constraint WHERE contype = 'c'
              GROUP BY conrelid) checks ON checks.conrelid = c.oid
  LEFT JOIN (SELECT tgrelid, array_agg(tgname::text ORDER BY tgname) AS names,
                    array_agg(tgenabled::text ORDER BY tgname) AS states
               FROM pg_catalog.pg_trigger WHERE NOT tgisinternal
              GROUP BY tgrelid) triggers ON triggers.tgrelid = c.oid
 WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND (%(namespaces)s::text[] IS NULL OR n.nspname = ANY (%(namespaces)s::text[]))
 ORDER BY n.nspname, c.relname
