import { hash } from 'node:crypto';
import { z } from 'zod';
import { awaitingStatuses } from '../../agent/tool.ts';
import { AlreadyDecidedError, InvalidInputError, NotFoundError } from '../../errors.ts';
import { changeConversation } from '../../events/change.ts';
import { typeOfId } from '../../ids.ts';
import type { ToolCall } from '../../store/generated/client.ts';
import { findRun } from '../access.ts';
import { cutResults } from './cut-results.ts';
import type { Deps, Viewer } from '../deps.ts';
import { longText, parseInput, plainText } from '../input.ts';
import { applyDecisions, type CallOutcome } from './apply-decisions.ts';
import { decisionOf } from '../history/stored-decision.ts';

const Decision = z.object({
  approval: z.object({ approved: z.boolean(), reason: longText.nullish() }).optional(),
  result: z
    .object({
      // However long: it is cut to what its tool may return.
      output: plainText,
      isError: z.boolean().nullish(),
      stdout: z.array(longText).max(1000).nullish(),
      stderr: z.array(longText).max(1000).nullish(),
    })
    .optional(),
});

/** Of one mutation. */
export const MAX_DECISIONS = 200;

const DecideToolCalls = z.object({
  runId: z.string(),
  decisions: z
    .array(z.object({ toolCallId: z.string(), argumentsHash: z.string().nullish(), decision: Decision }))
    .min(1, 'must not be empty')
    .max(MAX_DECISIONS)
    .refine((all) => new Set(all.map((each) => each.toolCallId)).size === all.length, 'must not name a call twice'),
});

type ToolCallDecision = z.output<typeof DecideToolCalls>['decisions'][number];

/**
 * Answers calls that wait for somebody, all or none of them; what was decided in the same way before is passed over. With
 * the last call of the run that waits, the run goes on.
 */
export async function decideToolCalls(
  deps: Pick<Deps, 'db' | 'log' | 'wakeups'>,
  viewer: Viewer,
  input: unknown,
): Promise<void> {
  const { runId, decisions } = parseInput(DecideToolCalls, input);
  const { conversationId } = await findRun(deps, viewer, runId);
  await changeConversation(deps, conversationId, async (change) => {
    const run = await change.tx.run.findUniqueOrThrow({ where: { id: runId } });
    const ids = decisions.map(({ toolCallId }) => toolCallId).filter((id) => typeOfId(id) === 'ToolCall');
    const calls = await change.tx.toolCall.findMany({ where: { runId, id: { in: ids } } });
    const asked = decisions.map((decision, index) => {
      const call = calls.find(({ id }) => id === decision.toolCallId);
      if (!call) throw new NotFoundError(decision.toolCallId);
      return { call, ...decision, path: ['decisions', String(index)] };
    });
    // An approved call may wait again, for its client: to approve it again says nothing new.
    const fresh = asked.filter(({ call, decision }) => !isRepeat(call, decision));
    const late = fresh.filter((each) => !isOpen(each));
    if (late.length > 0) throw new AlreadyDecidedError(late.map(({ call }) => call.id));
    const open = fresh.filter(isOpen);
    open.forEach(check);
    const outcomes = open.map(({ call, decision }) => outcomeOf(call, decision, viewer, change.at));
    await applyDecisions(change, run, await cutResults(change, run, outcomes));
  });
}

const isOpen = ({ call }: { call: ToolCall }) => awaitingStatuses.includes(call.status);

/** Throws when the decision is not of the kind that the call waits for, or was made on other arguments. */
function check({ call, decision, argumentsHash, path }: ToolCallDecision & { call: ToolCall; path: string[] }): void {
  const refuse = (field: string, message: string) => {
    throw new InvalidInputError([{ path: [...path, field], message }]);
  };
  if (argumentsHash != null && argumentsHash !== call.argumentsHash)
    refuse('argumentsHash', 'the call has other arguments: read it again');
  if (call.status === 'AWAITING_APPROVAL' && !decision.approval) refuse('decision', 'the call waits for an approval');
  if (call.status === 'AWAITING_CLIENT' && decision.approval?.approved)
    refuse('decision', 'the call waits for its result, which the client has to hand in; it may also be denied');
}

function outcomeOf(call: ToolCall, { approval, result }: ToolCallDecision['decision'], viewer: Viewer, at: Date) {
  const before = decisionOf(call);
  if (result) {
    const { output, isError, stdout, stderr } = result;
    const status = isError ? 'FAILED' : 'SUCCEEDED';
    const decision = { ...before, resultHash: hashOf(result) };
    return { call, status, decision, result: output, stdout: stdout ?? [], stderr: stderr ?? [] } satisfies CallOutcome;
  }
  const approved = approval?.approved ?? false;
  const reason = approval?.reason ?? null;
  const made = { approved, reason, decidedById: viewer.id, decidedAt: at.toISOString() };
  const decision = { ...before, approval: made };
  return approved
    ? ({ call, status: 'REQUESTED', decision } satisfies CallOutcome)
    : ({ call, status: 'DENIED', decision, result: toldOf(reason) } satisfies CallOutcome);
}

const toldOf = (reason: string | null) =>
  `The call was denied, and was not run. ${reason === null ? 'No reason was given.' : `The reason: ${reason}`}`;

function isRepeat(call: ToolCall, { approval, result }: ToolCallDecision['decision']): boolean {
  const before = decisionOf(call);
  if (result) return before.resultHash === hashOf(result);
  return before.approval?.approved === approval?.approved && before.approval?.reason === (approval?.reason ?? null);
}

function hashOf({ output, isError, stdout, stderr }: NonNullable<ToolCallDecision['decision']['result']>): string {
  return hash('sha256', JSON.stringify([output, isError ?? false, stdout ?? [], stderr ?? []]));
}
