-- AlterTable
ALTER TABLE "BlockVersion" ADD COLUMN     "metadataAsGiven" JSON;
