import { isOpen, type Check } from './story.ts';

/**
 * I5: one run has its turn, the head names it and its claim, and nothing waits behind nothing. It is the oldest, or a
 * compaction, beside which one run may wait for decisions.
 */
export const checkQueue: Check = function* ({ head, runs }) {
  const open = runs.filter(isOpen);
  const first = open.find(({ kind }) => kind === 'COMPACTION') ?? open[0];
  for (const { id, status, startedAt } of open.filter((run) => run !== first)) {
    const mayWait = first?.kind === 'COMPACTION' && id === open[0]?.id;
    if (status === 'RUNNING' || (startedAt !== null && !mayWait))
      yield `I5: ${id} is ${status} and has started, it is the turn of ${first?.id}`;
  }
  if (head.activeRunId !== (first?.id ?? null))
    yield `I5: the head says that it is the turn of ${head.activeRunId}, it is that of ${first?.id ?? null}`;
  const claim = first?.status === 'RUNNING' ? first.claim : null;
  if (head.activeClaim !== claim) yield `I3: the head has claim ${head.activeClaim}, the run ${claim}`;
  for (const run of open) {
    const isReady = run.status === 'QUEUED' && run === first;
    if ((run.readyAt !== null) !== isReady)
      yield `I5: ${run.id} is ${run.status}, ready since ${run.readyAt?.toISOString()}`;
    const isLeased = run.status === 'RUNNING';
    if ((run.lease !== null) !== isLeased || (run.owner !== null) !== isLeased)
      yield `I3: ${run.id} is ${run.status}, leased until ${run.lease?.toISOString()} by ${run.owner}`;
  }
  if (head.closed && open.length > 0) yield 'I2: the conversation is deleted, some of its runs have not ended';
};

/** Nothing is left to do. Only for conversations that nobody sends to any more. */
export const checkQuiet: Check = function* ({ runs }) {
  for (const { id, status } of runs.filter(isOpen)) yield `stuck: ${id} is ${status}`;
};
