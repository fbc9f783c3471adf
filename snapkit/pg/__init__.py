"""The shell around PostgreSQL: the only room that imports psycopg.

`target` parses what names a database, `session` holds a pinned connection, `catalog` reads what
the database says of itself, `copy` moves rows, `ddl` runs pg_dump and its output, and `server`
boots the embedded PostgreSQL.
"""
