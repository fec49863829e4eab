-- AlterTable
ALTER TABLE "Conversation" ADD COLUMN     "modelSettingsAsGiven" JSON;
