-- What stands in the way of a copy of a row, in one table and the partitions below it: constraints
-- and unique indexes, but for keys of nothing else than the columns that draw a fresh value. What
-- a partition or a child has from its parent goes with the parent's.
WITH family AS (
    SELECT %(table)s::regclass::oid AS relation
     UNION
    SELECT t.relid FROM pg_catalog.pg_partition_tree(%(table)s::regclass) AS t
), parents AS (
    SELECT i.inhrelid AS relation, i.inhparent AS parent
      FROM pg_catalog.pg_inherits i
      JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid AND NOT c.relispartition
     WHERE i.inhrelid = %(table)s::regclass
), unique_indexes AS (
    SELECT x.indexrelid, x.indrelid,
           x.indnatts > 0 AND x.indexprs IS NULL AND NOT EXISTS (
               SELECT FROM pg_catalog.unnest(x.indkey::int2[]) AS k (number)
                 LEFT JOIN pg_catalog.pg_attribute a
                        ON a.attrelid = x.indrelid AND a.attnum = k.number
                WHERE a.attname <> ALL (%(drawn)s::text[])) AS is_kept
      FROM pg_catalog.pg_index x
     WHERE (x.indisunique OR x.indisexclusion) AND x.indrelid IN (SELECT relation FROM family)
)
SELECT n.nspname::text AS namespace, c.relname::text AS name, found.kind, found.object,
       found.object_namespace, found.place
  FROM (SELECT relation, 'parent' AS kind, p.relname::text AS object,
               pn.nspname::text AS object_namespace, 1 AS place
          FROM parents
          JOIN pg_catalog.pg_class p ON p.oid = parents.parent
          JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
         UNION ALL
        SELECT relation, 'table', '', '', 2 FROM family
         UNION ALL
        SELECT k.conrelid, 'constraint', k.conname::text, '', 3
          FROM pg_catalog.pg_constraint k
         WHERE k.contype IN ('c', 'f', 'p', 'u', 'x') AND k.conparentid = 0
           AND k.conrelid IN (SELECT relation FROM family)
           AND (k.coninhcount = 0 OR k.conrelid IN (SELECT relation FROM parents))
           AND NOT EXISTS (SELECT FROM unique_indexes u WHERE u.indexrelid = k.conindid
                              AND k.contype IN ('p', 'u', 'x') AND u.is_kept)
         UNION ALL
        SELECT u.indrelid, 'index', i.relname::text, ins.nspname::text, 4
          FROM unique_indexes u
          JOIN pg_catalog.pg_class i ON i.oid = u.indexrelid
          JOIN pg_catalog.pg_namespace ins ON ins.oid = i.relnamespace
         WHERE NOT u.is_kept AND NOT i.relispartition
           AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k
                            WHERE k.conindid = u.indexrelid AND k.contype IN ('p', 'u', 'x'))
         UNION ALL
        SELECT r.ev_class, 'rule', r.rulename::text, '', 5
          FROM pg_catalog.pg_rewrite r
         WHERE r.ev_class IN (SELECT relation FROM family)
         UNION ALL
        SELECT a.attrelid, 'not null', a.attname::text, '', 6
          FROM pg_catalog.pg_attribute a
         WHERE a.attrelid = %(table)s::regclass AND a.attnum > 0 AND a.attnotnull
           AND NOT a.attisdropped AND a.attidentity = '' AND a.attname <> ALL (%(drawn)s::text[])
       ) AS found
  JOIN pg_catalog.pg_class c ON c.oid = found.relation
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 ORDER BY found.place, 1, 2, 4
