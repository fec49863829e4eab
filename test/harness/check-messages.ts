import { isDelta, textIdOf, type Delta } from '../../src/events/event-types.ts';
import type { Message } from '../../src/store/generated/client.ts';
import { isOf, isOpen, type Check } from './story.ts';

/** I4: the text of a message is that of its deltas; what became no message was taken back, or is still being written. */
export const checkTexts: Check = function* ({ head, events, messages, runs }) {
  const openRun = runs.find((run) => run.id === head.activeRunId && isOpen(run));
  const added = new Map(events.filter(isOf('MessageAdded')).map(({ data, seq }) => [data.messageId, seq]));
  const restarts = events.filter(isOf('StepRestarted'));
  const pieces = Map.groupBy(events.filter(isDelta), ({ data }) => data.messageId);
  for (const [messageId, deltas] of pieces) {
    const last = deltas.at(-1);
    for (const [id, of] of Map.groupBy(deltas, ({ data }) => textIdOf(data)))
      if (!isContiguous(of.map(({ data }) => data))) yield `I4: the offsets of ${id} have holes or overlap`;
    const restart = restarts.find(({ data }) => data.messageIds.includes(messageId));
    const addedSeq = added.get(messageId);
    // The end of a run drops tool calls that were not written to their end.
    const end = last?.type === 'ToolCallDelta' && runs.find(({ id }) => id === last.runId)?.lastEventSeq;
    const firstOfEnd = addedSeq ?? restart?.seq ?? (end || undefined);
    if (restart && addedSeq !== undefined) yield `I4: ${messageId} was restarted, and added all the same`;
    if (firstOfEnd !== undefined && firstOfEnd < (last?.seq ?? 0))
      yield `I4: text of ${messageId} comes after its end ${firstOfEnd}`;
    const isInProgress =
      openRun !== undefined && last?.runId === openRun.id && (last?.seq ?? 0) >= (head.openSeq ?? Infinity);
    if (firstOfEnd === undefined && !isInProgress)
      yield `I4: the text of ${messageId} became no message and was not taken back`;
  }
  for (const { id, kind, content, runId } of messages) {
    // Without a run it was captured, or copied by a fork: nobody saw it being written.
    if (runId === null || (kind !== 'ASSISTANT' && kind !== 'REASONING')) continue;
    const deltas = pieces.get(id) ?? [];
    const text = deltas.map(({ data }) => data.delta).join('');
    if (text !== (content as { text: string }).text)
      yield `I4: ${id} has other text than its deltas, ${JSON.stringify(text)}`;
    const type = kind === 'ASSISTANT' ? 'AssistantTextDelta' : 'ReasoningDelta';
    if (deltas.some((delta) => delta.type !== type)) yield `I4: ${id} is ${kind}, some of its deltas are not`;
  }
};

function isContiguous(deltas: Delta[]): boolean {
  let end = 0;
  for (const { offset, delta } of deltas) {
    if (offset !== end) return false;
    end += delta.length;
  }
  return true;
}

/** The history is numbered 1, 2, 3 …; each message was announced once, in that order. */
export const checkHistory: Check = function* ({ head, events, messages, runs }) {
  const placed = messages.filter(({ position }) => position !== null);
  const positions = placed.map(({ position }) => position);
  if (positions.some((position, index) => position !== index + 1)) yield `I5: the positions are ${positions.join()}`;
  if (head.lastPosition !== placed.length)
    yield `I5: lastPosition is ${head.lastPosition}, there are ${placed.length} messages`;
  const announced = events.filter(isOf('MessageAdded')).map(({ data }) => data.messageId);
  if (announced.join() !== placed.map(({ id }) => id).join())
    yield 'I4: MessageAdded are not the messages of the history, in order';
  const context = messages.filter(({ inContext }) => inContext);
  // A summary comes last in the history, and stands in the context where the last message was that left for it.
  const ranks = context.filter(({ kind }) => kind !== 'SUMMARY').map(({ contextRank }) => contextRank);
  if (ranks.some((rank, index) => rank === null || rank <= (ranks[index - 1] ?? 0) || rank > head.lastContextRank))
    yield `I5: the context ranks are ${ranks.join()}`;
  if (new Set(context.map(({ contextRank }) => contextRank)).size !== context.length)
    yield 'I5: two messages have the same context rank';
  for (const run of runs) {
    const own = messages.filter(({ runId }) => runId === run.id);
    const inputs = own.filter(({ kind, stepId }) => kind === 'USER' || (kind === 'SYSTEM' && stepId === null));
    if (run.kind === 'MESSAGE' && inputs.length === 0) yield `I4: ${run.id} has no input`;
    const isPlaced = own.every(({ position }) => position !== null);
    if (!isPlaced && own.length > inputs.length) yield `I4: ${run.id} has an answer, its input is not in the history`;
    if (!isPlaced && !isOpen(run) && run.startedAt !== null)
      yield `I4: ${run.id} has started, its input is not in the history`;
  }
};

/** I8, and the rows of steps: each call that the model made has its return, whatever ended the run. */
export const checkSteps: Check = function* ({ messages, runs, steps, toolCalls }) {
  for (const run of runs) {
    const indexes = steps.filter(({ runId }) => runId === run.id).map(({ index }) => index);
    if (indexes.some((index, place) => index !== place) || indexes.length !== run.stepCount)
      yield `I4: ${run.id} has stepCount ${run.stepCount} and steps ${indexes.join()}`;
    if (isOpen(run)) continue;
    const calls = toolCalls.filter(({ runId }) => runId === run.id);
    for (const call of calls)
      if (!call.finishedAt || call.result === null) yield `I8: ${call.id} is ${call.status}, its run has ended`;
    for (const stepId of new Set(calls.map((call) => call.stepId))) yield* checkReturns(stepId, messages);
  }
};

/** What asks for the calls of a step, then what was decided on them, then all their returns; nothing else between. */
function* checkReturns(stepId: string, messages: Message[]) {
  const kinds = messages.filter((message) => message.stepId === stepId).map(({ kind }) => kind);
  const returns = kinds.filter((kind) => kind === 'TOOL_RETURN').length;
  if (returns !== 1 || kinds.at(-1) !== 'TOOL_RETURN') yield `I8: the messages of ${stepId} are ${kinds.join()}`;
  const inContext = messages
    .filter((message) => message.inContext)
    .toSorted((one, other) => (one.contextRank ?? 0) - (other.contextRank ?? 0));
  const places = inContext.flatMap((message, place) => (message.stepId === stepId ? [place] : []));
  if (places.some((place, index) => index > 0 && place !== (places[index - 1] ?? 0) + 1))
    yield `I8: something stands in the context between the calls of ${stepId} and their returns`;
}
