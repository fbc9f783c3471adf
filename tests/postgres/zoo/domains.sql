-- A domain whose constraint came later, and was never validated: a value that is there breaks it.
CREATE DOMAIN short AS text;
CREATE TABLE shorts (s short, them short[]);
INSERT INTO shorts VALUES ('far too long', '{"far too long"}'), ('ok', NULL);
ALTER DOMAIN short ADD CONSTRAINT "brief; ""s""" CHECK (length(VALUE) < 6) NOT VALID;
COMMENT ON CONSTRAINT "brief; ""s""" ON DOMAIN short IS 'never validated';
