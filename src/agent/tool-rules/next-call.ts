import type { ToolChoice } from '../model.ts';
import type { RuleState, ToolRule } from './rule.ts';

/** What a rule says of the next call. */
interface Verdict {
  rule: ToolRule;
  allows(name: string): boolean;
  /** There has to be a call. */
  isForcing: boolean;
}

/** The tools for the next model call, and whether it has to call one. */
export function nextCall(state: RuleState): { tools: string[]; choice?: ToolChoice } {
  const tools = allowedTools(state);
  // Some providers refuse a history with calls in a request without tools.
  if (tools.length === 0) return state.tools.length > 0 ? { tools: [...state.tools], choice: 'none' } : { tools };
  if (!verdictsOf(state).some(({ isForcing }) => isForcing)) return { tools };
  const [first = ''] = tools;
  return { tools, choice: tools.length === 1 ? { name: first } : 'required' };
}

/** What all rules allow. Where they leave nothing, only the counts hold: rules that contradict each other must not end a run. */
export function allowedTools(state: RuleState): string[] {
  const verdicts = verdictsOf(state);
  const allowedBy = (given: Verdict[]) => state.tools.filter((name) => given.every(({ allows }) => allows(name)));
  const allowed = allowedBy(verdicts);
  return allowed.length > 0 ? allowed : allowedBy(verdicts.filter(({ rule }) => rule.type === 'maxCountPerRun'));
}

/** What each rule that has something to say now says of the next call. */
export function verdictsOf(state: RuleState): Verdict[] {
  const verdicts = state.rules.map((rule) => verdictOf(rule, state)).filter((verdict) => verdict !== undefined);
  const first = verdicts.filter(({ rule }) => rule.type === 'runFirst').map(({ rule }) => rule.toolName);
  if (first.length === 0) return verdicts;
  // Any of them will do, whatever else the rules say of it.
  return verdicts.flatMap((verdict) =>
    verdict.rule.type === 'runFirst' ? { ...verdict, allows: (name: string) => first.includes(name) } : [],
  );
}

/** Undefined: nothing. */
function verdictOf(rule: ToolRule, { tools, history }: RuleState): Verdict | undefined {
  const last = history.at(-1);
  const isAfter = last?.name === rule.toolName;
  const only = (names: string[]) =>
    names.some((name) => tools.includes(name))
      ? { rule, allows: (name: string) => names.includes(name), isForcing: true }
      : undefined;
  switch (rule.type) {
    case 'runFirst':
      return last ? undefined : only([rule.toolName]);
    case 'constrainChildTools':
      return isAfter ? only(rule.children) : undefined;
    case 'parentLastTool':
      if (isAfter) return only(rule.children);
      return { rule, allows: (name) => !rule.children.includes(name), isForcing: false };
    case 'conditional': {
      if (!isAfter) return undefined;
      const child = childFor(rule, last.result);
      if (child !== null) return only([child]);
      return { rule, allows: () => !rule.requireOutputMapping, isForcing: true };
    }
    case 'maxCountPerRun': {
      const count = history.filter(({ name }) => name === rule.toolName).length;
      return { rule, allows: (name) => name !== rule.toolName || count < rule.limit, isForcing: false };
    }
    default:
      return undefined;
  }
}

function childFor(rule: ToolRule & { type: 'conditional' }, result: string): string | null {
  const match = rule.childOutputMapping.find(({ output }) => isSame(output, result));
  return match?.toolName ?? (rule.requireOutputMapping ? null : rule.defaultChild);
}

/** As texts, as numbers (1.0 is 1) or as truth values (True is true). */
function isSame(expected: string, result: string): boolean {
  const [a, b] = [expected.trim(), result.trim()];
  if (a === b || (/^(true|false)$/i.test(a) && a.toLowerCase() === b.toLowerCase())) return true;
  return a !== '' && b !== '' && Number(a) === Number(b);
}
