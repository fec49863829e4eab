-- AlterTable
ALTER TABLE "Run" ADD COLUMN     "setup" JSON;
