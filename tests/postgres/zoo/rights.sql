-- Comments, grants to other roles, default privileges, row security and policies, publications.
CREATE TABLE account (id integer PRIMARY KEY, holder text, secret text);
INSERT INTO account VALUES (1, 'a', 's'), (2, 'b', 't'), (3, NULL, NULL);
COMMENT ON TABLE account IS E'about accounts:\n-- no comment; \\d $$ ''quoted''';
COMMENT ON COLUMN account.secret IS 'whose';
GRANT SELECT, INSERT ON account TO "zoo reader";
GRANT UPDATE ON account TO zoo_writer WITH GRANT OPTION;
GRANT SELECT (id), UPDATE (holder, id) ON account TO zoo_writer;
GRANT SELECT (id) ON account TO PUBLIC;
CREATE TABLE withheld (id integer PRIMARY KEY);
INSERT INTO withheld VALUES (1);
REVOKE UPDATE, TRIGGER ON withheld FROM app;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO "zoo reader";
CREATE SCHEMA for_readers;
GRANT USAGE, CREATE ON SCHEMA for_readers TO "zoo reader";
CREATE SEQUENCE counted;
GRANT USAGE ON SEQUENCE counted TO "zoo reader";
CREATE FUNCTION secret() RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$ SELECT 'x'::text $$;
REVOKE EXECUTE ON FUNCTION secret() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION secret() TO zoo_writer;
CREATE TYPE private AS ENUM ('x');
REVOKE USAGE ON TYPE private FROM PUBLIC;
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO "zoo reader";
ALTER DEFAULT PRIVILEGES IN SCHEMA for_readers GRANT USAGE ON SEQUENCES TO "zoo reader";
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

CREATE TABLE tenants_own (id integer PRIMARY KEY, tenant text NOT NULL);
INSERT INTO tenants_own VALUES (1, 'a'), (2, 'b');
ALTER TABLE tenants_own ENABLE ROW LEVEL SECURITY;
CREATE POLICY "own; rows" ON tenants_own AS RESTRICTIVE FOR SELECT TO "zoo reader", zoo_writer USING (tenant = current_user);
CREATE POLICY writing ON tenants_own FOR INSERT WITH CHECK (tenant <> '');
COMMENT ON POLICY writing ON tenants_own IS 'a policy';
CREATE TABLE idle_policy (id integer);
CREATE POLICY idle ON idle_policy USING (id > 0);  -- row security is not enabled: it does nothing
INSERT INTO idle_policy VALUES (-1), (1);

CREATE PUBLICATION several FOR TABLE account (id, holder), tenants_own WHERE (id > 1) WITH (publish = 'insert, update');
CREATE PUBLICATION "none; at all";
COMMENT ON PUBLICATION several IS 'a publication';
