-- AlterTable
ALTER TABLE "Agent" ADD COLUMN     "followsDefaultModel" BOOLEAN NOT NULL DEFAULT false;

-- The offline model exists only where it is the default, so no agent loses a model by following. Which of the other
-- agents chose their model cannot be told: they keep it. 16384 is the window of the offline model, 2147483647 no limit.
UPDATE "Agent"
SET "followsDefaultModel" = true,
  "contextWindow" = CASE "contextWindow" WHEN 16384 THEN 2147483647 ELSE "contextWindow" END
WHERE model = 'offline/parley';
