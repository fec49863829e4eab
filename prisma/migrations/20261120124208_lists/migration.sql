-- By hand: for the search in summaries.
CREATE EXTENSION IF NOT EXISTS "pg_trgm";

-- DropIndex
DROP INDEX "Agent_organizationId_createdAt_id_idx";

-- DropIndex
DROP INDEX "Agent_organizationId_lastRunCompletion_id_idx";

-- DropIndex
DROP INDEX "Agent_organizationId_name_id_idx";

-- DropIndex
DROP INDEX "Conversation_organizationId_agentId_createdAt_id_idx";

-- DropIndex
DROP INDEX "Conversation_organizationId_agentId_lastActivityAt_id_idx";

-- DropIndex
DROP INDEX "Conversation_organizationId_agentId_lastRunCompletion_id_idx";

-- DropIndex
DROP INDEX "Conversation_organizationId_createdAt_id_idx";

-- DropIndex
DROP INDEX "Conversation_organizationId_lastActivityAt_id_idx";

-- DropIndex
DROP INDEX "Conversation_organizationId_lastMessageAt_id_idx";

-- DropIndex
DROP INDEX "Conversation_organizationId_lastRunCompletion_id_idx";

-- DropIndex
DROP INDEX "Run_organizationId_agentId_createdAt_id_idx";

-- DropIndex
DROP INDEX "Run_organizationId_completedAt_id_idx";

-- DropIndex
DROP INDEX "Run_organizationId_createdAt_id_idx";

-- AlterTable
ALTER TABLE "Agent" ADD COLUMN     "sweptAt" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "ConversationHead" ADD COLUMN     "changedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
ADD COLUMN     "organizationId" TEXT;
UPDATE "ConversationHead" h SET "organizationId" = c."organizationId", "changedAt" = c."lastActivityAt" FROM "Conversation" c WHERE c.id = h."conversationId";
ALTER TABLE "ConversationHead" ALTER COLUMN "organizationId" SET NOT NULL;

-- AlterTable
ALTER TABLE "Run" ADD COLUMN     "deletedAt" TIMESTAMPTZ(3);
UPDATE "Run" r SET "deletedAt" = c."deletedAt" FROM "Conversation" c WHERE c.id = r."conversationId" AND c."deletedAt" IS NOT NULL;

-- CreateIndex
CREATE INDEX "Agent_by_createdAt" ON "Agent"("organizationId", "createdAt", "id") WHERE ("deletedAt" IS NULL);

-- CreateIndex
CREATE INDEX "Agent_by_lastRunCompletion" ON "Agent"("organizationId", "lastRunCompletion", "id") WHERE ("deletedAt" IS NULL);

-- CreateIndex
CREATE INDEX "Agent_by_name" ON "Agent"("organizationId", "name", "id") WHERE ("deletedAt" IS NULL);

-- CreateIndex
CREATE INDEX "Agent_tags" ON "Agent" USING GIN ("tags");

-- CreateIndex
CREATE INDEX "Agent_unswept" ON "Agent"("deletedAt") WHERE (("deletedAt" IS NOT NULL) AND ("sweptAt" IS NULL));

-- CreateIndex
CREATE INDEX "Conversation_by_createdAt" ON "Conversation"("organizationId", "createdAt", "id") WHERE ("deletedAt" IS NULL);

-- CreateIndex
CREATE INDEX "Conversation_by_lastRunCompletion" ON "Conversation"("organizationId", "lastRunCompletion", "id") WHERE ("deletedAt" IS NULL);

-- CreateIndex
CREATE INDEX "Conversation_by_lastMessageAt" ON "Conversation"("organizationId", "lastMessageAt", "id") WHERE ("deletedAt" IS NULL);

-- CreateIndex
CREATE INDEX "Conversation_by_lastActivityAt" ON "Conversation"("organizationId", "lastActivityAt", "id") WHERE ("deletedAt" IS NULL);

-- CreateIndex
CREATE INDEX "Conversation_of_agent_by_createdAt" ON "Conversation"("organizationId", "agentId", "createdAt", "id") WHERE ("deletedAt" IS NULL);

-- CreateIndex
CREATE INDEX "Conversation_of_agent_by_lastRunCompletion" ON "Conversation"("organizationId", "agentId", "lastRunCompletion", "id") WHERE ("deletedAt" IS NULL);

-- CreateIndex
CREATE INDEX "Conversation_of_agent_by_lastMessageAt" ON "Conversation"("organizationId", "agentId", "lastMessageAt", "id") WHERE ("deletedAt" IS NULL);

-- CreateIndex
CREATE INDEX "Conversation_of_agent_by_lastActivityAt" ON "Conversation"("organizationId", "agentId", "lastActivityAt", "id") WHERE ("deletedAt" IS NULL);

-- CreateIndex
CREATE INDEX "Conversation_summary_trigrams" ON "Conversation" USING GIN ("summary" gin_trgm_ops) WHERE ("deletedAt" IS NULL);

-- CreateIndex
CREATE INDEX "ConversationHead_organizationId_changedAt_idx" ON "ConversationHead"("organizationId", "changedAt");

-- CreateIndex
CREATE INDEX "Run_by_createdAt" ON "Run"("organizationId", "createdAt", "id") WHERE ("deletedAt" IS NULL);

-- CreateIndex
CREATE INDEX "Run_by_completedAt" ON "Run"("organizationId", "completedAt", "id") WHERE ("deletedAt" IS NULL);

-- CreateIndex
CREATE INDEX "Run_by_durationMs" ON "Run"("organizationId", "durationMs", "id") WHERE ("deletedAt" IS NULL);

-- CreateIndex
CREATE INDEX "Run_of_agent_by_createdAt" ON "Run"("organizationId", "agentId", "createdAt", "id") WHERE ("deletedAt" IS NULL);

-- CreateIndex
CREATE INDEX "Run_of_agent_by_completedAt" ON "Run"("organizationId", "agentId", "completedAt", "id") WHERE ("deletedAt" IS NULL);

-- CreateIndex
CREATE INDEX "Run_of_agent_by_durationMs" ON "Run"("organizationId", "agentId", "durationMs", "id") WHERE ("deletedAt" IS NULL);

-- CreateIndex
CREATE INDEX "Run_of_conversation_by_createdAt" ON "Run"("conversationId", "createdAt", "id") WHERE ("deletedAt" IS NULL);

-- CreateIndex
CREATE INDEX "Run_of_conversation_by_completedAt" ON "Run"("conversationId", "completedAt", "id") WHERE ("deletedAt" IS NULL);

-- CreateIndex
CREATE INDEX "Run_of_conversation_by_durationMs" ON "Run"("conversationId", "durationMs", "id") WHERE ("deletedAt" IS NULL);

-- CreateIndex
CREATE INDEX "Run_open" ON "Run"("organizationId", "conversationId") WHERE (status = ANY (ARRAY['QUEUED'::"RunStatus", 'RUNNING'::"RunStatus", 'REQUIRES_ACTION'::"RunStatus"]));
