import type { Db } from '../../src/store/database.ts';
import { checkAttempts, checkEnds, checkNumbers, checkOpenText, checkTurns } from './check-log.ts';
import { checkCalls } from './check-calls.ts';
import { checkHistory, checkSteps, checkTexts } from './check-messages.ts';
import { checkQueue, checkQuiet } from './check-queue.ts';
import { checkTranscript, type Transcript } from './check-transcript.ts';
import { readStories, type Check, type Story } from './story.ts';

const checks: Check[] = [
  checkNumbers,
  checkEnds,
  checkTurns,
  checkAttempts,
  checkOpenText,
  checkTexts,
  checkHistory,
  checkSteps,
  checkCalls,
  checkQueue,
];

/** The standard checker: everything in the database, and everything that subscribers saw, that breaks an invariant. */
export async function probe(db: Db, transcripts: Transcript[] = []): Promise<string[]> {
  return findViolations(await readStories(db), transcripts);
}

/** The same when nothing is under way any more: what has not ended is a violation too. */
export async function probeQuiet(db: Db, transcripts: Transcript[] = []): Promise<string[]> {
  const stories = await readStories(db);
  return [...findViolations(stories, transcripts), ...stories.flatMap((story) => [...checkQuiet(story)])];
}

export function findViolations(stories: Story[], transcripts: Transcript[] = []): string[] {
  const ofStories = stories.flatMap((story) =>
    checks.flatMap((check) => [...check(story)].map((problem) => `${story.head.conversationId}: ${problem}`)),
  );
  return [...ofStories, ...transcripts.flatMap((transcript) => [...checkTranscript(transcript, stories)])];
}
