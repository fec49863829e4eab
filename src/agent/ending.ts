import type { RecordedCall } from './message.ts';
import type { ModelReply } from './model.ts';
import { misfit } from './record-call.ts';
import { mostRepeated, MOST_FAILURES } from './repeated-failures.ts';
import type { Tools } from './tool.ts';
import { endsRun, missingTools } from './tool-rules/effects.ts';
import { requirement, violation } from './tool-rules/texts.ts';
import { stateOf, type RuleState } from './tool-rules/rule.ts';

/** How a run ends of itself. */
export interface Ending {
  status: 'COMPLETED' | 'FAILED';
  stopReason:
    'END_TURN' | 'MAX_STEPS' | 'TOOL_RULE' | 'MAX_TOKENS_EXCEEDED' | 'INVALID_LLM_RESPONSE' | 'INVALID_TOOL_CALL';
  error?: { code: string; message: string };
}

/** Whether the run ends with an answer, and what the model is told when it may not end yet. */
export function afterReply(
  tools: Tools,
  state: RuleState,
  reply: ModelReply,
): { requirement: string | null; ending: Ending | null } {
  const [call] = reply.toolCalls;
  const message = call && !violation(state, call.name) && misfit(tools, state, call.name);
  if (message) {
    const error = { code: 'INVALID_TOOL_CALL', message };
    return { requirement: null, ending: { status: 'FAILED', stopReason: 'INVALID_TOOL_CALL', error } };
  }
  const ending = endingOf(reply);
  const missing = ending?.status === 'COMPLETED' ? missingTools(state) : [];
  return missing.length > 0 ? { requirement: requirement(missing), ending: null } : { requirement: null, ending };
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

/** Whether the run ends after these steps, whose calls are all answered. */
export function afterSteps(
  turn: Parameters<typeof stateOf>[0] & { maxSteps: number },
  steps: RecordedCall[][],
): Ending | null {
  const state = stateOf(turn, steps);
  const isExit = steps.at(-1)?.some(({ name, status }) => status === 'SUCCEEDED' && endsRun(state, name)) ?? false;
  if (isExit && missingTools(state).length === 0) return { status: 'COMPLETED', stopReason: 'TOOL_RULE' };
  const repeated = mostRepeated(steps);
  if (repeated && repeated.count >= MOST_FAILURES) {
    const message = `The same call of ${repeated.name} failed ${repeated.count} times in a row, and the run was ended.`;
    return { status: 'FAILED', stopReason: 'INVALID_TOOL_CALL', error: { code: 'INVALID_TOOL_CALL', message } };
  }
  return steps.length >= turn.maxSteps ? { status: 'COMPLETED', stopReason: 'MAX_STEPS' } : null;
}
