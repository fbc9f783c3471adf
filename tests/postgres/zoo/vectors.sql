-- An extension that only a superuser may make, and has made.
CREATE EXTENSION IF NOT EXISTS vector;
CREATE TABLE vectors (id integer PRIMARY KEY, v vector(3), sv sparsevec(5), hv halfvec(2), b vector);
INSERT INTO vectors VALUES (1, '[1,-0.5,3e-7]', '{1:1.5,3:2}/5', '[1,2]', '[1]'), (2, NULL, NULL, NULL, NULL);
CREATE INDEX ON vectors USING hnsw (v vector_l2_ops);
