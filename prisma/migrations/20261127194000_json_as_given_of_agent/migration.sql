-- AlterTable
ALTER TABLE "Agent" ADD COLUMN     "modelSettingsAsGiven" JSON,
ADD COLUMN     "compactionSettingsAsGiven" JSON,
ADD COLUMN     "metadataAsGiven" JSON,
ADD COLUMN     "toolRulesAsGiven" JSON;
