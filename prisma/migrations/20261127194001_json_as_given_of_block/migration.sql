-- AlterTable
ALTER TABLE "Block" ADD COLUMN     "metadataAsGiven" JSON;
