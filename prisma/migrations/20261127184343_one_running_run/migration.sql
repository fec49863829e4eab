-- DropIndex
DROP INDEX "Run_one_started_per_conversation";

-- CreateIndex
CREATE UNIQUE INDEX "Run_one_running_per_conversation" ON "Run"("conversationId") WHERE (status = 'RUNNING'::"RunStatus");
