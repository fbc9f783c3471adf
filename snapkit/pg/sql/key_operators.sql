-- The columns of each unique index of a table, and the operators by which it compares them, fully
-- qualified: with search_path = '' a bare "=" would miss those of citext and its like.
SELECT array_agg(a.attname::text ORDER BY k.place) AS columns,
       array_agg(opn.nspname::text ORDER BY k.place) AS operator_namespaces,
       array_agg(op.oprname::text ORDER BY k.place) AS operators
  FROM pg_catalog.pg_index i
  JOIN pg_catalog.pg_class c ON c.oid = i.indrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  CROSS JOIN LATERAL unnest(i.indkey::int2[], i.indclass::oid[]) WITH ORDINALITY
    AS k (attnum, class, place)
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
  JOIN pg_catalog.pg_opclass oc ON oc.oid = k.class
  JOIN pg_catalog.pg_am am ON am.oid = oc.opcmethod AND am.amname = 'btree'
  JOIN pg_catalog.pg_amop ao ON ao.amopfamily = oc.opcfamily AND ao.amopstrategy = 3
   AND ao.amoplefttype = oc.opcintype AND ao.amoprighttype = oc.opcintype
  JOIN pg_catalog.pg_operator op ON op.oid = ao.amopopr
  JOIN pg_catalog.pg_namespace opn ON opn.oid = op.oprnamespace
 WHERE n.nspname = %s AND c.relname = %s AND i.indisunique AND i.indisvalid
   AND i.indpred IS NULL AND i.indexprs IS NULL AND k.place <= i.indnkeyatts
 GROUP BY i.indexrelid, i.indisprimary
 ORDER BY i.indisprimary DESC, i.indexrelid
