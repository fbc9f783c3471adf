-- Partitioned tables (range, list, hash, nested, with a default) and inheritance.
CREATE TABLE event (id bigint GENERATED ALWAYS AS IDENTITY, at timestamptz NOT NULL, kind text NOT NULL, load integer, PRIMARY KEY (id, at, kind))
    PARTITION BY RANGE (at);
CREATE TABLE event_2023 PARTITION OF event FOR VALUES FROM (MINVALUE) TO ('2024-01-01');
CREATE TABLE event_2024 PARTITION OF event FOR VALUES FROM ('2024-01-01') TO ('2025-01-01') PARTITION BY LIST (kind);
CREATE TABLE event_2024_a PARTITION OF event_2024 FOR VALUES IN ('a', 'A');
CREATE TABLE event_2024_b PARTITION OF event_2024 FOR VALUES IN ('b') PARTITION BY HASH (id);
CREATE TABLE event_2024_b0 PARTITION OF event_2024_b FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE event_2024_b1 PARTITION OF event_2024_b FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE event_2024_rest PARTITION OF event_2024 DEFAULT;
CREATE SCHEMA attic;
CREATE TABLE attic.event_rest (load integer, dropped text, kind text NOT NULL, at timestamptz NOT NULL, id bigint NOT NULL);
ALTER TABLE attic.event_rest DROP COLUMN dropped;
ALTER TABLE event ATTACH PARTITION attic.event_rest DEFAULT;  -- with its columns in another order
INSERT INTO event (at, kind, load)
SELECT timestamptz '2023-06-01 00:00+00' + i * interval '13 days', substr('aAbbc', i % 5 + 1, 1), i FROM generate_series(0, 99) i;
CREATE INDEX event_load ON event (load);
CREATE INDEX event_2023_only ON event_2023 (kind) WHERE load > 3;
CREATE TABLE "about an event" (id integer PRIMARY KEY, event bigint, at timestamptz, kind text, FOREIGN KEY (event, at, kind) REFERENCES event);
INSERT INTO "about an event" SELECT row_number() OVER (), id, at, kind FROM event WHERE load % 7 = 0;

CREATE TABLE tenant (id integer PRIMARY KEY) PARTITION BY HASH (id);
CREATE TABLE tenant_0 PARTITION OF tenant FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE tenant_1 PARTITION OF tenant FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE TABLE tenant_2 PARTITION OF tenant FOR VALUES WITH (MODULUS 3, REMAINDER 2);
INSERT INTO tenant SELECT generate_series(1, 20);
CREATE TABLE member (tenant integer REFERENCES tenant, name text, boss text, UNIQUE (tenant, name), FOREIGN KEY (tenant, boss) REFERENCES member (tenant, name))
    PARTITION BY LIST (tenant);
CREATE TABLE member_none PARTITION OF member FOR VALUES IN (NULL);
CREATE TABLE member_rest PARTITION OF member DEFAULT;
INSERT INTO member SELECT i, 'n', 'n' FROM generate_series(1, 20) i;
INSERT INTO member VALUES (NULL, 'x', 'nobody');
CREATE TABLE nothing_at_all (id integer) PARTITION BY RANGE (id);

CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'refused: %', TG_NAME; END $$;
CREATE TRIGGER "of all partitions" BEFORE INSERT OR UPDATE ON event FOR EACH ROW EXECUTE FUNCTION refuse();
ALTER TABLE event_2023 DISABLE TRIGGER "of all partitions";
ALTER TABLE event_2024_a ENABLE ALWAYS TRIGGER "of all partitions";
CREATE TRIGGER "of the statement" BEFORE INSERT ON event EXECUTE FUNCTION refuse();

CREATE TABLE animal (id serial PRIMARY KEY, name text NOT NULL CHECK (name <> 'x'));
CREATE TABLE bird (wings integer DEFAULT 2) INHERITS (animal);
CREATE TABLE swimmer (depth integer NOT NULL);
CREATE TABLE penguin (name text DEFAULT 'Tux') INHERITS (bird, swimmer);
INSERT INTO animal (name) VALUES ('cat'), ('dog');
INSERT INTO bird (name, wings) VALUES ('crow', 2), ('cat', NULL);
INSERT INTO penguin (depth) VALUES (10), (20);
INSERT INTO swimmer VALUES (1);
CREATE TABLE owner (animal integer REFERENCES animal);  -- only the parent's own rows count
INSERT INTO owner VALUES (1), (2), (NULL);
