-- CreateEnum
CREATE TYPE "RunKind" AS ENUM ('MESSAGE', 'COMPACTION');

-- CreateEnum
CREATE TYPE "RunStatus" AS ENUM ('QUEUED', 'RUNNING', 'REQUIRES_ACTION', 'COMPLETED', 'FAILED', 'CANCELLED');

-- CreateEnum
CREATE TYPE "StopReason" AS ENUM ('END_TURN', 'MAX_STEPS', 'TOOL_RULE', 'ERROR', 'LLM_API_ERROR', 'INVALID_LLM_RESPONSE', 'INVALID_TOOL_CALL', 'NO_TOOL_CALL', 'MAX_TOKENS_EXCEEDED', 'CONTEXT_WINDOW_OVERFLOW_IN_SYSTEM_PROMPT', 'INSUFFICIENT_CREDITS', 'LIMIT_EXCEEDED', 'CRASH_LOOP', 'CANCELLED');

-- CreateEnum
CREATE TYPE "StepStatus" AS ENUM ('PENDING', 'SUCCEEDED', 'FAILED', 'CANCELLED');

-- CreateEnum
CREATE TYPE "MessageKind" AS ENUM ('SYSTEM', 'USER', 'ASSISTANT', 'REASONING', 'HIDDEN_REASONING', 'TOOL_CALL', 'TOOL_RETURN', 'APPROVAL_REQUEST', 'APPROVAL_RESPONSE', 'SUMMARY');

-- CreateEnum
CREATE TYPE "ToolCallStatus" AS ENUM ('REQUESTED', 'AWAITING_APPROVAL', 'AWAITING_CLIENT', 'RUNNING', 'SUCCEEDED', 'FAILED', 'DENIED', 'CANCELLED', 'UNKNOWN');

