-- The equality operators by which each foreign key compares, parent = child, fully qualified:
-- with search_path = '' a bare "=" would miss those of citext and its like. Those of a PERIOD are &&.
SELECT cn.nspname AS namespace,
       c.relname AS name,
       con.conname AS constraint_name,
       array_agg(opn.nspname ORDER BY o.place) AS operator_namespaces,
       array_agg(op.oprname ORDER BY o.place) AS operators
  FROM pg_catalog.pg_constraint con
  JOIN pg_catalog.pg_class c ON c.oid = con.conrelid
  JOIN pg_catalog.pg_namespace cn ON cn.oid = c.relnamespace
  CROSS JOIN LATERAL unnest(con.conpfeqop) WITH ORDINALITY AS o (oid, place)
  JOIN pg_catalog.pg_operator op ON op.oid = o.oid
  JOIN pg_catalog.pg_namespace opn ON opn.oid = op.oprnamespace
 WHERE con.contype = 'f' AND con.conparentid = 0
 GROUP BY 1, 2, 3
