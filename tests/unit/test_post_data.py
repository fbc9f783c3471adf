"""Post-data DDL, cut into what a table's own worker runs and the rest."""

from __future__ import annotations

from snapkit.core.names import TableName
from snapkit.core.post_data import split_post_data

USERS, ODD = TableName("public", "users"), TableName("My app", 'a "b".c')
TEXT = """-- Name: users users_pkey; Type: CONSTRAINT
ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);

CREATE UNIQUE INDEX users_email ON public.users USING btree (lower(email)) WHERE (note <> ';');
COMMENT ON INDEX public.users_email IS 'CREATE INDEX x ON public.users USING btree (id)';
CREATE INDEX odd ON ONLY "My app"."a ""b"".c" USING gin (doc);
CREATE INDEX other ON public.orders USING btree (id);
SET default_tablespace = fast;
CREATE INDEX users_fast ON public.users USING btree (name);
SET default_tablespace = '';
ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_room EXCLUDE USING gist (room WITH =);
ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_boss FOREIGN KEY (boss) REFERENCES public.users(id);
"""


def test_indexes_and_their_constraints_go_to_their_table_in_order() -> None:
    found = split_post_data(TEXT, {USERS, ODD})
    assert [text.split("\n")[-1].split()[:4] for text in found.indexes[USERS]] == [
        ["ADD", "CONSTRAINT", "users_pkey", "PRIMARY"],
        ["CREATE", "UNIQUE", "INDEX", "users_email"],
        ["ADD", "CONSTRAINT", "users_room", "EXCLUDE"],
    ]
    assert found.indexes[ODD] == ('CREATE INDEX odd ON ONLY "My app"."a ""b"".c" USING gin (doc)',)


def test_all_else_stays_where_it_stood() -> None:
    rest = split_post_data(TEXT, {USERS, ODD}).rest
    assert rest.count("\n") == TEXT.count("\n")
    for line, text in enumerate(TEXT.split("\n")):
        if text.startswith(("COMMENT", "SET", "CREATE INDEX other", "CREATE INDEX users_fast")):
            assert rest.split("\n")[line] == text
    assert "users_boss FOREIGN KEY" in rest
    assert "users_pkey PRIMARY" not in rest


def test_without_tables_the_script_is_as_it_was() -> None:
    found = split_post_data(TEXT, ())
    assert (found.indexes, found.rest) == ({}, TEXT)
