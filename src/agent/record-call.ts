import { checkArguments } from './check-arguments.ts';
import type { RecordedCall } from './message.ts';
import type { ModelToolCall } from './model.ts';
import { firstStatus, needsDecision, type Tools } from './tool.ts';
import { prefilled, prescribedFor } from './tool-rules/effects.ts';
import { violation } from './tool-rules/texts.ts';
import type { RuleState } from './tool-rules/rule.ts';

/**
 * A call as the model wrote it, with the arguments that the rules give it. One that the rules forbid is answered at once;
 * one that cannot be run waits for nobody: it is answered with what is wrong with it.
 */
export function recordCall(tools: Tools, state: RuleState, { id, name, arguments: text }: ModelToolCall): RecordedCall {
  const problem = violation(state, name) ?? misfit(tools, state, name);
  const argumentsText = problem === undefined ? prefilled(state, name, text) : text;
  const tool = tools.get(name);
  const call = { id, name, argumentsText, wasRun: false, needsDecision: needsDecision(tool) };
  if (problem !== undefined) return { ...call, status: 'FAILED', result: problem };
  const isCallable = tool !== undefined && 'arguments' in checkArguments(tool.parameters, argumentsText);
  const status = isCallable ? firstStatus(tool) : 'REQUESTED';
  return { ...call, status, result: null };
}

/** Set when the rules give a call arguments that its tool cannot take: then no call of it can be carried out. */
export function misfit(tools: Tools, state: RuleState, name: string): string | undefined {
  const prescribed = prescribedFor(state, name);
  const tool = tools.get(name);
  if (!tool || !prescribed) return undefined;
  // What is missing the model may have given.
  const parameters = { ...(tool.parameters as Record<string, unknown>), required: [] };
  if ('arguments' in checkArguments(parameters, JSON.stringify(prescribed))) return undefined;
  return `${name} was not run: the arguments that a tool rule gives it do not fit its schema. The rule has to be corrected.`;
}
