"""pg_dump's text: what is taken out, what stays, and where statements end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snapkit.core.ddl import statements, strip

HEADER = r"""--
-- PostgreSQL database dump
--

\restrict aBc123

-- Dumped from database version 18.1

SET statement_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;

"""
FOOTER = r"""

--
-- PostgreSQL database dump complete
--

\unrestrict aBc123

"""


def texts(script: str) -> list[str]:
    return [statement.text for statement in statements(script)]


def test_strip_leaves_no_meta_command_and_no_session_setting() -> None:
    stripped = strip(f"{HEADER}CREATE TABLE a ();{FOOTER}")
    assert texts(stripped) == ["CREATE TABLE a ()"]


def test_strip_keeps_line_numbers() -> None:
    script = f"{HEADER}CREATE TABLE a ();{FOOTER}"
    assert strip(script).count("\n") == script.count("\n")


def test_strip_keeps_settings_of_objects() -> None:
    body = "SET default_tablespace = '';\n\nSET default_table_access_method = heap;\n"
    assert strip(HEADER + body + FOOTER).count(body) == 1


def test_strip_keeps_settings_after_the_first_object() -> None:
    body = "CREATE TABLE a ();\nSET row_security = off;\n"
    assert strip(HEADER + body + FOOTER).count(body) == 1


def test_strip_keeps_bodies_that_look_like_a_header() -> None:
    body = (
        "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $_$\n"
        "\\restrict aBc123\n\\unrestrict aBc123\nSET row_security = off;\n"
        "CREATE SCHEMA public;\n$_$;\n"
    )
    assert strip(HEADER + body + FOOTER).count(body) == 1


@pytest.mark.parametrize("end", ["\r", "\x0b", "\x0c", "\x85", "\u2028"])
def test_strip_keeps_other_line_ends(end: str) -> None:
    body = f"COMMENT ON TABLE a IS 'x{end}\\restrict aBc123{end}y';\n"
    assert body in strip(HEADER + body + FOOTER)


def test_strip_of_a_dump_without_restrict_takes_out_its_settings() -> None:
    header = "--\n-- PostgreSQL database dump\n--\n\nSET statement_timeout = 0;\n\n"
    assert texts(strip(f"{header}CREATE TABLE a ();\n")) == ["CREATE TABLE a ()"]


def test_strip_spares_a_public_that_is_there() -> None:
    body = "CREATE SCHEMA public;\n\nCREATE SCHEMA other;\n"
    assert texts(strip(HEADER + body + FOOTER)) == [
        "CREATE SCHEMA IF NOT EXISTS public",
        "CREATE SCHEMA other",
    ]


@given(st.text("\\restict unSET=0;'$-\npub lc", max_size=60))
def test_strip_twice_is_strip_once(body: str) -> None:
    once = strip(HEADER + body + FOOTER)
    assert strip(once) == once


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT ';'",
        "SELECT 'it''s;'",
        r"SELECT '\', 1",
        r"SELECT E'\';\\', 1",
        'SELECT 1 AS ";"',
        'SELECT 1 AS "a"";b"',
        "SELECT $$;$$",
        "SELECT $a$;$$;$a$",
        "SELECT $a$;$b$;$a$",
        "SELECT a$1$ FROM t",
        "SELECT 1 -- ;\n, 2",
        "SELECT 1 /* ; /* ; */ ; */ , 2",
        "CREATE RULE r AS ON INSERT TO v DO INSTEAD (SELECT 1; SELECT 2;)",
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END",
        "CREATE OR REPLACE PROCEDURE f() BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; END",
        "CREATE TABLE begin (case int)",
    ],
)
def test_statement_ends_at_its_own_semicolon_only(statement: str) -> None:
    assert texts(f"{statement};\nSELECT 'next';") == [statement, "SELECT 'next'"]


def test_statements_leave_out_empty_ones_and_comments() -> None:
    assert texts("; -- a\n;; /* b */ ;\nSELECT 1;;") == ["SELECT 1"]


def test_last_statement_needs_no_semicolon() -> None:
    assert texts("SELECT 1;\nSELECT 2\n") == ["SELECT 1", "SELECT 2"]


def test_statements_count_lines_from_one() -> None:
    script = "SELECT 1;\n-- a\n\nSELECT '\n\n'; SELECT 2;\n\nSELECT 3"
    assert [statement.line for statement in statements(script)] == [1, 4, 6, 8]


def test_statement_offset_is_where_it_begins() -> None:
    script = "/* x */ SELECT 1;\n  SELECT 2;"
    assert [script[s.offset :].partition(";")[0] for s in statements(script)] == texts(script)


def test_first_line_says_that_more_follows() -> None:
    first, second = statements("CREATE TABLE a (\n);\nSELECT 1;")
    assert (first.first_line, second.first_line) == ("CREATE TABLE a ( …", "SELECT 1")


@given(
    st.lists(st.sampled_from(["'", '"', "$$", "$a$", "/*", "*/", "(", ")", ";", "--", "\n", "x"]))
)
def test_statements_of_any_text_end(pieces: list[str]) -> None:
    script = "".join(pieces)
    found = list(statements(script))
    assert all(script.startswith(s.text, s.offset) for s in found)
