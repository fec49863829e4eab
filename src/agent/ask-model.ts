import { setTimeout as sleep } from 'node:timers/promises';
import { createAnswerIds, type MessageDelta, type MessageIds } from './answer-ids.ts';
import { createBackoff } from './backoff.ts';
import { afterReply, type Ending } from './ending.ts';
import type { RecordedCall } from './message.ts';
import {
  isWhole,
  ModelError,
  type Model,
  type ModelDelta,
  type ModelMessage,
  type ModelReply,
  type ModelRequest,
  type ModelSettings,
} from './model.ts';
import { toModelCall } from './prompt.ts';
import { recordCall } from './record-call.ts';
import { tellFailures } from './repeated-failures.ts';
import { knownName } from './tool-name.ts';
import type { Tools } from './tool.ts';
import { prescribedFor } from './tool-rules/effects.ts';
import { stateOf, type ToolRule } from './tool-rules/rule.ts';
import { nextCall } from './tool-rules/next-call.ts';

/** One model call that came to its end. The ids of its messages and calls are those of its deltas. */
export interface ReplyEvent {
  type: 'reply';
  index: number;
  messageIds: MessageIds;
  reply: ModelReply;
  calls: RecordedCall[];
  /** Why the model may not end yet; it is told. */
  requirement: string | null;
  ending: Ending | null;
  /** The ending is put off until room was made in the context: whoever reads the run again finds it with the step. */
  isPutOff?: boolean;
}

/** A try that failed. What it streamed is to be taken back: the next one, after `waitMs`, has other message ids. */
export interface RetryEvent {
  type: 'retry';
  error: ModelError;
  waitMs: number;
}

export interface ModelTurn {
  model: Model;
  settings: ModelSettings;
  /** As `ModelRequest.cacheKey`. */
  cacheKey?: string | undefined;
  tools: Tools;
  toolRules: readonly ToolRule[];
  /** How often a model call is made before its failure is that of the run. A worker that takes over counts from 1 again. */
  maxTries: number;
  /** Takes what is written as it is written; a promise holds the model's stream back. */
  onDelta(delta: MessageDelta): void | Promise<void>;
}

/**
 * Makes the model call that follows these steps of the run, again and again where that may help. Throws what the last try
 * threw, or when `signal` aborts.
 */
export async function* askModel(
  turn: ModelTurn,
  prompt: ModelMessage[],
  steps: RecordedCall[][],
  signal: AbortSignal,
): AsyncGenerator<RetryEvent, ReplyEvent> {
  const backoff = createBackoff(turn.maxTries);
  for (;;) {
    try {
      return await tryModel(turn, prompt, steps, signal);
    } catch (error) {
      if (!(error instanceof ModelError) || signal.aborted) throw error;
      const waitMs = backoff.next(error);
      if (waitMs === undefined) throw error;
      yield { type: 'retry', error, waitMs };
      await sleep(waitMs, undefined, { signal });
    }
  }
}

/** What a turn asks its model with this prompt, after these steps of the run. */
export function toModelRequest(
  turn: Pick<ModelTurn, 'tools' | 'toolRules' | 'settings' | 'cacheKey'>,
  prompt: ModelMessage[],
  steps: RecordedCall[][],
): ModelRequest {
  const { tools, choice } = nextCall(stateOf(turn, steps));
  const offered = [...turn.tools.values()].filter(({ name }) => tools.includes(name));
  const { settings, cacheKey } = turn;
  return { messages: prompt, tools: offered, toolChoice: choice, settings, cacheKey };
}

async function tryModel(
  turn: ModelTurn,
  prompt: ModelMessage[],
  steps: RecordedCall[][],
  signal: AbortSignal,
): Promise<ReplyEvent> {
  const { messageIds, callIdAt, identify } = createAnswerIds(turn.tools);
  const mostCalls = turn.settings.parallelToolCalls === false ? 1 : Infinity;
  const request = toModelRequest(turn, tellFailures(prompt, steps), steps);
  const state = stateOf(turn, steps);
  // What the model writes as the arguments of such a call is not what they come to.
  const isHeldBack = (name: string) => prescribedFor(state, name) !== undefined;
  const onDelta = (written: ModelDelta) => {
    const delta = written.type === 'toolCall' ? { ...written, name: knownName(turn.tools, written.name) } : written;
    if (delta.type === 'toolCall' && (delta.index >= mostCalls || isHeldBack(delta.name))) return;
    return turn.onDelta(identify(delta));
  };
  const received = await turn.model.reply(request, onDelta, signal);
  const wanted = isWhole(received) ? received.toolCalls.slice(0, mostCalls) : [];
  const calls = wanted.map((call, place) => {
    const name = knownName(turn.tools, call.name);
    return recordCall(turn.tools, state, { ...call, name, id: callIdAt(place), givenId: call.id || null });
  });
  for (const [index, { name, argumentsText: text }] of calls.entries()) {
    if (isHeldBack(name)) await turn.onDelta(identify({ type: 'toolCall', index, name, text }));
  }
  // The context shows the model its calls as they are stored: with the arguments that rules gave them.
  const reply = { ...received, toolCalls: calls.map(toModelCall) };
  const after = afterReply(turn.tools, state, reply);
  if (after.ending?.status === 'COMPLETED' && reply.text.trim() === '') throw emptyAnswerError(turn.model, received);
  return { type: 'reply', index: steps.length, messageIds, reply, calls, ...after };
}

/** An answer without text and calls, with reasoning at most, is no success; to ask once more often helps. */
function emptyAnswerError({ provider }: Model, { usage }: ModelReply): ModelError {
  const error = new ModelError({
    code: 'LLM_INVALID_RESPONSE',
    message: `The answer of ${provider} has neither text nor a tool call.`,
    isRetryable: true,
    retryAfterMs: null,
    mostTries: 2,
    cause: undefined,
  });
  error.usage = usage;
  return error;
}
