"""The shell around PostgreSQL: the only room that imports psycopg.

`target` parses what names a database, `session` holds a pinned connection, `catalog` reads what
the database says of itself, `copy` moves rows, `ddl` runs pg_dump and its output, and `server`
boots the embedded PostgreSQL.

psycopg's own log is switched off here, before any of it is imported: it warns of every error that
it meets while it ends a COPY, beside the error that is raised and told.
"""

import logging

_log = logging.getLogger("psycopg")
_log.addHandler(logging.NullHandler())  # without a handler, logging prints warnings itself
_log.propagate = False
