import type { Db } from '../../src/store/database.ts';
import { checkAttempts, checkEnds, checkNumbers, checkOpenText, checkTurns } from './check-log.ts';
import { checkCalls } from './check-calls.ts';
import { checkHistory, checkSteps, checkTexts } from './check-messages.ts';
import { checkQueue, checkQuiet } from './check-queue.ts';
import { checkTranscript, type Transcript } from './check-transcript.ts';
import type { TestServer } from './server.ts';
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

/** The whole of a database, or what a server's own organization has in it. */
type Place = Db | Pick<TestServer, 'deps' | 'viewer'>;

/** The standard checker: everything stored there, and everything that subscribers saw, that breaks an invariant. */
export async function probe(place: Place, transcripts: Transcript[] = []): Promise<string[]> {
  return findViolations(await storiesAt(place), transcripts);
}

/** The same when nothing is under way any more: what has not ended is a violation too. */
export async function probeQuiet(place: Place, transcripts: Transcript[] = []): Promise<string[]> {
  const stories = await storiesAt(place);
  return [...findViolations(stories, transcripts), ...stories.flatMap((story) => [...checkQuiet(story)])];
}

function storiesAt(place: Place): Promise<Story[]> {
  if (!('deps' in place)) return readStories(place);
  return readStories(place.deps.db, { organizationId: place.viewer.organizationId });
}

export function findViolations(stories: Story[], transcripts: Transcript[] = []): string[] {
  const ofStories = stories.flatMap((story) =>
    checks.flatMap((check) => [...check(story)].map((problem) => `${story.head.conversationId}: ${problem}`)),
  );
  return [...ofStories, ...transcripts.flatMap((transcript) => [...checkTranscript(transcript, stories)])];
}
