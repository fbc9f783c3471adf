-- The server and the database's locale. Columns that came with 15 and 17 fall back to the outer row.
SELECT current_setting('server_version_num')::int AS version,
       current_setting('server_version') AS version_text,
       getdatabaseencoding()::text AS encoding,
       coalesce(d.locale, d.icu_locale, d.datcollate)
       || CASE d.provider WHEN 'b' THEN ' (builtin)' WHEN 'i' THEN ' (icu)' ELSE ' (libc)' END
       AS collation,
       d.collation_version
  FROM (SELECT NULL::text AS datlocale, NULL::text AS daticulocale, 'c'::"char" AS datlocprovider,
               NULL::text AS datcollversion) AS before
 CROSS JOIN LATERAL (SELECT datlocale::text AS locale, daticulocale::text AS icu_locale,
                            datcollate::text AS datcollate, datlocprovider AS provider,
                            datcollversion::text AS collation_version
                       FROM pg_catalog.pg_database
                      WHERE datname = current_database()) AS d
