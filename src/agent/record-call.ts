import { checkArguments } from './check-arguments.ts';
import type { RecordedCall } from './message.ts';
import type { ModelToolCall } from './model.ts';
import { firstStatus, needsDecision, type Tools } from './tool.ts';
import { checkPrefill } from './tool-rules/check-prefill.ts';
import { prefilled, prescribedFor } from './tool-rules/effects.ts';
import { violation } from './tool-rules/texts.ts';
import type { RuleState } from './tool-rules/rule.ts';

/**
 * A call as the model wrote it, with the arguments that the rules give it. One that the rules forbid is answered at once;
 * one that cannot be run waits for nobody: it is answered with what is wrong with it.
 */
export function recordCall(
  tools: Tools,
  state: RuleState,
  { id, name, arguments: text, givenId, extra }: ModelToolCall,
): RecordedCall {
  const problem = violation(state, name) ?? misfit(tools, state, name);
  const argumentsText = problem === undefined ? prefilled(state, name, text) : text;
  const tool = tools.get(name);
  const call = {
    id,
    name,
    argumentsText,
    wasRun: false,
    needsDecision: needsDecision(tool),
    givenId: givenId ?? null,
    extra,
  };
  if (problem !== undefined) return { ...call, status: 'FAILED', result: problem };
  const checked = tool && checkArguments(tool.parameters, argumentsText);
  if (!checked) return { ...call, status: 'REQUESTED', result: null };
  if ('arguments' in checked) return { ...call, status: firstStatus(tool), result: null };
  const prescribed = prescribedFor(state, name);
  if (!prescribed) return { ...call, status: 'REQUESTED', result: null };
  const names = Object.keys(prescribed).join(', ');
  return { ...call, status: 'FAILED', result: `${checked.problem} A tool rule sets ${names}, whatever you write.` };
}

/** Set when the rules give a call arguments that its tool can never take: then no call of it can be carried out. */
export function misfit(tools: Tools, state: RuleState, name: string): string | undefined {
  const prescribed = prescribedFor(state, name);
  const tool = tools.get(name);
  const problem = tool && prescribed && checkPrefill(tool.parameters, prescribed);
  return problem && `${name} was not run: a tool rule sets arguments that it does not take: ${problem}.`;
}
