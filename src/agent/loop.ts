import { newId } from '../ids.ts';
import type { RecordedCall } from './message.ts';
import type { Model, ModelMessage, ModelReply, ModelSettings } from './model.ts';
import { callTool, type Tool, type ToolResult } from './tool.ts';

/** How a run ends of itself. */
interface Ending {
  status: 'COMPLETED' | 'FAILED';
  stopReason: 'END_TURN' | 'MAX_STEPS' | 'MAX_TOKENS_EXCEEDED' | 'INVALID_LLM_RESPONSE';
  error?: { code: string; message: string };
}

/** One model call that came to its end. Its message ids are those of its deltas. */
export interface ReplyEvent {
  type: 'reply';
  index: number;
  messageIds: { text: string; reasoning: string };
  reply: ModelReply;
  calls: RecordedCall[];
  ending: Ending | null;
}

export interface ToolReturnsEvent {
  type: 'toolReturns';
  index: number;
  results: ToolResult[];
  ending: Ending | null;
}

interface AgentTurn {
  model: Model;
  settings: ModelSettings;
  tools: Map<string, Tool>;
  /** The context, as the model sees it. */
  prompt: ModelMessage[];
  /** Calls of the last committed step that have no return yet: a lost worker left them. */
  openCalls: RecordedCall[];
  /** How many steps the run has committed. */
  stepCount: number;
  maxSteps: number;
  /** Takes the text as it is written; a promise holds the model's stream back. */
  onDelta(delta: { type: 'text' | 'reasoning'; messageId: string; text: string }): void | Promise<void>;
}

/**
 * Asks the model, runs the tools it calls, and repeats until it calls none. What it yields has to be stored before it is
 * resumed, so that whoever takes over goes on from there. The last event, and only it, has an ending.
 */
export async function* runAgent(
  turn: AgentTurn,
  signal: AbortSignal,
): AsyncGenerator<ReplyEvent | ToolReturnsEvent, void> {
  const prompt = [...turn.prompt];
  let stepCount = turn.stepCount;
  let calls = turn.openCalls;
  for (;;) {
    if (calls.length === 0) {
      const step = await askModel(turn, prompt, stepCount, signal);
      yield step;
      if (step.ending) return;
      stepCount += 1;
      calls = step.calls;
      prompt.push({ role: 'assistant', text: step.reply.text, toolCalls: step.reply.toolCalls });
    }
    const results: ToolResult[] = [];
    for (const call of calls) results.push(await callTool(turn.tools, call, signal));
    const ending: Ending | null = stepCount >= turn.maxSteps ? { status: 'COMPLETED', stopReason: 'MAX_STEPS' } : null;
    yield { type: 'toolReturns', index: stepCount - 1, results, ending };
    if (ending) return;
    calls = [];
    prompt.push(...results.map(({ id, result }) => ({ role: 'tool' as const, toolCallId: id, text: result })));
  }
}

async function askModel(
  turn: AgentTurn,
  prompt: ModelMessage[],
  index: number,
  signal: AbortSignal,
): Promise<ReplyEvent> {
  const messageIds = { reasoning: newId('Message'), text: newId('Message') };
  const request = { messages: prompt, tools: [...turn.tools.values()], settings: turn.settings };
  const onDelta: Parameters<Model['reply']>[1] = ({ type, text }) =>
    turn.onDelta({ type, messageId: messageIds[type], text });
  const received = await turn.model.reply(request, onDelta, signal);
  // An answer that was cut off may have cut a call. From here on a call goes by our own id, whatever the provider named it.
  const isWhole = received.finishReason === 'STOP' || received.finishReason === 'TOOL_CALLS';
  const toolCalls = isWhole ? received.toolCalls.map((call) => ({ ...call, id: newId('ToolCall') })) : [];
  const reply = { ...received, toolCalls };
  const calls = toolCalls.map((call) => ({
    id: call.id,
    name: call.name,
    argumentsText: call.arguments,
    result: null,
  }));
  return { type: 'reply', index, messageIds, reply, calls, ending: endingOf(reply) };
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
