-- What Prisma's schema language cannot say, as a hand-written migration on top of schema.sql.

-- The price that a customer pays is computed by the database. In schema.prisma the column is an
-- ordinary optional field, so that Prisma Client reads it.
ALTER TABLE "product" DROP COLUMN "final_price";
ALTER TABLE "product" ADD COLUMN "final_price" DECIMAL(14,2)
    GENERATED ALWAYS AS (round("price" * (100 - "discount_percent") / 100, 0)) STORED;

ALTER TABLE "product" ADD CONSTRAINT "product_price_check"
    CHECK ("price" >= 0 AND "discount_percent" BETWEEN 0 AND 100);

-- A user has one primary role at most.
CREATE UNIQUE INDEX "user_role_assignment_one_primary"
    ON "user_role_assignment" ("userId") WHERE "isPrimary";
