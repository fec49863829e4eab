-- AlterTable
ALTER TABLE "Message" ADD COLUMN     "isRefused" BOOLEAN NOT NULL DEFAULT false;
