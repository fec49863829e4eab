import type { Compactable, CompactionTask } from '../../../src/agent/compaction/task.ts';
import { resolveCompaction, type StoredCompactionSettings } from '../../../src/agent/compaction/settings.ts';
import type { RecordedCall } from '../../../src/agent/message.ts';
import {
  ModelError,
  type Model,
  type ModelErrorCode,
  type ModelReply,
  type ModelRequest,
} from '../../../src/agent/model.ts';
import { createTokenCounter } from '../../../src/agent/tokens.ts';
import { sumUsage } from '../../../src/usage.ts';

export type Script = (request: ModelRequest, index: number) => Partial<ModelReply> | Error;

export interface ScriptedModel extends Model {
  requests: ModelRequest[];
}

const NO_USAGE = sumUsage([]);

/** A model that answers as the script says, the same summary without one. */
export function scriptModel(script: Script = () => ({ text: 'They talked.' }), contextWindow = 100_000): ScriptedModel {
  const requests: ModelRequest[] = [];
  return {
    handle: 'fox/quick',
    provider: 'fox',
    name: 'quick',
    contextWindow,
    tokenizer: null,
    requests,
    preview: () => ({}),
    async reply(request, _onDelta, signal) {
      requests.push(structuredClone(request));
      const answer = script(request, requests.length - 1);
      signal.throwIfAborted();
      if (answer instanceof Error) throw answer;
      return { text: '', reasoning: '', toolCalls: [], finishReason: 'STOP', usage: NO_USAGE, ...answer };
    },
  };
}

export function modelError(code: ModelErrorCode, message = `It was ${code}.`): ModelError {
  const isRetryable = code === 'LLM_UNAVAILABLE';
  return new ModelError({ code, message, isRetryable, retryAfterMs: null, cause: undefined });
}

interface Given extends Partial<Omit<CompactionTask, 'settings' | 'agent' | 'counter'>> {
  settings?: StoredCompactionSettings;
  agent?: Model;
  tools?: CompactionTask['agent']['tools'];
}

export async function createTask({ settings = {}, agent = scriptModel(), tools = [], ...given }: Given) {
  return {
    trigger: 'POST_STEP' as const,
    settings: resolveCompaction(settings),
    system: { role: 'system' as const, text: 'You are kind.' },
    context: [],
    images: new Map(),
    agent: { model: agent, settings: { temperature: 0.5 }, tools },
    summariser: scriptModel(),
    contextWindow: 1_000,
    counter: await createTokenCounter({ tokenizer: null }),
    correction: 1,
    maxTries: 1,
    ...given,
  } satisfies CompactionTask;
}

export function user(id: string, text = `${id} ${'x'.repeat(200)}`, isKept = false): Compactable {
  return { id, kind: 'USER', stepId: null, content: { parts: [{ text }] }, calls: [], isKept };
}

export function assistant(
  id: string,
  text = `${id} ${'y'.repeat(200)}`,
  stepId: string | null = `step-${id}`,
): Compactable {
  return {
    id,
    kind: 'ASSISTANT',
    stepId,
    content: { text, model: 'fox/quick', isPartial: false },
    calls: [],
    isKept: false,
  };
}

export function reasoning(id: string): Compactable {
  const content = { text: 'Hm.', isPartial: true };
  return { id, kind: 'REASONING', stepId: `step-${id}`, content, calls: [], isKept: false };
}

export function summary(id: string, text = 'It was long ago.'): Compactable {
  const stats = {
    trigger: 'REQUESTED' as const,
    modeUsed: 'ALL' as const,
    contextTokensBefore: null,
    contextTokensAfter: null,
    contextWindow: 1_000,
    messagesBefore: 9,
    messagesAfter: 1,
  };
  const content = { summary: text, stats, keptFromPosition: null };
  return { id, kind: 'SUMMARY', stepId: null, content, calls: [], isKept: false };
}

/** A text, a call and its return, of one step. */
export function toolStep(step: string, result: string = 'z'.repeat(200), isKept = false): Compactable[] {
  const call: RecordedCall = {
    id: `toolcall-${step}`,
    name: 'look',
    argumentsText: `{"at":"${step}"}`,
    status: 'SUCCEEDED',
    needsDecision: false,
    wasRun: true,
    result,
  };
  const shared = { stepId: step, content: {}, calls: [call], isKept };
  return [
    assistant(`${step}-text`, 'I look.', step),
    { ...shared, id: `${step}-call`, kind: 'TOOL_CALL' },
    { ...shared, id: `${step}-return`, kind: 'TOOL_RETURN' },
  ];
}
