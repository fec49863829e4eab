import { parseExactly } from '../exact-json.ts';
import type { RuleState, ToolArguments, ToolRule } from './rule.ts';

/** The text of a call's arguments, with those that the rules prescribe for it in place of the model's. Numbers stay as they are. */
export function prefilled(state: RuleState, name: string, argumentsText: string): string {
  const prescribed = prescribedFor(state, name);
  const own = prescribed && parseObject(argumentsText);
  return own ? JSON.stringify({ ...own, ...prescribed }) : argumentsText;
}

/** The arguments that the rules prescribe for the next call, if it is this; undefined when there are none. */
export function prescribedFor(state: RuleState, name: string): ToolArguments | undefined {
  const prescribed = state.rules.flatMap((rule) => argumentsBy(rule, state, name) ?? []);
  return prescribed.length > 0 ? Object.assign({}, ...prescribed) : undefined;
}

function argumentsBy(rule: ToolRule, { history }: RuleState, name: string): ToolArguments | null | undefined {
  const last = history.at(-1);
  if (rule.type === 'runFirst') return !last && rule.toolName === name ? rule.args : undefined;
  if (rule.type !== 'constrainChildTools' || last?.name !== rule.toolName) return undefined;
  return rule.childArgs.find(({ toolName }) => toolName === name)?.args;
}

/** No arguments at all, and null, are an empty object. Undefined: no object, and then the call is refused for that. */
function parseObject(text: string): ToolArguments | undefined {
  try {
    const value: unknown = text.trim() === '' ? {} : (parseExactly(text) ?? {});
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as ToolArguments) : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a run is over once this tool has done its work. */
export function endsRun({ rules }: Pick<RuleState, 'rules'>, name: string): boolean {
  return rules.some((rule) => rule.type === 'exitLoop' && rule.toolName === name);
}

/** The tools that have to be called before the run may end. */
export function missingTools({ rules, tools, history }: RuleState): string[] {
  const missing = rules
    .filter(({ type }) => type === 'requiredBeforeExit')
    .map(({ toolName }) => toolName)
    .filter((name) => tools.includes(name) && !history.some((call) => call.name === name));
  return [...new Set(missing)];
}
