-- AlterTable
ALTER TABLE "Run" ADD COLUMN     "requestAsGiven" JSON;
