import type { Story } from '../harness/story.ts';
import type { Promises } from './stress-actors.ts';

/** What clients were promised, and the database does not say. */
export function brokenPromises(stories: Story[], { sent, cancelled }: Promises): string[] {
  const runs = new Map(stories.flatMap((story) => story.runs.map((run) => [run.id, { run, story }] as const)));
  const broken: string[] = [];
  for (const { runId, input } of sent) {
    const { run, story } = runs.get(runId) ?? {};
    const inputs = story?.messages.filter((message) => message.runId === runId && message.kind === 'USER') ?? [];
    const isThere = inputs.length === 1 && JSON.stringify(inputs[0]?.content).includes(input.text ?? '');
    if (!isThere || run?.conversationId !== input.conversationId)
      broken.push(`${runId} was acknowledged, and is not there once`);
  }
  for (const [key, ofKey] of Map.groupBy(sent, ({ input }) => input.idempotencyKey))
    if (key && new Set(ofKey.map(({ runId }) => runId)).size > 1) broken.push(`${key} made several runs`);
  for (const { runId, status } of cancelled) {
    const now = runs.get(runId)?.run.status;
    if (status !== now || status === 'RUNNING' || status === 'QUEUED')
      broken.push(`${runId} was ${status} after its cancel, and is ${now}`);
  }
  const placeOf = (runId: string) => runs.get(runId)?.run.queuedSeq ?? 0;
  // A repeated key gives an earlier run, so its order says nothing.
  const fresh = sent.filter(({ input }) => !input.idempotencyKey);
  for (const inOne of Map.groupBy(fresh, ({ input }) => input.conversationId).values())
    for (const later of inOne)
      for (const earlier of inOne)
        if (earlier.toldAt < later.askedAt && placeOf(earlier.runId) > placeOf(later.runId))
          broken.push(`${later.runId} was sent after ${earlier.runId} had been acknowledged, and is before it`);
  return broken;
}

/** One line of numbers. */
export function summary(
  stories: Story[],
  { sent, cancelled, transcripts, busy, unavailable }: Promises,
  rest: object,
): string {
  const events = stories.flatMap((story) => story.events);
  const count = (isMeant: (event: Story['events'][number]) => boolean) => events.filter(isMeant).length;
  const runs = Map.groupBy(
    stories.flatMap((story) => story.runs),
    ({ status, stopReason }) => `${status}/${stopReason}`,
  );
  return JSON.stringify({
    sent: sent.length,
    cancels: cancelled.length,
    busy,
    unavailable,
    ...rest,
    deltas: count(({ type }) => type.endsWith('Delta')),
    takeovers: count((event) => event.type === 'RunStarted' && event.data.attempt > 1),
    restarts: count(({ type }) => type === 'StepRestarted'),
    transcripts: transcripts.length,
    told: transcripts.reduce((sum, { edges }) => sum + edges.length, 0),
    runs: Object.fromEntries([...runs].map(([name, list]) => [name, list.length])),
  });
}
