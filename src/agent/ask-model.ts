import { setTimeout as sleep } from 'node:timers/promises';
import { createAnswerIds, type MessageDelta, type MessageIds } from './answer-ids.ts';
import { createBackoff } from './backoff.ts';
import type { RecordedCall } from './message.ts';
import {
  ModelError,
  type Model,
  type ModelDelta,
  type ModelMessage,
  type ModelReply,
  type ModelRequest,
  type ModelSettings,
  type ModelToolCall,
} from './model.ts';
import { checkArguments } from './check-arguments.ts';
import { firstStatus, needsDecision, type Tools } from './tool.ts';

/** How a run ends of itself. */
export interface Ending {
  status: 'COMPLETED' | 'FAILED';
  stopReason: 'END_TURN' | 'MAX_STEPS' | 'MAX_TOKENS_EXCEEDED' | 'INVALID_LLM_RESPONSE';
  error?: { code: string; message: string };
}

/** One model call that came to its end. The ids of its messages and calls are those of its deltas. */
export interface ReplyEvent {
  type: 'reply';
  index: number;
  messageIds: MessageIds;
  reply: ModelReply;
  calls: RecordedCall[];
  ending: Ending | null;
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
  tools: Tools;
  /** How often a model call is made before its failure is that of the run. A worker that takes over counts from 1 again. */
  maxTries: number;
  /** Takes what is written as it is written; a promise holds the model's stream back. */
  onDelta(delta: MessageDelta): void | Promise<void>;
}

/** Makes one model call, again and again where that may help. Throws what the last try threw, or when `signal` aborts. */
export async function* askModel(
  turn: ModelTurn,
  prompt: ModelMessage[],
  index: number,
  signal: AbortSignal,
): AsyncGenerator<RetryEvent, ReplyEvent> {
  const backoff = createBackoff(turn.maxTries);
  for (;;) {
    try {
      return await tryModel(turn, prompt, index, signal);
    } catch (error) {
      if (!(error instanceof ModelError) || signal.aborted) throw error;
      const waitMs = backoff.next(error);
      if (waitMs === undefined) throw error;
      yield { type: 'retry', error, waitMs };
      await sleep(waitMs, undefined, { signal });
    }
  }
}

/** What a turn asks its model with this prompt. */
export function toModelRequest(
  { tools, settings }: Pick<ModelTurn, 'tools' | 'settings'>,
  prompt: ModelMessage[],
): ModelRequest {
  return { messages: prompt, tools: [...tools.values()], settings };
}

async function tryModel(
  turn: ModelTurn,
  prompt: ModelMessage[],
  index: number,
  signal: AbortSignal,
): Promise<ReplyEvent> {
  const { messageIds, callIdAt, identify } = createAnswerIds(turn.tools);
  const mostCalls = turn.settings.parallelToolCalls === false ? 1 : Infinity;
  const request = toModelRequest(turn, prompt);
  const onDelta = (delta: ModelDelta) => {
    if (delta.type !== 'toolCall' || delta.index < mostCalls) return turn.onDelta(identify(delta));
  };
  const received = await turn.model.reply(request, onDelta, signal);
  // An answer that was cut off may have cut a call.
  const isWhole = received.finishReason === 'STOP' || received.finishReason === 'TOOL_CALLS';
  const wanted = isWhole ? received.toolCalls.slice(0, mostCalls) : [];
  const toolCalls = wanted.map((call, place) => ({ ...call, id: callIdAt(place) }));
  const reply = { ...received, toolCalls };
  const calls = toolCalls.map((call) => recordCall(turn.tools, call));
  return { type: 'reply', index, messageIds, reply, calls, ending: endingOf(reply) };
}

/** A call that cannot be run waits for nobody: it is answered with what is wrong with it. */
function recordCall(tools: Tools, { id, name, arguments: argumentsText }: ModelToolCall): RecordedCall {
  const tool = tools.get(name);
  const isCallable = tool !== undefined && 'arguments' in checkArguments(tool.parameters, argumentsText);
  const status = isCallable ? firstStatus(tool) : 'REQUESTED';
  return { id, name, argumentsText, status, needsDecision: needsDecision(tool), result: null };
}

function endingOf({ finishReason, toolCalls }: ModelReply): Ending | null {
  if (toolCalls.length > 0) return null;
  if (finishReason === 'LENGTH') {
    const error = { code: 'MAX_TOKENS_EXCEEDED', message: 'The answer was cut off at the output limit of the model.' };
    return { status: 'FAILED', stopReason: 'MAX_TOKENS_EXCEEDED', error };
  }
  if (finishReason === 'CONTENT_FILTER') {
    const error = { code: 'LLM_CONTENT_FILTER', message: "The answer was stopped by the provider's content filter." };
    return { status: 'FAILED', stopReason: 'INVALID_LLM_RESPONSE', error };
  }
  return { status: 'COMPLETED', stopReason: 'END_TURN' };
}
