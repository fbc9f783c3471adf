-- Tables, views, materialized views and foreign tables of the namespaces asked for; NULL asks for
-- all.
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
       triggers.states AS trigger_states,
       c.relispopulated AS is_populated,
       sources.namespaces AS source_namespaces,
       sources.names AS source_names,
       configured.condition AS configuration,
       -- Without this, the rows of a configuration table are no snapshot's business.
       configured.condition IS NOT NULL AND has_schema_privilege(n.oid, 'USAGE')
       AND has_table_privilege(c.oid, 'SELECT')
       AND NOT (c.relrowsecurity AND row_security_active(c.oid)) AS is_configuration_readable,
       unproven.names AS unproven_names,
       unproven.definitions AS unproven_definitions,
       unproven.comments AS unproven_comments
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
  -- What a view reads: its rule depends on that.
  LEFT JOIN (SELECT w.ev_class,
                    array_agg(sn.nspname::text ORDER BY sn.nspname, s.relname) AS namespaces,
                    array_agg(s.relname::text ORDER BY sn.nspname, s.relname) AS names
               FROM (SELECT DISTINCT r.ev_class, d.refobjid
                       FROM pg_catalog.pg_rewrite r
                       JOIN pg_catalog.pg_depend d
                         ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = r.oid
                        AND d.refclassid = 'pg_catalog.pg_class'::regclass
                        AND d.refobjid <> r.ev_class
                      WHERE r.rulename = '_RETURN') w
               JOIN pg_catalog.pg_class s ON s.oid = w.refobjid
               JOIN pg_catalog.pg_namespace sn ON sn.oid = s.relnamespace
              GROUP BY w.ev_class) sources ON sources.ev_class = c.oid
  -- Tables of an extension whose rows pg_dump takes: those that meet the condition.
  LEFT JOIN (SELECT u.relation, min(coalesce(x.extcondition[u.place], '')) AS condition
               FROM pg_catalog.pg_extension x
              CROSS JOIN LATERAL unnest(x.extconfig) WITH ORDINALITY AS u (relation, place)
              GROUP BY u.relation) configured
         ON configured.relation = c.oid AND c.relkind = 'r'
  -- Constraints that rows of the table may break: they came later, and were never proved.
  LEFT JOIN (SELECT k.conrelid, array_agg(k.conname::text ORDER BY k.conname) AS names,
                    array_agg(pg_get_constraintdef(k.oid) ORDER BY k.conname) AS definitions,
                    array_agg(o.description ORDER BY k.conname) AS comments
               FROM pg_catalog.pg_constraint k
               LEFT JOIN pg_catalog.pg_description o
                      ON o.classoid = 'pg_catalog.pg_constraint'::regclass AND o.objoid = k.oid
              WHERE k.contype IN ('c', 'n') AND NOT k.convalidated AND k.coninhcount = 0
                AND k.conrelid <> 0
              GROUP BY k.conrelid) unproven ON unproven.conrelid = c.oid
 WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND (%(namespaces)s::text[] IS NULL OR n.nspname = ANY (%(namespaces)s::text[]))
 ORDER BY n.nspname, c.relname
