-- AlterTable
ALTER TABLE "Run" ADD COLUMN     "isAgentBehind" BOOLEAN NOT NULL DEFAULT false;

-- CreateIndex
CREATE INDEX "Run_agent_behind" ON "Run"("agentId") WHERE ("isAgentBehind");
