-- Values of every kind of type.
CREATE EXTENSION citext;
CREATE EXTENSION hstore;
CREATE EXTENSION ltree;

CREATE TYPE mood AS ENUM ('first', 'sad', 'it''s "fine"', '', E'a\\b', 'Ärger 🦊');
ALTER TYPE mood ADD VALUE 'late' BEFORE 'sad';
CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
CREATE DOMAIN small_positive AS positive DEFAULT 5 CONSTRAINT small CHECK (VALUE < 100);
CREATE DOMAIN flag AS boolean NOT NULL;
CREATE TYPE point3 AS (x double precision, y numeric, "z ""z""" text);
CREATE TYPE nested AS (a point3, b mood[], c positive);
CREATE DOMAIN upright AS point3 CHECK ((VALUE).x IS NULL OR (VALUE).x >= 0);
CREATE TYPE float_range AS RANGE (subtype = double precision, subtype_diff = float8mi, multirange_type_name = float_ranges);
CREATE TYPE point_pair AS (one point, two point);

CREATE TABLE custom (
    id integer PRIMARY KEY, m mood, ms mood[], p positive, sp small_positive, f flag, p3 point3, p3s point3[], n nested,
    u upright, r float_range, rs float_ranges, i4 int4range, im int4multirange, ts tstzmultirange
);
INSERT INTO custom VALUES
    (1, 'first', ARRAY['sad', NULL, '', E'a\\b', 'it''s "fine"']::mood[], 1, 99, true, ROW('NaN', 1.50, E'a,"b"\\(\n'),
     ARRAY[ROW('-Infinity', NULL, ''), NULL, ROW(NULL, NULL, NULL)]::point3[], ROW(ROW(1, 2, '"'), '{sad}', 3),
     ROW(0, 0, NULL), '[1.5,2.5)', '{[1,2),(3,)}', '[1,5]', '{[1,2),[5,9)}', '{[2024-01-01,2024-02-01)}'),
    (2, '', '{}', NULL, NULL, false, NULL, '{}', NULL, NULL, 'empty', '{}', '(,)', '{}', '{(,)}'),
    (3, NULL, '[0:1]={sad,sad}', 2147483647, 5, true, ROW(NULL, NULL, NULL), NULL, ROW(NULL, NULL, NULL), NULL, '(-Infinity,Infinity)', NULL, NULL, NULL, NULL);

CREATE TABLE extended (id integer PRIMARY KEY, c citext UNIQUE, h hstore, l ltree, ls ltree[], q lquery);
INSERT INTO extended VALUES
    (1, 'MiXed', '"a"=>NULL, "b"=>"", "c,=>"=>"\"x\\"', 'top.Middle.leaf', '{a.b,NULL,""}', '*.a{2,}'),
    (2, '', '', '', '{}', NULL),
    (3, NULL, NULL, NULL, NULL, NULL);
CREATE INDEX ON extended USING gist (l);
CREATE TABLE "by citext" (id integer PRIMARY KEY, c citext REFERENCES extended (c), cs text COLLATE "POSIX");
INSERT INTO "by citext" VALUES (1, 'mixed', 'é'), (2, NULL, NULL), (3, '', '');

CREATE TABLE numbers (id serial PRIMARY KEY, n numeric, n2 numeric(6, 2), n3 numeric(3, -2), f8 double precision, f4 real, i8 bigint, i2 smallint, m money, o oid, x xid8);
INSERT INTO numbers (n, n2, n3, f8, f4, i8, i2, m, o, x) VALUES
    ('NaN', 'NaN', 0, 'NaN', 'NaN', -9223372036854775808, -32768, '-92233720368547758.08', 4294967295, '18446744073709551615'),
    ('Infinity', 0.00, 99900, 'Infinity', 'Infinity', 9223372036854775807, 32767, '92233720368547758.07', 0, '0'),
    ('-Infinity', -9999.99, NULL, '-Infinity', '-Infinity', 0, 0, '0', 1, '1'),
    (1.000, 1, 100, '-0', '-0', 9007199254740993, 1, '1.50', NULL, NULL),
    (1e-500::numeric, NULL, NULL, 5e-324, 1e-45, NULL, NULL, NULL, NULL, NULL),
    (('1' || repeat('0', 5000) || '.' || repeat('1', 5000))::numeric, NULL, NULL, 1.7976931348623157e308, 3.4028235e38, NULL, NULL, NULL, NULL, NULL),
    (0.1, 0.1, NULL, 0.1::float8 + 0.2::float8, 0.1, NULL, NULL, NULL, NULL, NULL);

