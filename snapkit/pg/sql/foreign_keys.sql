-- Foreign keys that somebody declared: the copies that partitions carry have a parent. `conenforced`
-- and `conperiod` came with 18: before, the names fall back to the outer row of those names.
SELECT k.name,
       n.nspname::text AS child_namespace,
       c.relname::text AS child_name,
       child.names AS columns,
       pn.nspname::text AS parent_namespace,
       p.relname::text AS parent_name,
       parent.names AS parent_columns,
       k.confdeltype::text AS on_delete,
       k.confupdtype::text AS on_update,
       k.confmatchtype = 'f' AS match_full,
       k.condeferrable AS deferrable,
       k.condeferred AS initially_deferred,
       k.convalidated AS validated,
       k.enforced,
       k.is_period,
       pg_get_constraintdef(k.oid) AS definition,
       comments.description AS comment
  FROM (SELECT true AS conenforced, false AS conperiod) AS before_18
 CROSS JOIN LATERAL (SELECT x.oid, x.conname::text AS name, x.conrelid, x.confrelid, x.conkey,
                            x.confkey, x.confdeltype, x.confupdtype, x.confmatchtype,
                            x.condeferrable, x.condeferred, x.convalidated,
                            conenforced AS enforced, conperiod AS is_period
                       FROM pg_catalog.pg_constraint x
                      WHERE x.contype = 'f' AND x.conparentid = 0) AS k
  JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_class p ON p.oid = k.confrelid
  JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
  LEFT JOIN pg_catalog.pg_description comments
         ON comments.classoid = 'pg_catalog.pg_constraint'::regclass AND comments.objoid = k.oid
        AND comments.objsubid = 0
 CROSS JOIN LATERAL (
       SELECT array_agg(a.attname::text ORDER BY part.place) AS names
         FROM unnest(k.conkey) WITH ORDINALITY AS part (number, place)
         JOIN pg_catalog.pg_attribute a
           ON a.attrelid = k.conrelid AND a.attnum = part.number) AS child
 CROSS JOIN LATERAL (
       SELECT array_agg(a.attname::text ORDER BY part.place) AS names
         FROM unnest(k.confkey) WITH ORDINALITY AS part (number, place)
         JOIN pg_catalog.pg_attribute a
           ON a.attrelid = k.confrelid AND a.attnum = part.number) AS parent
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND (%(namespaces)s::text[] IS NULL OR n.nspname = ANY (%(namespaces)s::text[]))
 ORDER BY n.nspname, c.relname, k.name
