-- An extension with configuration tables: pg_dump takes the rows that users added, and so does a snapshot.
CREATE EXTENSION zoo_config;
INSERT INTO zoo_setting VALUES ('mine', 'added', false), (E'tab\t', NULL, false);
INSERT INTO zoo_everything VALUES (10, 'all rows'), (11, NULL);
INSERT INTO zoo_internal VALUES (99);
SELECT nextval('zoo_counter'), nextval('zoo_counter');
CREATE TABLE besides (id integer PRIMARY KEY, setting text REFERENCES zoo_setting);
INSERT INTO besides VALUES (1, 'mine'), (2, 'standard');
