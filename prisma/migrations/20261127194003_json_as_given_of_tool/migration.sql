-- AlterTable
ALTER TABLE "Tool" ADD COLUMN     "parametersAsGiven" JSON;
