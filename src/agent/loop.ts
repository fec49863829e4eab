import { askModel, toModelRequest, type ModelTurn, type ReplyEvent, type RetryEvent } from './ask-model.ts';
import type { ContextMeter } from './compaction/context-meter.ts';
import { afterSteps, type Ending } from './ending.ts';
import type { RecordedCall } from './message.ts';
import type { Model, ModelMessage, ToolDeclaration } from './model.ts';
import { toAnswer } from './prompt.ts';
import { runCalls, type CallPorts, type ToolFinishedEvent } from './run-calls.ts';

/** Only tool calls that need an approval or a client result are left; the run is suspended. */
interface SuspendedEvent {
  type: 'suspended';
}

/** It ends without a further model call. */
interface EndedEvent {
  type: 'ended';
  ending: Ending;
}

/** The context leaves too little room in the window: it has to become shorter before the run goes on, or ends. */
interface FullEvent {
  type: 'full';
  /** What the next call would take. */
  tokens: number;
}

type AgentEvent = ReplyEvent | RetryEvent | ToolFinishedEvent | SuspendedEvent | FullEvent | EndedEvent;

export interface AgentTurn extends ModelTurn, CallPorts {
  /** The context, as the model sees it; without the calls of the last step while any of them is open. */
  prompt: ModelMessage[];
  /** The calls of each step that the run has committed, oldest first. Those of the last one may be open. */
  steps: RecordedCall[][];
  /** The ending that the last of them has brought, and that was put off. */
  putOff: Ending | null;
  maxSteps: number;
  meter: ContextMeter;
}

/**
 * Asks the model, runs the tools it calls, and repeats until it calls none. What it yields has to be stored before it is
 * resumed, so that the next worker can resume from there. The last event has an ending, or is `suspended` or `full`.
 */
export async function* runAgent(turn: AgentTurn, signal: AbortSignal): AsyncGenerator<AgentEvent, void> {
  const prompt = [...turn.prompt];
  const steps = [...turn.steps];
  if (turn.putOff) return yield { type: 'ended', ending: turn.putOff };
  for (;;) {
    if (steps.at(-1)?.some(isOpen)) {
      const calls = yield* runCalls(turn, steps.pop()!, signal);
      steps.push(calls);
      if (calls.some(isOpen)) return yield { type: 'suspended' };
      prompt.push(...returnsOf(calls));
    }
    const ending = afterSteps(turn, steps);
    if (ending) return yield { type: 'ended', ending };
    const { tools } = toModelRequest(turn, prompt, steps);
    const tokens = await turn.meter.excess(prompt, tools);
    if (tokens !== undefined) return yield { type: 'full', tokens };
    const step = yield* askModel(turn, prompt, steps, signal);
    const answer = answerOf(turn.model, step.reply);
    turn.meter.learn(prompt.length + answer.length, step.reply.usage);
    if (step.ending) return yield* end(turn.meter, step, [...prompt, ...answer], tools);
    yield step;
    steps.push(step.calls);
    prompt.push(...told(turn.model, step));
  }
}

/** Room for the next message is made while its sender still reads the answer. */
async function* end(
  meter: ContextMeter,
  step: ReplyEvent,
  context: ModelMessage[],
  tools: ToolDeclaration[],
): AsyncGenerator<ReplyEvent | FullEvent, void> {
  const tokens = step.ending?.status === 'COMPLETED' ? await meter.excess(context, tools) : undefined;
  yield { ...step, isPutOff: tokens !== undefined };
  if (tokens !== undefined) yield { type: 'full', tokens };
}

/** What a step adds to the context: the same as whoever takes over reads. */
function told(model: Model, { reply, calls, requirement }: ReplyEvent): ModelMessage[] {
  return [
    ...answerOf(model, reply),
    ...(calls.some(isOpen) ? [] : returnsOf(calls)),
    ...(requirement === null ? [] : [{ role: 'system' as const, text: requirement }]),
  ];
}

function answerOf({ handle: origin }: Model, { text, toolCalls, reasoningData }: ReplyEvent['reply']): ModelMessage[] {
  return text || toolCalls.length > 0 ? [toAnswer(text, toolCalls, { origin, reasoningData })] : [];
}

function returnsOf(calls: RecordedCall[]): ModelMessage[] {
  return calls.map(({ id, result }) => ({ role: 'tool', toolCallId: id, text: result ?? '' }));
}

function isOpen({ result }: RecordedCall): boolean {
  return result === null;
}
