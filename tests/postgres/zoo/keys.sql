-- Keys: cycles of two and three with NOT NULL columns, self-references, composite and MATCH FULL keys,
-- deferrable and unvalidated constraints, exclusion.
CREATE EXTENSION btree_gist;

CREATE TABLE husband (id integer PRIMARY KEY, wife integer NOT NULL UNIQUE);
CREATE TABLE wife (id integer PRIMARY KEY, husband integer NOT NULL UNIQUE REFERENCES husband ON UPDATE CASCADE);
ALTER TABLE husband ADD FOREIGN KEY (wife) REFERENCES wife DEFERRABLE INITIALLY IMMEDIATE;
BEGIN;
SET CONSTRAINTS ALL DEFERRED;
INSERT INTO husband SELECT i, i + 100 FROM generate_series(1, 50) i;
INSERT INTO wife SELECT i + 100, i FROM generate_series(1, 50) i;
COMMIT;

-- Not deferrable at all: filled by one statement, as foreign keys are checked at its end.
CREATE TABLE rock (id integer PRIMARY KEY, beats integer NOT NULL);
CREATE TABLE paper (id integer PRIMARY KEY, beats integer NOT NULL REFERENCES rock);
CREATE TABLE scissors (id integer PRIMARY KEY, beats integer NOT NULL REFERENCES paper);
ALTER TABLE rock ADD CONSTRAINT "blunts ""them""" FOREIGN KEY (beats) REFERENCES scissors ON DELETE CASCADE;
COMMENT ON CONSTRAINT "blunts ""them""" ON rock IS E'it''s\na "comment" \\ with $$ all';
WITH a AS (INSERT INTO rock SELECT i, i FROM generate_series(1, 30) i),
     b AS (INSERT INTO paper SELECT i, 31 - i FROM generate_series(1, 30) i),
     c AS (INSERT INTO scissors SELECT i, i FROM generate_series(1, 30) i)
SELECT 1;

CREATE TABLE employee (id integer PRIMARY KEY, boss integer NOT NULL REFERENCES employee, deputy integer REFERENCES employee ON DELETE SET NULL);
INSERT INTO employee SELECT i, least(i + 1, 40), NULLIF(41 - i, i) FROM generate_series(1, 40) i;

CREATE TABLE seat (hall text, "row" integer, number integer, PRIMARY KEY (hall, "row", number));
INSERT INTO seat SELECT hall, r, n FROM unnest(ARRAY['big', 'small', '']) hall, generate_series(1, 3) r, generate_series(1, 3) n;
CREATE TABLE booking (
    id integer PRIMARY KEY, number integer, hall text, "row" integer,
    CONSTRAINT simple FOREIGN KEY (hall, "row", number) REFERENCES seat ON DELETE SET NULL (number)
);
INSERT INTO booking VALUES (1, 1, 'big', 1), (2, NULL, 'nowhere', 1), (3, NULL, NULL, NULL), (4, 3, '', 3);
CREATE TABLE ticket (
    id integer PRIMARY KEY, hall text, "row" integer, number integer,
    CONSTRAINT "full" FOREIGN KEY (hall, "row", number) REFERENCES seat MATCH FULL DEFERRABLE INITIALLY DEFERRED
);
INSERT INTO ticket VALUES (1, 'big', 1, 1), (2, NULL, NULL, NULL);
CREATE TABLE by_other_key (id integer PRIMARY KEY, husband integer REFERENCES husband (wife));
INSERT INTO by_other_key VALUES (1, 101), (2, NULL);

CREATE TABLE unproven (id integer PRIMARY KEY, rock integer, note text);
INSERT INTO unproven VALUES (1, 1, 'short'), (2, 999, 'too long'), (3, NULL, NULL);
ALTER TABLE unproven ADD FOREIGN KEY (rock) REFERENCES rock NOT VALID,
    ADD CONSTRAINT brief CHECK (length(note) < 6) NOT VALID,
    ADD CONSTRAINT wordy CHECK (note <> '') NO INHERIT;

CREATE TABLE room (
    id integer PRIMARY KEY, name text, during tstzrange,
    UNIQUE NULLS NOT DISTINCT (name, during) DEFERRABLE INITIALLY DEFERRED,
    EXCLUDE USING gist (name WITH =, during WITH &&) WHERE (id > 0)
);
INSERT INTO room VALUES (1, 'a', '[2024-01-01,2024-01-02)'), (2, 'a', '[2024-01-02,2024-01-03)'), (3, 'b', 'empty'), (4, 'b', '(,)');
CREATE UNIQUE INDEX expression ON room (lower(name), id) INCLUDE (during) WHERE id < 1000;
CREATE INDEX "of names" ON room (name DESC NULLS LAST) WITH (fillfactor = 70);
COMMENT ON INDEX "of names" IS 'an index';
ALTER TABLE room REPLICA IDENTITY FULL;
ALTER TABLE seat CLUSTER ON seat_pkey;
