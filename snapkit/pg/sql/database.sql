-- The database itself: who may make another one in its place, and what that one would not have.
SELECT pg_catalog.pg_get_userbyid(d.datdba)::text AS owner,
       (SELECT r.rolcreatedb OR r.rolsuper FROM pg_catalog.pg_roles r
         WHERE r.rolname = current_user) AS may_create,
       pg_catalog.pg_has_role(d.datdba, 'MEMBER') AS is_owner,
       d.datistemplate AS is_template,
       d.datconnlimit AS connection_limit,
       pg_catalog.shobj_description(d.oid, 'pg_database') AS comment,
       (d.datacl IS NULL) AS has_default_grants,
       ARRAY(SELECT CASE a.grantee WHEN 0 THEN '' ELSE pg_catalog.pg_get_userbyid(a.grantee)::text END
               FROM pg_catalog.aclexplode(d.datacl) a ORDER BY a.grantee, a.privilege_type) AS grantees,
       ARRAY(SELECT a.privilege_type
               FROM pg_catalog.aclexplode(d.datacl) a ORDER BY a.grantee, a.privilege_type) AS privileges,
       ARRAY(SELECT a.is_grantable
               FROM pg_catalog.aclexplode(d.datacl) a ORDER BY a.grantee, a.privilege_type) AS grantable,
       EXISTS (SELECT FROM pg_catalog.aclexplode(d.datacl) a
                WHERE a.grantor <> d.datdba) AS has_grants_of_others,
       EXISTS (SELECT FROM pg_catalog.pg_db_role_setting s WHERE s.setdatabase = d.oid) AS has_settings,
       EXISTS (SELECT FROM pg_catalog.pg_subscription s WHERE s.subdbid = d.oid) AS has_subscriptions,
       EXISTS (SELECT FROM pg_catalog.pg_replication_slots s WHERE s.database = d.datname) AS has_slots,
       EXISTS (SELECT FROM pg_catalog.pg_prepared_xacts x
                WHERE x.database = d.datname) AS has_prepared_transactions,
       EXISTS (SELECT FROM pg_catalog.pg_shseclabel l
                WHERE l.classoid = 'pg_catalog.pg_database'::regclass
                  AND l.objoid = d.oid) AS has_security_labels
  FROM pg_catalog.pg_database d
 WHERE d.datname = current_database()
