-- AlterTable
ALTER TABLE "Run" ADD COLUMN     "callbackDueAt" TIMESTAMPTZ(3),
ADD COLUMN     "callbackError" TEXT,
ADD COLUMN     "callbackSentAt" TIMESTAMPTZ(3),
ADD COLUMN     "callbackStatusCode" INTEGER,
ADD COLUMN     "callbackTries" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "callbackUrl" TEXT,
ADD COLUMN     "sweptAt" TIMESTAMPTZ(3);

-- CreateIndex
CREATE INDEX "Run_callback_due" ON "Run"("callbackDueAt") WHERE ("callbackDueAt" IS NOT NULL);

-- CreateIndex
CREATE INDEX "Run_unswept" ON "Run"("completedAt") WHERE (("completedAt" IS NOT NULL) AND ("sweptAt" IS NULL));
