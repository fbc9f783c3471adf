-- What neither pg_dump's DDL nor the tables' rows hold; foreign tables are known already.
SELECT 'setting ' || split_part(setting, '=', 1)
       || CASE WHEN s.setrole = 0 THEN ' of the database'
               ELSE ' of role ' || pg_get_userbyid(s.setrole) || ' in the database' END AS name,
       'it belongs to the server, not to what the database holds' AS reason
  FROM pg_catalog.pg_db_role_setting s
 CROSS JOIN LATERAL unnest(s.setconfig) AS setting
 WHERE s.setdatabase = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
UNION ALL
SELECT 'subscription ' || quote_ident(subname), 'it would begin to receive rows'
  FROM pg_catalog.pg_subscription
 WHERE subdbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
 ORDER BY 1
