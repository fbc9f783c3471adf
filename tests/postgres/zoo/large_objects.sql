-- Large objects: empty, small, with every byte, with a hole, larger than one read, with rights and comments.
SELECT lo_create(70001);
SELECT lo_from_bytea(70002, 'small');
SELECT lo_from_bytea(70003, decode(string_agg(lpad(to_hex(i), 2, '0'), '' ORDER BY i), 'hex')) FROM generate_series(0, 255) i;
SELECT lo_create(70004);
SELECT lo_put(70004, 5000000, 'after a hole');
SELECT lo_from_bytea(70005, decode(repeat('deadbeef5c0a', 100000), 'hex'));
SELECT lo_from_bytea(4294967295, 'the last of all');
COMMENT ON LARGE OBJECT 70002 IS E'it''s a "comment"\n;';
GRANT SELECT ON LARGE OBJECT 70002 TO PUBLIC;
GRANT SELECT, UPDATE ON LARGE OBJECT 70003 TO "zoo reader";
GRANT SELECT ON LARGE OBJECT 70003 TO zoo_writer WITH GRANT OPTION;
REVOKE UPDATE ON LARGE OBJECT 70005 FROM app;
CREATE TABLE attachment (id integer PRIMARY KEY, content oid);
INSERT INTO attachment VALUES (1, 70001), (2, 70002), (3, 70003), (4, 70004), (5, 70005), (6, 4294967295);
