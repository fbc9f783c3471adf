CREATE TABLE zoo_setting (name text PRIMARY KEY, value text, is_standard boolean NOT NULL);
INSERT INTO zoo_setting VALUES ('standard', 'of the extension', true);
CREATE TABLE zoo_everything (id integer, note text);
CREATE TABLE zoo_internal (id integer);
INSERT INTO zoo_internal VALUES (1);
CREATE SEQUENCE zoo_counter;
SELECT pg_catalog.pg_extension_config_dump('zoo_setting', 'WHERE NOT is_standard');
SELECT pg_catalog.pg_extension_config_dump('zoo_everything', '');
SELECT pg_catalog.pg_extension_config_dump('zoo_counter', '');
