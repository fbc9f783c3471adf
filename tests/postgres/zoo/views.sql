-- Views on views, rules, materialized views on one another, one never populated, statistics.
CREATE TABLE sale (id integer PRIMARY KEY, shop text, amount numeric);
INSERT INTO sale SELECT i, 'shop ' || i % 3, i FROM generate_series(1, 30) i;
CREATE VIEW big_sale AS SELECT * FROM sale WHERE amount > 10 WITH LOCAL CHECK OPTION;
CREATE VIEW "biggest sale" WITH (security_barrier) AS SELECT * FROM big_sale WHERE amount > 20;
CREATE RECURSIVE VIEW counting (n) AS VALUES (1) UNION ALL SELECT n + 1 FROM counting WHERE n < 5;
COMMENT ON VIEW big_sale IS 'a view';
COMMENT ON COLUMN big_sale.shop IS 'a column of a view';
ALTER VIEW big_sale ALTER COLUMN amount SET DEFAULT 12;
CREATE RULE redirect AS ON INSERT TO "biggest sale" DO INSTEAD INSERT INTO sale VALUES (NEW.id, NEW.shop, NEW.amount);
CREATE RULE never AS ON DELETE TO sale WHERE OLD.id = 1 DO INSTEAD NOTHING;
CREATE RULE also AS ON INSERT TO sale DO ALSO NOTHING;
ALTER TABLE sale DISABLE RULE also;
CREATE FUNCTION instead() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER onto INSTEAD OF UPDATE ON big_sale FOR EACH ROW EXECUTE FUNCTION instead();

-- By name, the ones that read come before the ones that are read.
CREATE MATERIALIZED VIEW z_by_shop AS SELECT shop, sum(amount) AS total, count(*) AS sales FROM "biggest sale" GROUP BY shop;
CREATE UNIQUE INDEX ON z_by_shop (shop);
CREATE VIEW m_totals AS SELECT total FROM z_by_shop;
CREATE MATERIALIZED VIEW a_total AS SELECT sum(total) AS total FROM m_totals;
CREATE SCHEMA aa;
CREATE MATERIALIZED VIEW aa.top AS SELECT a.total, (SELECT count(*) FROM z_by_shop) AS shops FROM a_total a;
COMMENT ON MATERIALIZED VIEW aa.top IS 'on top';
CREATE MATERIALIZED VIEW b_never AS SELECT * FROM a_total WITH NO DATA;
CREATE VIEW depends_on_key AS SELECT s.*, count(*) AS n FROM sale s GROUP BY s.id;

CREATE STATISTICS "of sales" (ndistinct, dependencies, mcv) ON shop, amount FROM sale;
CREATE STATISTICS of_expression ON lower(shop), id FROM sale;
ALTER STATISTICS of_expression SET STATISTICS 50;
COMMENT ON STATISTICS "of sales" IS 'statistics';
ANALYZE sale;
