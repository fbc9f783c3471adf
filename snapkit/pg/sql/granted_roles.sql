-- Roles that the DDL will name though it leaves owners out: those of grants that differ from what an
-- object is born with (or from what its extension or initdb gave it), default privileges, policies
-- and user mappings.
WITH objects AS (
    SELECT 'pg_catalog.pg_class'::regclass::oid AS class, oid AS object, 0 AS part,
           relowner AS owner, relacl AS acl,
           acldefault(CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner) AS born
      FROM pg_catalog.pg_class WHERE relacl IS NOT NULL
    UNION ALL
    SELECT 'pg_catalog.pg_class'::regclass, a.attrelid, a.attnum, c.relowner, a.attacl,
           acldefault('c', c.relowner)
      FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
     WHERE a.attacl IS NOT NULL
    UNION ALL
    SELECT 'pg_catalog.pg_namespace'::regclass, oid, 0, nspowner, nspacl,
           acldefault('n', nspowner)
      FROM pg_catalog.pg_namespace WHERE nspacl IS NOT NULL
    UNION ALL
    SELECT 'pg_catalog.pg_proc'::regclass, oid, 0, proowner, proacl, acldefault('f', proowner)
      FROM pg_catalog.pg_proc WHERE proacl IS NOT NULL
    UNION ALL
    SELECT 'pg_catalog.pg_type'::regclass, oid, 0, typowner, typacl, acldefault('T', typowner)
      FROM pg_catalog.pg_type WHERE typacl IS NOT NULL
    UNION ALL
    SELECT 'pg_catalog.pg_language'::regclass, oid, 0, lanowner, lanacl, acldefault('l', lanowner)
      FROM pg_catalog.pg_language WHERE lanacl IS NOT NULL
    UNION ALL
    SELECT 'pg_catalog.pg_foreign_server'::regclass, oid, 0, srvowner, srvacl,
           acldefault('S', srvowner)
      FROM pg_catalog.pg_foreign_server WHERE srvacl IS NOT NULL
    UNION ALL
    SELECT 'pg_catalog.pg_foreign_data_wrapper'::regclass, oid, 0, fdwowner, fdwacl,
           acldefault('F', fdwowner)
      FROM pg_catalog.pg_foreign_data_wrapper WHERE fdwacl IS NOT NULL
    UNION ALL
    SELECT 'pg_catalog.pg_largeobject'::regclass, oid, 0, lomowner, lomacl,
           acldefault('L', lomowner)
      FROM pg_catalog.pg_largeobject_metadata WHERE lomacl IS NOT NULL
), compared AS (
    SELECT o.owner, o.acl, coalesce(p.initprivs, o.born) AS base, p.objoid IS NOT NULL AS is_given
      FROM objects o
      LEFT JOIN pg_catalog.pg_init_privs p
             ON p.classoid = o.class AND p.objoid = o.object AND p.objsubid = o.part
     -- Most are as they were; to look at their items takes longer than all the rest.
     WHERE o.acl IS DISTINCT FROM coalesce(p.initprivs, o.born)
), named AS (
    SELECT changed.grantee AS role
      FROM compared x
     CROSS JOIN LATERAL (
           (SELECT grantee, privilege_type, is_grantable FROM aclexplode(x.acl)
            EXCEPT SELECT grantee, privilege_type, is_grantable FROM aclexplode(x.base))
           UNION ALL
           (SELECT grantee, privilege_type, is_grantable FROM aclexplode(x.base)
            EXCEPT SELECT grantee, privilege_type, is_grantable FROM aclexplode(x.acl))
     ) AS changed
     WHERE NOT (x.is_given AND changed.grantee = x.owner)
    UNION
    SELECT given.grantor
      FROM compared x
     CROSS JOIN LATERAL (SELECT * FROM aclexplode(x.acl)
                         EXCEPT SELECT * FROM aclexplode(x.base)) AS given
     WHERE NOT x.is_given AND given.grantor <> x.owner
    UNION
    SELECT defaclrole FROM pg_catalog.pg_default_acl
    UNION
    SELECT given.grantee
      FROM pg_catalog.pg_default_acl a CROSS JOIN LATERAL aclexplode(a.defaclacl) AS given
    UNION
    SELECT unnest(polroles) FROM pg_catalog.pg_policy
    UNION
    SELECT umuser FROM pg_catalog.pg_user_mappings
)
SELECT DISTINCT r.rolname::text AS name
  FROM named JOIN pg_catalog.pg_roles r ON r.oid = named.role
 WHERE r.rolname !~ '^pg_'  -- predefined: every server has them
 ORDER BY 1
