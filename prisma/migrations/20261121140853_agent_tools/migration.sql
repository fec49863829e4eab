-- CreateEnum
CREATE TYPE "ToolKind" AS ENUM ('BUILT_IN', 'CLIENT');

-- AlterTable
ALTER TABLE "Agent" ADD COLUMN     "toolRules" JSONB NOT NULL DEFAULT '[]';

-- AlterTable
ALTER TABLE "BlockVersion" ADD COLUMN     "toolCallId" TEXT;

-- AlterTable
ALTER TABLE "Run" ADD COLUMN     "parkedAt" TIMESTAMPTZ(3),
ADD COLUMN     "systemPrompt" TEXT,
ADD COLUMN     "waitedMs" INTEGER NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "ToolCall" ADD COLUMN     "needsDecision" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "stderr" TEXT[],
ADD COLUMN     "stdout" TEXT[];

-- CreateTable
CREATE TABLE "Tool" (
    "id" TEXT NOT NULL,
    "organizationId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT NOT NULL,
    "parameters" JSONB NOT NULL,
    "kind" "ToolKind" NOT NULL,
    "returnLimit" INTEGER NOT NULL,
    "requiresApproval" BOOLEAN NOT NULL DEFAULT false,
    "idempotent" BOOLEAN NOT NULL DEFAULT false,
    "parallel" BOOLEAN NOT NULL DEFAULT false,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deletedAt" TIMESTAMPTZ(3),

    CONSTRAINT "Tool_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "AgentTool" (
    "agentId" TEXT NOT NULL,
    "toolId" TEXT NOT NULL,
    "requiresApproval" BOOLEAN,

    CONSTRAINT "AgentTool_pkey" PRIMARY KEY ("agentId","toolId")
);

-- CreateTable
CREATE TABLE "Image" (
    "id" TEXT NOT NULL,
    "organizationId" TEXT NOT NULL,
    "mediaType" TEXT NOT NULL,
    "data" BYTEA NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "Image_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "Tool_by_createdAt" ON "Tool"("organizationId", "createdAt", "id") WHERE ("deletedAt" IS NULL);

-- CreateIndex
CREATE UNIQUE INDEX "Tool_name" ON "Tool"("organizationId", "name") WHERE ("deletedAt" IS NULL);

-- CreateIndex
CREATE INDEX "AgentTool_toolId_idx" ON "AgentTool"("toolId");

-- CreateIndex
CREATE UNIQUE INDEX "BlockVersion_toolCallId_key" ON "BlockVersion"("toolCallId");

-- CreateIndex
CREATE INDEX "ToolCall_pending" ON "ToolCall"("organizationId", "createdAt", "id") WHERE (status = ANY (ARRAY['AWAITING_APPROVAL'::"ToolCallStatus", 'AWAITING_CLIENT'::"ToolCallStatus"]));

-- CreateIndex
CREATE INDEX "ToolCall_expiring" ON "ToolCall"("approvalExpiresAt") WHERE (("approvalExpiresAt" IS NOT NULL) AND (status = ANY (ARRAY['AWAITING_APPROVAL'::"ToolCallStatus", 'AWAITING_CLIENT'::"ToolCallStatus"])));

-- AddForeignKey
ALTER TABLE "AgentTool" ADD CONSTRAINT "AgentTool_agentId_fkey" FOREIGN KEY ("agentId") REFERENCES "Agent"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "AgentTool" ADD CONSTRAINT "AgentTool_toolId_fkey" FOREIGN KEY ("toolId") REFERENCES "Tool"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
