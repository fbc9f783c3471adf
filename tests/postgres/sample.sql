-- A small database of what real ones have: loads as an ordinary role that owns it.
CREATE SCHEMA "odd ""space""";
CREATE EXTENSION citext;
CREATE TYPE mood AS ENUM ('sad', 'ok', 'it''s "fine"');
CREATE DOMAIN positive AS integer CHECK (VALUE > 0);

CREATE TABLE country (code citext PRIMARY KEY, name text NOT NULL);
INSERT INTO country VALUES ('vn', 'Việt Nam'), ('DE', 'Deutschland');

-- A cycle of two with NOT NULL on both sides: deferrable, or nothing could be inserted.
CREATE TABLE team (id integer PRIMARY KEY, captain integer NOT NULL, home citext REFERENCES country);
CREATE TABLE player (id integer PRIMARY KEY, team integer NOT NULL REFERENCES team ON DELETE CASCADE);
ALTER TABLE team ADD CONSTRAINT "team's captain" FOREIGN KEY (captain) REFERENCES player
    DEFERRABLE INITIALLY DEFERRED;
COMMENT ON CONSTRAINT "team's captain" ON team IS 'who wears the "band"; see \d';
BEGIN;
INSERT INTO team SELECT i, i * 10, CASE WHEN i % 2 = 0 THEN 'VN' END FROM generate_series(1, 5) i;
INSERT INTO player SELECT i * 10, i FROM generate_series(1, 5) i;
COMMIT;

-- Children before their parents.
CREATE TABLE category (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    parent integer REFERENCES category,
    "order" smallint NOT NULL DEFAULT 1,
    label text NOT NULL,
    shout text GENERATED ALWAYS AS (upper(label)) STORED
);
ALTER TABLE category DISABLE TRIGGER USER;
BEGIN;
SET CONSTRAINTS ALL DEFERRED;
INSERT INTO category (parent, label)
SELECT CASE WHEN i < 20 THEN i + 1 END, E'tab\t' || i || E'\nnewline \\ back' FROM generate_series(1, 20) i;
COMMIT;

CREATE TABLE "odd ""space"""."Ta'ble; DROP" (
    "col "" 1" serial,
    "</script>" mood,
    moods mood[],
    doc json,
    docb jsonb,
    raw bytea,
    amount numeric,
    ratio double precision,
    seen timestamptz,
    born date,
    gap interval,
    span int4range,
    big bigint,
    small positive,
    tags text[],
    address inet,
    token uuid,
    PRIMARY KEY ("col "" 1")
);
INSERT INTO "odd ""space"""."Ta'ble; DROP"
       ("</script>", moods, doc, docb, raw, amount, ratio, seen, born, gap, span, big, small, tags, address, token)
VALUES ('it''s "fine"', ARRAY['sad', NULL]::mood[], '{"a":  1, "a": 2}', '{"b": "\u00e9"}', '\x00ff5c6e', 'NaN', '-Infinity',
        '2024-02-29 12:00:00.123456+07', '0044-03-15 BC', '1 mon -3 days 04:05:06.7', '[1,5)', 9007199254740993, 1,
        ARRAY['', NULL, '{"x"}', '\N', 'NULL'], '10.1.2.3/8', '00000000-0000-0000-0000-000000000001'),
       (NULL, '{}', 'null', 'null', '', 0.000, 'NaN', 'infinity', 'infinity', '0', 'empty', -9223372036854775808, NULL,
        '{}', '::1', NULL),
       (NULL, NULL, NULL, NULL, NULL, 1.00, '-0', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);

CREATE TABLE note (body text);  -- no key
INSERT INTO note VALUES ('twice'), ('twice'), (''), (NULL), (E'\\N'), (E'\r\n\b\f\v\t'), ('emoji 🦊'), ('Đặng Thị Hồng');
CREATE TABLE nothing ();  -- no columns
INSERT INTO nothing DEFAULT VALUES;
INSERT INTO nothing DEFAULT VALUES;
CREATE TABLE empty (id integer PRIMARY KEY, country citext REFERENCES country);

CREATE TABLE visit (id bigserial, at date NOT NULL, country citext REFERENCES country, PRIMARY KEY (id, at))
    PARTITION BY RANGE (at);
CREATE TABLE visit_2024 PARTITION OF visit FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE visit_2025 PARTITION OF visit FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE visit_rest PARTITION OF visit DEFAULT;
INSERT INTO visit (at, country) SELECT DATE '2024-06-01' + i * 100, 'de' FROM generate_series(0, 9) i;

-- An orphan that is already there, under a key that was never validated.
CREATE TABLE loose (id integer PRIMARY KEY, country citext);
INSERT INTO loose VALUES (1, 'de'), (2, 'atlantis');
ALTER TABLE loose ADD FOREIGN KEY (country) REFERENCES country NOT VALID;

CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.body := NEW.body || ' (changed by a trigger)';
    RETURN NEW;
END $$;
CREATE TRIGGER always BEFORE INSERT ON note FOR EACH ROW EXECUTE FUNCTION fill();
ALTER TABLE note ENABLE ALWAYS TRIGGER always;
CREATE TRIGGER never BEFORE INSERT ON note FOR EACH ROW EXECUTE FUNCTION fill();
ALTER TABLE note DISABLE TRIGGER never;

CREATE SEQUENCE alone START 100 INCREMENT 5;
SELECT nextval('alone');
SELECT nextval('alone');
CREATE VIEW labels AS SELECT label FROM category;
CREATE MATERIALIZED VIEW label_count AS SELECT count(*) AS labels FROM category;
