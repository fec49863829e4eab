-- AlterTable
ALTER TABLE "Conversation" ALTER COLUMN "lastActivityAt" SET DEFAULT statement_timestamp(),
ALTER COLUMN "createdAt" SET DEFAULT statement_timestamp(),
ALTER COLUMN "updatedAt" SET DEFAULT statement_timestamp();
