import { isDelta, type ConversationEvent } from '../../src/events/event-types.ts';
import type { Run } from '../../src/store/generated/client.ts';
import { isOf, isOpen, type Check } from './story.ts';

/** I1: 1, 2, 3 … without a hole, and the head knows the last. */
export const checkNumbers: Check = function* ({ head, events }) {
  for (const [index, { seq }] of events.entries()) {
    if (seq !== index + 1) return yield `I1: event ${index + 1} has seq ${seq}`;
  }
  if (head.lastEventSeq !== events.length) yield `I1: the head says ${head.lastEventSeq}, the log has ${events.length}`;
};

/** I2: an ended run has one RunFinished, it is the last event of it, and the row tells the same. */
export const checkEnds: Check = function* ({ events, runs }) {
  for (const run of runs) {
    const own = events.filter(({ runId }) => runId === run.id);
    const ends = own.filter(isOf('RunFinished'));
    const [end] = ends;
    if (own[0]?.type !== 'RunQueued' || own[0].seq !== run.queuedSeq || run.firstEventSeq !== run.queuedSeq)
      yield `I2: ${run.id} does not begin with RunQueued at its queuedSeq and firstEventSeq`;
    if (ends.length !== (isOpen(run) ? 0 : 1)) yield `I2: ${run.id} is ${run.status} with ${ends.length} RunFinished`;
    if (!end) {
      if (run.lastEventSeq !== null || run.stopReason !== null) yield `I2: ${run.id} is open, its row has an end`;
      continue;
    }
    const last = own.at(-1);
    if (last !== end) yield `I3: ${last?.type} ${last?.seq} of ${run.id} comes after its RunFinished ${end.seq}`;
    if (run.lastEventSeq !== end.seq) yield `I2: ${run.id} has lastEventSeq ${run.lastEventSeq}, not ${end.seq}`;
    const { status, stopReason } = end.data;
    if (status !== run.status || stopReason !== run.stopReason)
      yield `I2: ${run.id} is ${run.status}/${run.stopReason}, its event says ${status}/${stopReason}`;
    if (run.lease || run.owner || run.readyAt || !run.completedAt) yield `I2: ${run.id} has ended, its row has not`;
  }
};

/**
 * I3, I5: after a run has started nothing of another comes before its end, save that it is queued or ends in the queue, and
 * that a compaction takes the turn of a run that waits, which may be decided or ended meanwhile.
 */
export const checkTurns: Check = function* ({ events, runs }) {
  const queuedSeqs = new Map(runs.map(({ id, queuedSeq }) => [id, queuedSeq]));
  const compactions = new Set(runs.filter(({ kind }) => kind === 'COMPACTION').map(({ id }) => id));
  let active: string | undefined;
  let isWaiting = false;
  let waiting: string | undefined;
  let lastStarted = 0;
  for (const event of events) {
    const { runId, seq, type } = event;
    if (runId === null || type === 'RunQueued') continue;
    const name = `${type} ${seq} of ${runId}`;
    if (!queuedSeqs.has(runId)) yield `I3: ${name}: there is no such run`;
    if (type === 'RunStarted' && active === undefined) {
      const queuedSeq = queuedSeqs.get(runId) ?? 0;
      if (queuedSeq <= lastStarted) yield `I5: ${name}: a run that was sent later has started before`;
      [active, lastStarted] = [runId, queuedSeq];
    }
    if (type === 'RunStarted' && isWaiting && compactions.has(runId) && runId !== active)
      [active, isWaiting, waiting] = [runId, false, active];
    if (type === 'RunFinished') {
      if (runId === active) [active, isWaiting, waiting] = [waiting, waiting !== undefined, undefined];
      if (runId === waiting) waiting = undefined;
      continue;
    }
    if (runId === active && (type === 'RunRequiresAction' || type === 'RunResumed'))
      isWaiting = type === 'RunRequiresAction';
    if (runId === waiting && (type === 'ToolCallUpdated' || type === 'MessageAdded')) continue;
    if (active !== undefined && runId !== active) yield `I5: ${name} comes while ${active} is active`;
    if (active === undefined && type !== 'MessageAdded') yield `I3: ${name} comes while no run is active`;
  }
};

/** Attempts are announced 1, 2, 3 …, and the row has the last. */
export const checkAttempts: Check = function* ({ events, runs }) {
  for (const run of runs) {
    const starts = events.filter(({ runId }) => runId === run.id).filter(isOf('RunStarted'));
    const attempts = starts.map(({ data }) => data.attempt);
    const expected = Array.from({ length: run.startedAt ? run.attempt : 0 }, (_, index) => index + 1);
    if (attempts.join() !== expected.join())
      yield `I3: ${run.id} is at attempt ${run.attempt}, started as ${attempts.join()}`;
  }
};

/** The text in progress is where the head says, and only while its run runs. */
export const checkOpenText: Check = function* ({ head, events, runs }) {
  const lastFacts = new Map<string, number>();
  for (const event of events) if (event.runId !== null && !isDelta(event)) lastFacts.set(event.runId, event.seq);
  const active = runs.find(({ id }) => id === head.activeRunId);
  const open = active && events.find((event) => isOpenDelta(event, active, lastFacts));
  // A takeover announces itself first, and only then that the text is begun again.
  const isAtTakeover = active?.status === 'RUNNING' && events[(head.openSeq ?? 0) - 1]?.runId === active.id;
  if (head.openSeq !== (open?.seq ?? null) && !isAtTakeover)
    yield `I4: openSeq is ${head.openSeq}, the text in progress begins at ${open?.seq}`;
};

function isOpenDelta(event: ConversationEvent, { id }: Run, lastFacts: Map<string, number>) {
  return event.runId === id && isDelta(event) && event.seq > (lastFacts.get(id) ?? 0);
}
