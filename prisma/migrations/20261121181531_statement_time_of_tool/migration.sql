-- AlterTable
ALTER TABLE "Tool" ALTER COLUMN "createdAt" SET DEFAULT statement_timestamp(),
ALTER COLUMN "updatedAt" SET DEFAULT statement_timestamp();
