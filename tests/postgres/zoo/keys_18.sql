-- Constraints that came with PostgreSQL 18.
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE TABLE stay (room integer, during daterange, PRIMARY KEY (room, during WITHOUT OVERLAPS));
INSERT INTO stay VALUES (1, '[2024-01-01,2024-02-01)'), (1, '[2024-02-01,2024-03-01)');
CREATE TABLE meal (room integer, during daterange, FOREIGN KEY (room, PERIOD during) REFERENCES stay (room, PERIOD during));
INSERT INTO meal VALUES (1, '[2024-01-15,2024-02-15)'), (NULL, '[2024-01-01,2025-01-01)');
CREATE TABLE unenforced (id integer PRIMARY KEY, parent integer REFERENCES unenforced NOT ENFORCED, CHECK (id > 5) NOT ENFORCED);
INSERT INTO unenforced VALUES (1, 99), (2, 1);
CREATE TABLE perhaps (id integer, note text);
INSERT INTO perhaps VALUES (1, NULL);
ALTER TABLE perhaps ADD CONSTRAINT "said so" NOT NULL note NOT VALID;
CREATE TABLE virtual (id integer PRIMARY KEY, twice integer GENERATED ALWAYS AS (id * 2) VIRTUAL, "last" text);
INSERT INTO virtual VALUES (1, DEFAULT, 'a'), (2, DEFAULT, NULL);