-- CreateTable
CREATE TABLE "Organization" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Organization_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "User" (
    "id" TEXT NOT NULL,
    "organizationId" TEXT NOT NULL,
    "name" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "User_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Agent" (
    "id" TEXT NOT NULL,
    "organizationId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT,
    "system" TEXT NOT NULL,
    "model" TEXT NOT NULL,
    "modelSettings" JSONB,
    "compactionSettings" JSONB NOT NULL DEFAULT '{}',
    "contextWindow" INTEGER NOT NULL,
    "tags" TEXT[],
    "metadata" JSONB NOT NULL DEFAULT '{}',
    "timezone" TEXT NOT NULL DEFAULT 'UTC',
    "hidden" BOOLEAN NOT NULL DEFAULT false,
    "lastRunCompletion" TIMESTAMPTZ(3),
    "lastStopReason" "StopReason",
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deletedAt" TIMESTAMPTZ(3),

    CONSTRAINT "Agent_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Block" (
    "id" TEXT NOT NULL,
    "organizationId" TEXT NOT NULL,
    "label" TEXT NOT NULL,
    "value" TEXT NOT NULL,
    "description" TEXT,
    "limit" INTEGER NOT NULL,
    "readOnly" BOOLEAN NOT NULL DEFAULT false,
    "metadata" JSONB NOT NULL DEFAULT '{}',
    "version" INTEGER NOT NULL DEFAULT 1,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deletedAt" TIMESTAMPTZ(3),

    CONSTRAINT "Block_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "AgentBlock" (
    "agentId" TEXT NOT NULL,
    "label" TEXT NOT NULL,
    "blockId" TEXT NOT NULL,

    CONSTRAINT "AgentBlock_pkey" PRIMARY KEY ("agentId","label")
);

-- CreateTable
CREATE TABLE "ConversationBlock" (
    "conversationId" TEXT NOT NULL,
    "label" TEXT NOT NULL,
    "blockId" TEXT NOT NULL,

    CONSTRAINT "ConversationBlock_pkey" PRIMARY KEY ("conversationId","label")
);

-- CreateTable
CREATE TABLE "Conversation" (
    "id" TEXT NOT NULL,
    "organizationId" TEXT NOT NULL,
    "agentId" TEXT NOT NULL,
    "isDefault" BOOLEAN NOT NULL DEFAULT false,
    "summary" TEXT,
    "model" TEXT,
    "modelSettings" JSONB,
    "lastRunCompletion" TIMESTAMPTZ(3),
    "lastMessageAt" TIMESTAMPTZ(3),
    "lastActivityAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deletedAt" TIMESTAMPTZ(3),

    CONSTRAINT "Conversation_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ConversationHead" (
    "conversationId" TEXT NOT NULL,
    "lastEventSeq" INTEGER NOT NULL DEFAULT 0,
    "openSeq" INTEGER,
    "lastPosition" INTEGER NOT NULL DEFAULT 0,
    "lastContextRank" INTEGER NOT NULL DEFAULT 0,
    "activeRunId" TEXT,
    "activeClaim" INTEGER,
    "closed" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "ConversationHead_pkey" PRIMARY KEY ("conversationId")
);

-- CreateTable
CREATE TABLE "Message" (
    "id" TEXT NOT NULL,
    "organizationId" TEXT NOT NULL,
    "conversationId" TEXT NOT NULL,
    "runId" TEXT,
    "stepId" TEXT,
    "kind" "MessageKind" NOT NULL,
    "content" JSONB NOT NULL,
    "position" INTEGER,
    "contextRank" INTEGER,
    "inContext" BOOLEAN NOT NULL DEFAULT false,
    "otid" TEXT,
    "senderId" TEXT,
    "groupId" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Message_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Run" (
    "id" TEXT NOT NULL,
    "organizationId" TEXT NOT NULL,
    "agentId" TEXT NOT NULL,
    "conversationId" TEXT NOT NULL,
    "kind" "RunKind" NOT NULL DEFAULT 'MESSAGE',
    "status" "RunStatus" NOT NULL DEFAULT 'QUEUED',
    "stopReason" "StopReason",
    "claim" INTEGER NOT NULL DEFAULT 0,
    "attempt" INTEGER NOT NULL DEFAULT 1,
    "crashes" INTEGER NOT NULL DEFAULT 0,
    "owner" TEXT,
    "lease" TIMESTAMPTZ(3),
    "queuedSeq" INTEGER NOT NULL,
    "readyAt" TIMESTAMPTZ(3),
    "firstEventSeq" INTEGER NOT NULL,
    "lastEventSeq" INTEGER,
    "idempotencyKey" TEXT,
    "requestHash" TEXT,
    "request" JSONB NOT NULL,
    "model" TEXT,
    "stepCount" INTEGER NOT NULL DEFAULT 0,
    "promptTokens" INTEGER,
    "completionTokens" INTEGER,
    "totalTokens" INTEGER,
    "cachedInputTokens" INTEGER,
    "cacheWriteTokens" INTEGER,
    "reasoningTokens" INTEGER,
    "contextTokens" INTEGER,
    "errorCode" TEXT,
    "errorMessage" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "startedAt" TIMESTAMPTZ(3),
    "completedAt" TIMESTAMPTZ(3),
    "timeToFirstTokenMs" INTEGER,
    "durationMs" INTEGER,

    CONSTRAINT "Run_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Step" (
    "id" TEXT NOT NULL,
    "organizationId" TEXT NOT NULL,
    "runId" TEXT NOT NULL,
    "index" INTEGER NOT NULL,
    "status" "StepStatus" NOT NULL,
    "model" TEXT NOT NULL,
    "provider" TEXT NOT NULL,
    "stopReason" "StopReason",
    "promptTokens" INTEGER,
    "completionTokens" INTEGER,
    "totalTokens" INTEGER,
    "cachedInputTokens" INTEGER,
    "cacheWriteTokens" INTEGER,
    "reasoningTokens" INTEGER,
    "contextTokens" INTEGER,
    "errorCode" TEXT,
    "errorMessage" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "completedAt" TIMESTAMPTZ(3),

    CONSTRAINT "Step_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ToolCall" (
    "id" TEXT NOT NULL,
    "organizationId" TEXT NOT NULL,
    "runId" TEXT NOT NULL,
    "stepId" TEXT NOT NULL,
    "index" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "status" "ToolCallStatus" NOT NULL,
    "argumentsText" TEXT NOT NULL,
    "argumentsHash" TEXT NOT NULL,
    "result" TEXT,
    "decision" JSONB,
    "approvalExpiresAt" TIMESTAMPTZ(3),
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "startedAt" TIMESTAMPTZ(3),
    "finishedAt" TIMESTAMPTZ(3),

    CONSTRAINT "ToolCall_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ConversationEvent" (
    "conversationId" TEXT NOT NULL,
    "seq" INTEGER NOT NULL,
    "runId" TEXT,
    "type" TEXT NOT NULL,
    "data" JSONB NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "ConversationEvent_pkey" PRIMARY KEY ("conversationId","seq")
);

-- CreateIndex
CREATE INDEX "User_organizationId_idx" ON "User"("organizationId");

-- CreateIndex
CREATE INDEX "Agent_organizationId_createdAt_id_idx" ON "Agent"("organizationId", "createdAt", "id");

-- CreateIndex
CREATE INDEX "Agent_organizationId_lastRunCompletion_id_idx" ON "Agent"("organizationId", "lastRunCompletion", "id");

-- CreateIndex
CREATE INDEX "Agent_organizationId_name_id_idx" ON "Agent"("organizationId", "name", "id");

-- CreateIndex
CREATE INDEX "Block_organizationId_label_id_idx" ON "Block"("organizationId", "label", "id");

-- CreateIndex
CREATE INDEX "AgentBlock_blockId_idx" ON "AgentBlock"("blockId");

-- CreateIndex
CREATE UNIQUE INDEX "AgentBlock_agentId_blockId_key" ON "AgentBlock"("agentId", "blockId");

-- CreateIndex
CREATE UNIQUE INDEX "ConversationBlock_blockId_key" ON "ConversationBlock"("blockId");

-- CreateIndex
CREATE INDEX "Conversation_organizationId_createdAt_id_idx" ON "Conversation"("organizationId", "createdAt", "id");

-- CreateIndex
CREATE INDEX "Conversation_organizationId_lastRunCompletion_id_idx" ON "Conversation"("organizationId", "lastRunCompletion", "id");

-- CreateIndex
CREATE INDEX "Conversation_organizationId_lastMessageAt_id_idx" ON "Conversation"("organizationId", "lastMessageAt", "id");

-- CreateIndex
CREATE INDEX "Conversation_organizationId_lastActivityAt_id_idx" ON "Conversation"("organizationId", "lastActivityAt", "id");

-- CreateIndex
CREATE INDEX "Conversation_organizationId_agentId_createdAt_id_idx" ON "Conversation"("organizationId", "agentId", "createdAt", "id");

-- CreateIndex
CREATE INDEX "Conversation_organizationId_agentId_lastRunCompletion_id_idx" ON "Conversation"("organizationId", "agentId", "lastRunCompletion", "id");

-- CreateIndex
CREATE INDEX "Conversation_organizationId_agentId_lastActivityAt_id_idx" ON "Conversation"("organizationId", "agentId", "lastActivityAt", "id");

-- CreateIndex
CREATE UNIQUE INDEX "Conversation_one_default_per_agent" ON "Conversation"("agentId") WHERE ("isDefault");

-- CreateIndex
CREATE INDEX "Message_runId_position_idx" ON "Message"("runId", "position");

-- CreateIndex
CREATE INDEX "Message_stepId_idx" ON "Message"("stepId");

-- CreateIndex
CREATE UNIQUE INDEX "Message_conversationId_position_key" ON "Message"("conversationId", "position");

-- CreateIndex
CREATE UNIQUE INDEX "Message_context_rank" ON "Message"("conversationId", "contextRank") WHERE ("inContext");

-- CreateIndex
CREATE INDEX "Run_organizationId_createdAt_id_idx" ON "Run"("organizationId", "createdAt", "id");

-- CreateIndex
CREATE INDEX "Run_organizationId_completedAt_id_idx" ON "Run"("organizationId", "completedAt", "id");

-- CreateIndex
CREATE INDEX "Run_organizationId_agentId_createdAt_id_idx" ON "Run"("organizationId", "agentId", "createdAt", "id");

-- CreateIndex
CREATE INDEX "Run_conversationId_queuedSeq_idx" ON "Run"("conversationId", "queuedSeq");

-- CreateIndex
CREATE INDEX "Run_ready" ON "Run"("readyAt") WHERE (status = 'QUEUED'::"RunStatus");

-- CreateIndex
CREATE INDEX "Run_leased" ON "Run"("lease") WHERE (status = 'RUNNING'::"RunStatus");

-- CreateIndex
CREATE UNIQUE INDEX "Run_organizationId_idempotencyKey_key" ON "Run"("organizationId", "idempotencyKey");

-- CreateIndex
CREATE UNIQUE INDEX "Run_one_started_per_conversation" ON "Run"("conversationId") WHERE (status = ANY (ARRAY['RUNNING'::"RunStatus", 'REQUIRES_ACTION'::"RunStatus"]));

-- CreateIndex
CREATE UNIQUE INDEX "Step_runId_index_key" ON "Step"("runId", "index");

-- CreateIndex
CREATE INDEX "ToolCall_runId_idx" ON "ToolCall"("runId");

-- CreateIndex
CREATE UNIQUE INDEX "ToolCall_stepId_index_key" ON "ToolCall"("stepId", "index");

-- AddForeignKey
ALTER TABLE "User" ADD CONSTRAINT "User_organizationId_fkey" FOREIGN KEY ("organizationId") REFERENCES "Organization"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Agent" ADD CONSTRAINT "Agent_organizationId_fkey" FOREIGN KEY ("organizationId") REFERENCES "Organization"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "AgentBlock" ADD CONSTRAINT "AgentBlock_agentId_fkey" FOREIGN KEY ("agentId") REFERENCES "Agent"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "AgentBlock" ADD CONSTRAINT "AgentBlock_blockId_fkey" FOREIGN KEY ("blockId") REFERENCES "Block"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ConversationBlock" ADD CONSTRAINT "ConversationBlock_conversationId_fkey" FOREIGN KEY ("conversationId") REFERENCES "Conversation"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ConversationBlock" ADD CONSTRAINT "ConversationBlock_blockId_fkey" FOREIGN KEY ("blockId") REFERENCES "Block"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Conversation" ADD CONSTRAINT "Conversation_agentId_fkey" FOREIGN KEY ("agentId") REFERENCES "Agent"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ConversationHead" ADD CONSTRAINT "ConversationHead_conversationId_fkey" FOREIGN KEY ("conversationId") REFERENCES "Conversation"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Message" ADD CONSTRAINT "Message_conversationId_fkey" FOREIGN KEY ("conversationId") REFERENCES "Conversation"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Message" ADD CONSTRAINT "Message_runId_fkey" FOREIGN KEY ("runId") REFERENCES "Run"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Message" ADD CONSTRAINT "Message_stepId_fkey" FOREIGN KEY ("stepId") REFERENCES "Step"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Run" ADD CONSTRAINT "Run_agentId_fkey" FOREIGN KEY ("agentId") REFERENCES "Agent"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Run" ADD CONSTRAINT "Run_conversationId_fkey" FOREIGN KEY ("conversationId") REFERENCES "Conversation"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Step" ADD CONSTRAINT "Step_runId_fkey" FOREIGN KEY ("runId") REFERENCES "Run"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ToolCall" ADD CONSTRAINT "ToolCall_runId_fkey" FOREIGN KEY ("runId") REFERENCES "Run"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ToolCall" ADD CONSTRAINT "ToolCall_stepId_fkey" FOREIGN KEY ("stepId") REFERENCES "Step"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
