"""A database to merge into, the damage done to it, and what tests ask of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snapkit.core.names import TableName
from snapkit.pg.session import connect

if TYPE_CHECKING:
    from snapkit.core.merge import MergeCounts
    from snapkit.pg.target import Target

SOURCE = """
CREATE TABLE country (code text PRIMARY KEY, name text NOT NULL);
INSERT INTO country VALUES ('vn', 'Việt Nam'), ('de', 'Deutschland');
-- A cycle of two, NOT NULL on both sides and not deferrable.
CREATE TABLE team (id integer PRIMARY KEY, captain integer NOT NULL, home text REFERENCES country);
CREATE TABLE player (id integer PRIMARY KEY, team integer NOT NULL REFERENCES team);
ALTER TABLE team ADD FOREIGN KEY (captain) REFERENCES player;
WITH a AS (INSERT INTO team SELECT i, i * 10, 'vn' FROM generate_series(1, 5) i),
     b AS (INSERT INTO player SELECT i * 10, i FROM generate_series(1, 5) i) SELECT 1;
-- Children before their parents, in an identity that takes no values, beside a generated column.
CREATE TABLE category (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, parent integer REFERENCES category,
    label text NOT NULL, loud text GENERATED ALWAYS AS (upper(label)) STORED
);
INSERT INTO category (parent, label)
SELECT CASE WHEN i < 5 THEN i + 1 END, 'label ' || i FROM generate_series(1, 5) i;
CREATE TABLE visit (
    id bigserial, at date NOT NULL, home text REFERENCES country, PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
CREATE TABLE visit_2024 PARTITION OF visit FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE visit_rest PARTITION OF visit DEFAULT;
INSERT INTO visit (at, home) SELECT DATE '2024-06-01' + i * 100, 'de' FROM generate_series(0, 4) i;
-- Values without an equality, and a key that can be checked late.
CREATE TABLE odd (
    a integer, b text, doc json, spot point,
    CONSTRAINT late UNIQUE (a, b) DEFERRABLE INITIALLY DEFERRED
);
ALTER TABLE odd ALTER a SET NOT NULL, ALTER b SET NOT NULL;
INSERT INTO odd VALUES (1, 'x', '{"k": 1}', '(1,2)'), (1, 'y', NULL, NULL), (2, 'x', '[]', '(0,0)');
CREATE TABLE empty (body text);
"""
DAMAGE = """
DELETE FROM visit WHERE id = 1;
DELETE FROM visit WHERE id = 4;
UPDATE category SET parent = NULL WHERE id = 1;
DELETE FROM category WHERE id = 1;
UPDATE category SET label = 'damaged', parent = NULL WHERE id = 3;
UPDATE team SET home = NULL WHERE id = 3;
WITH a AS (DELETE FROM team WHERE id = 5), b AS (DELETE FROM player WHERE id = 50) SELECT 1;
UPDATE odd SET doc = '{"k":  1}' WHERE (a, b) = (1, 'x');
DELETE FROM odd WHERE a = 2;
"""
OWN = """
INSERT INTO country VALUES ('fr', 'France');
INSERT INTO odd VALUES (9, 'own', '{}', '(9,9)');
INSERT INTO empty VALUES ('own');
INSERT INTO visit (id, at, home) VALUES (100, '2030-01-01', 'fr');
"""


def public(*names: str) -> tuple[TableName, ...]:
    return tuple(TableName("public", name) for name in names)


def counts_of(found: tuple[MergeCounts, ...]) -> dict[str, tuple[int, int, int, int]]:
    """Inserted, updated, kept and differing rows of the tables that have rows."""
    return {
        str(item.table): (item.inserted, item.updated, item.kept, item.differing)
        for item in found
        if item.rows
    }


def value(target: Target, query: str) -> object:
    with connect(target) as session:
        return session.scalar(query.encode())
