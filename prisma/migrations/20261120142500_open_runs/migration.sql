-- CreateIndex
CREATE INDEX "Run_open_of_conversation" ON "Run"("conversationId", "queuedSeq") WHERE (status = ANY (ARRAY['QUEUED'::"RunStatus", 'RUNNING'::"RunStatus", 'REQUIRES_ACTION'::"RunStatus"]));

-- By hand: what never started has no duration, and what said nothing no first token.
UPDATE "Run" SET "durationMs" = NULL WHERE "startedAt" IS NULL AND "durationMs" IS NOT NULL;
UPDATE "Run" SET "timeToFirstTokenMs" = NULL WHERE "timeToFirstTokenMs" = 2147483647;
