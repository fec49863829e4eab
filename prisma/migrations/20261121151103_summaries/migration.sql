-- AlterTable
ALTER TABLE "Message" ADD COLUMN     "coveredById" TEXT;

-- CreateIndex
CREATE INDEX "Message_coveredById_position_idx" ON "Message"("coveredById", "position") WHERE ("coveredById" IS NOT NULL);
