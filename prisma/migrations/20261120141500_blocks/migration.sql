-- DropIndex
DROP INDEX "Block_organizationId_label_id_idx";

-- AlterTable
ALTER TABLE "Block" ADD COLUMN     "isIsolated" BOOLEAN NOT NULL DEFAULT false;
UPDATE "Block" b SET "isIsolated" = true FROM "ConversationBlock" c WHERE c."blockId" = b.id;

-- CreateTable
CREATE TABLE "BlockVersion" (
    "id" TEXT NOT NULL,
    "organizationId" TEXT NOT NULL,
    "blockId" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "value" TEXT NOT NULL,
    "description" TEXT,
    "limit" INTEGER NOT NULL,
    "readOnly" BOOLEAN NOT NULL,
    "metadata" JSONB NOT NULL,
    "userId" TEXT,
    "agentId" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "BlockVersion_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "BlockVersion_blockId_version_key" ON "BlockVersion"("blockId", "version");

-- CreateIndex
CREATE INDEX "Block_by_createdAt" ON "Block"("organizationId", "createdAt", "id") WHERE (("deletedAt" IS NULL) AND (NOT "isIsolated"));

-- CreateIndex
CREATE INDEX "Block_by_updatedAt" ON "Block"("organizationId", "updatedAt", "id") WHERE (("deletedAt" IS NULL) AND (NOT "isIsolated"));

-- CreateIndex
CREATE INDEX "Block_by_label" ON "Block"("organizationId", "label", "id") WHERE (("deletedAt" IS NULL) AND (NOT "isIsolated"));

-- AddForeignKey
ALTER TABLE "BlockVersion" ADD CONSTRAINT "BlockVersion_blockId_fkey" FOREIGN KEY ("blockId") REFERENCES "Block"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- By hand: the history of what is there already begins with what it is now. Who made it so is not known.
INSERT INTO "BlockVersion" ("id", "organizationId", "blockId", "version", "value", "description", "limit", "readOnly", "metadata", "createdAt")
SELECT 'blockversion-' || substr("id", length('block-') + 1), "organizationId", "id", "version", "value", "description", "limit", "readOnly", "metadata", "updatedAt"
FROM "Block";
