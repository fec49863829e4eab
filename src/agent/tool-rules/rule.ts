import { asGiven, type WithCopy } from '../../key-order.ts';
import type { RecordedCall } from '../message.ts';
import type { Tools } from '../tool.ts';

export type ToolArguments = Record<string, unknown>;

/** When an agent may or must call its tools, as it is stored. What it says of a tool that the agent does not have, has no effect. */
export type ToolRule =
  | { type: 'runFirst'; toolName: string; args: ToolArguments | null }
  | { type: 'exitLoop'; toolName: string }
  | { type: 'continueLoop'; toolName: string }
  | {
      type: 'constrainChildTools';
      toolName: string;
      children: string[];
      childArgs: { toolName: string; args: ToolArguments }[];
    }
  | { type: 'parentLastTool'; toolName: string; children: string[] }
  | {
      type: 'conditional';
      toolName: string;
      childOutputMapping: { output: string; toolName: string }[];
      defaultChild: string | null;
      requireOutputMapping: boolean;
    }
  | { type: 'maxCountPerRun'; toolName: string; limit: number }
  | { type: 'requiredBeforeExit'; toolName: string };

/** The rules of an agent's row. Only validated input is written to the column. */
export function toolRulesOf(agent: WithCopy<'toolRules'>): ToolRule[] {
  return asGiven(agent, 'toolRules') as ToolRule[];
}

/** A call of this run that was carried out, however it went. One that was refused or denied is none. */
export interface PastCall {
  name: string;
  result: string;
}

/** Where a run stands: its rules, the names of all its tools, and its calls, oldest first. */
export interface RuleState {
  rules: readonly ToolRule[];
  tools: readonly string[];
  history: readonly PastCall[];
}

/** Where a run stands after these steps. */
export function stateOf(
  { toolRules, tools }: { toolRules: readonly ToolRule[]; tools: Tools },
  steps: RecordedCall[][],
): RuleState {
  const past = steps.flat().filter(({ wasRun }) => wasRun);
  return {
    rules: toolRules,
    tools: [...tools.keys()],
    history: past.map(({ name, result }) => ({ name, result: result ?? '' })),
  };
}
