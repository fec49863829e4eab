-- AlterTable
ALTER TABLE "Step" ADD COLUMN     "leftOut" TEXT[] DEFAULT ARRAY[]::TEXT[];

-- CreateTable
CREATE TABLE "ModelLesson" (
    "model" TEXT NOT NULL,
    "lesson" TEXT NOT NULL,
    "learnedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "ModelLesson_pkey" PRIMARY KEY ("model","lesson")
);
