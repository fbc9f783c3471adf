-- Large objects as rows: pieces of 256 KiB, at least one of each; the first one carries the rights, as
-- JSON, and the comment. Their owner is named as such: in a restored database it is another role.
SELECT object.oid AS loid,
       part.piece,
       part.data,
       CASE WHEN part.piece = 0 THEN rights.list::text END AS rights,
       CASE WHEN part.piece = 0 THEN comment.description END AS comment
  FROM pg_catalog.pg_largeobject_metadata object
 CROSS JOIN LATERAL (
       WITH RECURSIVE pieces (piece, data) AS (
           SELECT 0::bigint, pg_catalog.lo_get(object.oid, 0, {piece})
            UNION ALL
           SELECT piece + 1, pg_catalog.lo_get(object.oid, (piece + 1) * {piece}, {piece})
             FROM pieces WHERE octet_length(data) = {piece}
       )
       SELECT piece, data FROM pieces WHERE piece = 0 OR octet_length(data) > 0) AS part
  LEFT JOIN LATERAL (
       SELECT json_agg(json_build_array(
                  CASE WHEN acl.grantee = object.lomowner THEN 'owner'
                       WHEN acl.grantee = 0 THEN 'public' ELSE 'role' END,
                  CASE WHEN acl.grantee NOT IN (0, object.lomowner)
                       THEN pg_catalog.pg_get_userbyid(acl.grantee)::text END,
                  acl.privilege_type, acl.is_grantable)
              ORDER BY acl.grantee <> object.lomowner, acl.grantee <> 0,
                       pg_catalog.pg_get_userbyid(acl.grantee) COLLATE pg_catalog."C",
                       acl.privilege_type) AS list
         FROM pg_catalog.aclexplode(object.lomacl) AS acl) AS rights ON object.lomacl IS NOT NULL
  LEFT JOIN pg_catalog.pg_description comment
         ON comment.classoid = 'pg_catalog.pg_largeobject'::pg_catalog.regclass
        AND comment.objoid = object.oid