CREATE TABLE times (id serial PRIMARY KEY, d date, t timestamp, z timestamptz, c time, cz timetz, i interval, t3 timestamptz(3));
INSERT INTO times (d, t, z, c, cz, i, t3) VALUES
    ('4713-01-01 BC', '4713-01-01 00:00:00 BC', '4713-11-24 00:00:00+00 BC', '00:00', '00:00+15:59', '-178000000 years', '2024-02-29 12:00:00.123456+07'),
    ('5874897-12-31', '294276-12-31 23:59:59.999999', '294276-12-31 23:59:59.999999+00', '24:00', '24:00-15:59', '178000000 years', '2024-12-31 23:59:59.9996+00'),
    ('infinity', 'infinity', 'infinity', '23:59:60', '12:00:00.000001+05:30:15', '1 mon -3 days 04:05:06.7', 'infinity'),
    ('-infinity', '-infinity', '-infinity', '12:34:56.789', '12:34:56.789-08', '0', '-infinity'),
    ('0044-03-15 BC', '0044-03-15 12:00 BC', '0001-01-01 00:00:00+07', NULL, NULL, '-1 mon +1 day -00:00:00.000001', NULL),
    ('1582-10-10', '1900-02-28 23:59:59', '1900-01-01 00:00+00:19:32', NULL, NULL, NULL, NULL);
SET timezone = 'Asia/Ho_Chi_Minh';
INSERT INTO times (t, z) VALUES ('2024-03-10 02:30', '2024-03-10 02:30');
RESET timezone;

CREATE TABLE text_of_any_kind (id integer PRIMARY KEY, t text, v varchar(5), c char(5), "char" "char", n name, b bytea);
INSERT INTO text_of_any_kind SELECT i, 'a' || chr(i) || 'b' || chr(i), chr(i), chr(i), chr(i)::"char", chr(i), convert_to(chr(i), 'UTF8')
  FROM generate_series(1, 300) i WHERE i < 128;
INSERT INTO text_of_any_kind SELECT 1000 + i, chr(i) FROM unnest(ARRAY[128, 133, 160, 173, 8203, 8232, 8233, 8238, 65279, 65533, 128512, 1114109]) i;
INSERT INTO text_of_any_kind VALUES
    (2001, '', '', '', '', '', ''), (2002, NULL, NULL, NULL, NULL, NULL, NULL), (2003, '\N', '\N', '\N', NULL, '\N', '\x00ff5c6e0a0d09'),
    (2004, '\.', 'NULL', 'null', NULL, NULL, decode(repeat('000102fdfeff', 100), 'hex')), (2005, E'\r\n', ' a ', ' a ', ' ', ' ', NULL),
    (2006, E'\\', E'\\\\', E'\\n', E'\\', E'\\', NULL), (2007, repeat(E'\\\t\n', 20000), NULL, NULL, 'z', NULL, NULL),
    (2008, 'e' || chr(769) || ' and é', NULL, NULL, NULL, 'Đặng Thị Hồng', NULL), (2009, repeat('lorem ipsum ', 100000), NULL, NULL, NULL, NULL, NULL);

CREATE TABLE documents (id integer PRIMARY KEY, j json, jb jsonb, js json[], p jsonpath, v tsvector, q tsquery, x xid, u uuid);
INSERT INTO documents VALUES
    (1, E'{"a":  1,\n "a": 2, "\\u0041": "\\/", "n": 1.00e2}', '{"b": "\u00e9", "a": [1.10, null, true, {}], "": ""}', ARRAY['1', ' [ 1 ]', NULL]::json[],
     '$.a[*] ? (@ > 1)', 'a:1A b:2,3 ''it''''s'':4', 'a & (b | !c <-> d:*)', '7', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'),
    (2, 'null', 'null', '{}', '$', '', '', NULL, NULL), (3, '""', '1e1000', NULL, NULL, NULL, NULL, NULL, NULL), (4, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    (5, '"\u0000"', '"\\u0000"', NULL, NULL, NULL, NULL, NULL, NULL);

CREATE TABLE shapes (id integer PRIMARY KEY, p point, l line, s lseg, b box, pa path, po polygon, c circle, i inet, ci cidr, m macaddr, m8 macaddr8, bi bit(3), vb varbit, lsn pg_lsn, rc regclass, rt regtype, a2 integer[][], ab boolean[], ax text[], tid tid);
INSERT INTO shapes VALUES
    (1, '(1,-0)', '{1,2,3}', '[(0,0),(1,1)]', '(2,2),(1,1)', '[(0,0),(1,1)]', '((0,0),(1,1),(2,0))', '<(0,0),1.5>', '10.1.2.3/8', '10.0.0.0/8', '08:00:2b:01:02:03',
     '08:00:2b:01:02:03:04:05', B'101', B'', '16/B374D848', 'pg_class', 'integer', '{{1,2},{NULL,4}}', '{t,f,NULL}', ARRAY['', NULL, '{"x"}', '\N', 'NULL', E'a\\"b,\n'], '(0,1)'),
    (2, '(NaN,Infinity)', NULL, NULL, NULL, '((0,0),(1,1))', NULL, NULL, '::1', '2001:db8::/32', NULL, NULL, NULL, B'1', '0/0', NULL, 'point3', '[2:3][-1:0]={{1,2},{3,4}}', '{}', '{}', NULL);
CREATE TABLE of_type OF point3 (x WITH OPTIONS NOT NULL);
INSERT INTO of_type VALUES (1, 2, '3');
CREATE TABLE rows_of_table (whole shapes, them times[]);
INSERT INTO rows_of_table SELECT x, (SELECT array_agg(y ORDER BY y.id) FROM times y) FROM shapes x;
CREATE TABLE "no key, doubled" (a integer, f flag);
INSERT INTO "no key, doubled" VALUES (1, true), (1, true), (NULL, false), (NULL, false);
