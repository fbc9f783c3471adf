-- Indexes of every method and option, on a table that is large enough for a restore to drop those that
-- it can make again, and those that it must leave: of constraints, that others need, clustered on.
CREATE EXTENSION pg_trgm;
CREATE SCHEMA "the Rules";
CREATE FUNCTION "the Rules".is_old(integer) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 < 5000';
CREATE TYPE "the Rules".mood AS ENUM ('glad', 'sad');

CREATE TABLE "Shelf" (
    id integer PRIMARY KEY, code text NOT NULL UNIQUE, number integer NOT NULL, name text,
    mood "the Rules".mood, tags integer[], spot point, at timestamptz, during tstzrange, body text,
    EXCLUDE USING gist (during WITH &&)
);
INSERT INTO "Shelf"
SELECT i, 'code ' || i, 20000 - i, CASE WHEN i % 10 > 0 THEN 'name ' || i % 100 END,
       CASE i % 3 WHEN 0 THEN 'glad' WHEN 1 THEN 'sad' END::"the Rules".mood, ARRAY[i % 9, i % 100],
       point(i, -i), to_timestamp(i * 3600),
       tstzrange(to_timestamp(i * 3600), to_timestamp(i * 3600 + 60)), md5((i % 500)::text)
  FROM generate_series(1, 10000) i;

CREATE INDEX "of ""names""" ON "Shelf" (name DESC NULLS LAST, id) WITH (fillfactor = 70, deduplicate_items = off);
COMMENT ON INDEX "of ""names""" IS E'it''s\nan "index" \\ with $$ all';
CREATE UNIQUE INDEX "covers" ON "Shelf" (id, name) INCLUDE (at, number) WHERE id < 9000;
CREATE UNIQUE INDEX "no two NULLs" ON "Shelf" (number, name) NULLS NOT DISTINCT;
CREATE INDEX "patterns" ON "Shelf" (name text_pattern_ops, body COLLATE "POSIX");
CREATE INDEX "trigrams" ON "Shelf" USING gin (body gin_trgm_ops) WITH (fastupdate = off);
CREATE INDEX "signatures" ON "Shelf" USING gist (body gist_trgm_ops (siglen = 32)) WITH (buffering = on);
CREATE INDEX "tagged" ON "Shelf" USING gin (tags);
CREATE INDEX "spots" ON "Shelf" USING spgist (spot);
CREATE INDEX "hashed" ON "Shelf" USING hash (code);
CREATE INDEX "old glad" ON "Shelf" (at) WHERE "the Rules".is_old(id) AND mood = 'glad'::"the Rules".mood;
-- These stay where they are.
CREATE INDEX "in blocks" ON "Shelf" USING brin (at) WITH (pages_per_range = 16);
CREATE INDEX "lowered" ON "Shelf" (lower(name), (id % 7));
ALTER INDEX "lowered" ALTER COLUMN 2 SET STATISTICS 300;
CREATE INDEX "of an extension" ON "Shelf" (at, id);
ALTER INDEX "of an extension" DEPENDS ON EXTENSION pg_trgm;
CREATE UNIQUE INDEX "referred to" ON "Shelf" (number);
CREATE TABLE pick (id integer PRIMARY KEY, number integer REFERENCES "Shelf" (number));
INSERT INTO pick SELECT i, 10000 + i FROM generate_series(1, 20) i;
CREATE INDEX "of few rows" ON pick (number);
CREATE INDEX "in order" ON "Shelf" (at);
ALTER TABLE "Shelf" CLUSTER ON "in order";
CREATE UNIQUE INDEX "identity" ON "Shelf" (id, code);
ALTER TABLE "Shelf" REPLICA IDENTITY USING INDEX "identity";

CREATE TABLE page (id integer, words text) PARTITION BY RANGE (id);
CREATE INDEX "of all pages" ON page (words);
CREATE TABLE page_1 PARTITION OF page FOR VALUES FROM (0) TO (15000);
CREATE TABLE page_2 PARTITION OF page DEFAULT;
CREATE UNIQUE INDEX "of one partition" ON page_1 (id);
INSERT INTO page SELECT i, 'words ' || i % 70 FROM generate_series(1, 15010) i;
ANALYZE;
