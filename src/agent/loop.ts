import { askModel, type Ending, type ModelTurn, type ReplyEvent, type RetryEvent } from './ask-model.ts';
import type { RecordedCall } from './message.ts';
import type { ModelMessage } from './model.ts';
import { runCall, type ToolResult, type ToolStartedEvent } from './tool.ts';

export interface ToolFinishedEvent {
  type: 'toolFinished';
  index: number;
  result: ToolResult;
  /** No other call of the step is open. */
  isLast: boolean;
  ending: Ending | null;
}

interface AgentTurn extends ModelTurn {
  /** The context, as the model sees it. */
  prompt: ModelMessage[];
  /** All calls of the last committed step, when some of them are open: a lost worker left them. */
  openCalls: RecordedCall[];
  /** How many steps the run has committed. */
  stepCount: number;
  maxSteps: number;
}

/**
 * Asks the model, runs the tools it calls, and repeats until it calls none. What it yields has to be stored before it is
 * resumed, so that whoever takes over goes on from there. The last event, and only it, has an ending.
 */
export async function* runAgent(
  turn: AgentTurn,
  signal: AbortSignal,
): AsyncGenerator<ReplyEvent | RetryEvent | ToolStartedEvent | ToolFinishedEvent, void> {
  const prompt = [...turn.prompt];
  let stepCount = turn.stepCount;
  let calls = turn.openCalls;
  for (;;) {
    if (calls.length === 0) {
      const step = yield* askModel(turn, prompt, stepCount, signal);
      yield step;
      if (step.ending) return;
      stepCount += 1;
      calls = step.calls;
      prompt.push({ role: 'assistant', text: step.reply.text, toolCalls: step.reply.toolCalls });
    }
    const ending: Ending | null = stepCount >= turn.maxSteps ? { status: 'COMPLETED', stopReason: 'MAX_STEPS' } : null;
    const last = calls.findLast(({ result }) => result === null);
    for (const call of calls) {
      const isLast = call === last;
      if (call.result === null) {
        const result = yield* runCall(turn.tools, call, signal);
        yield { type: 'toolFinished', index: stepCount - 1, result, isLast, ending: isLast ? ending : null };
        call.result = result.result;
      }
      prompt.push({ role: 'tool', toolCallId: call.id, text: call.result });
    }
    if (ending) return;
    calls = [];
  }
}
