-- DropIndex
DROP INDEX "Run_leased";

-- DropIndex
DROP INDEX "Run_ready";

-- CreateIndex
CREATE INDEX "Run_ready" ON "Run"("organizationId", "readyAt") WHERE ((status = 'QUEUED'::"RunStatus") AND ("readyAt" IS NOT NULL));

-- CreateIndex
CREATE INDEX "Run_running" ON "Run"("organizationId") WHERE (status = 'RUNNING'::"RunStatus");
