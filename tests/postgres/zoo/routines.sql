-- Functions, procedures, aggregates, operators, casts, collations, text search: as an ordinary role may create them.
CREATE TYPE money_of AS (amount numeric, currency text);
CREATE FUNCTION add(a money_of, b money_of) RETURNS money_of LANGUAGE sql IMMUTABLE AS $$ SELECT ROW(a.amount + b.amount, a.currency)::public.money_of $$;
CREATE FUNCTION body(a integer DEFAULT 1, VARIADIC b text[] DEFAULT '{}') RETURNS integer LANGUAGE sql BEGIN ATOMIC SELECT CASE WHEN a > 1 THEN a ELSE 0 END; SELECT 2; END;
CREATE FUNCTION dollars() RETURNS text LANGUAGE plpgsql AS $f$ BEGIN RETURN $$;$$ || E'\\restrict x\n' || '--'; END $f$;
CREATE FUNCTION named() RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE COST 7 AS $$
BEGIN
SET statement_timeout = 0;
CREATE SCHEMA IF NOT EXISTS public;
-- \unrestrict x
RETURN '';
END $$;
CREATE FUNCTION many(OUT a integer, OUT b text) RETURNS SETOF record LANGUAGE sql ROWS 3 AS $$ VALUES (1, 'a'), (2, 'b') $$;
CREATE PROCEDURE act(INOUT x integer) LANGUAGE plpgsql AS $$ BEGIN x := x + 1; COMMIT; END $$;
COMMENT ON FUNCTION add IS 'it''s an "addition"';
CREATE AGGREGATE total (money_of) (SFUNC = add, STYPE = money_of, PARALLEL = SAFE);
CREATE OPERATOR + (LEFTARG = money_of, RIGHTARG = money_of, FUNCTION = add, COMMUTATOR = +);
CREATE FUNCTION to_text(money_of) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT ($1).amount || ' ' || ($1).currency $$;
CREATE CAST (money_of AS text) WITH FUNCTION to_text AS ASSIGNMENT;
CREATE COLLATION german (LOCALE = 'C');
CREATE COLLATION copied FROM "C";
CREATE TEXT SEARCH DICTIONARY plain (TEMPLATE = simple, STOPWORDS = english);
CREATE TEXT SEARCH CONFIGURATION shop (COPY = pg_catalog.english);
ALTER TEXT SEARCH CONFIGURATION shop ALTER MAPPING FOR asciiword WITH plain, english_stem;
CREATE CONVERSION mine FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
CREATE FUNCTION checked(t text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT length(t) < 100 $$;
CREATE TABLE uses (id integer PRIMARY KEY, m money_of DEFAULT ROW(1, 'VND'), t text COLLATE german CHECK (checked(t)),
    v tsvector GENERATED ALWAYS AS (to_tsvector('public.shop', coalesce(t, ''))) STORED);
INSERT INTO uses (id, m, t) VALUES (1, ROW(1.50, 'EUR'), 'The quick shops'), (2, NULL, NULL), (3, DEFAULT, '');
CREATE INDEX ON uses USING gin (v);
CREATE INDEX ON uses (to_text(m));
CREATE VIEW sums AS SELECT total(m) AS total, body(3) FROM uses;
