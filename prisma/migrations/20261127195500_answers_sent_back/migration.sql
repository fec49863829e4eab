-- AlterTable
ALTER TABLE "Step" ADD COLUMN     "reasoningData" JSON;

-- AlterTable
ALTER TABLE "ToolCall" ADD COLUMN     "extra" JSON,
ADD COLUMN     "givenId" TEXT;
