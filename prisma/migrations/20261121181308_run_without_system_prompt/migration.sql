-- AlterTable
ALTER TABLE "Run" DROP COLUMN "systemPrompt";
