-- AlterTable
ALTER TABLE "Agent" ALTER COLUMN "createdAt" SET DEFAULT statement_timestamp(),
ALTER COLUMN "updatedAt" SET DEFAULT statement_timestamp();

-- AlterTable
ALTER TABLE "Block" ALTER COLUMN "createdAt" SET DEFAULT statement_timestamp(),
ALTER COLUMN "updatedAt" SET DEFAULT statement_timestamp();

-- AlterTable
ALTER TABLE "Conversation" ALTER COLUMN "lastActivityAt" SET DEFAULT statement_timestamp(),
ALTER COLUMN "createdAt" SET DEFAULT statement_timestamp(),
ALTER COLUMN "updatedAt" SET DEFAULT statement_timestamp();

-- AlterTable
ALTER TABLE "Tool" ALTER COLUMN "createdAt" SET DEFAULT statement_timestamp(),
ALTER COLUMN "updatedAt" SET DEFAULT statement_timestamp();
