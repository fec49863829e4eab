import type { RuleState, ToolRule } from './rule.ts';
import { allowedTools, verdictsOf } from './next-call.ts';

/** What the model is told of a call that the rules forbid; undefined when they do not, or when there is no such tool. */
export function violation(state: RuleState, name: string): string | undefined {
  const allowed = allowedTools(state);
  if (allowed.includes(name) || !state.tools.includes(name)) return undefined;
  const broken = verdictsOf(state).filter(({ allows }) => !allows(name));
  const now = allowed.length > 0 ? `You may call now: ${allowed.join(', ')}.` : 'You may call no tool any more.';
  return [`${name} was not run: it may not be called now.`, now, ...broken.map(({ rule }) => textOf(rule))].join(' ');
}

/** What the model is told when it wants to end, and may not yet. */
export function requirement(missing: string[]): string {
  return `You cannot finish yet: these tools have to be called first: ${missing.join(', ')}.`;
}

/** The part of the system prompt that tells the rules; empty when there is nothing to tell. */
export function describeToolRules(rules: readonly ToolRule[]): string {
  const lines = rules
    .filter(({ type }) => type !== 'runFirst' && type !== 'requiredBeforeExit')
    .map((rule) => `- ${textOf(rule)}`);
  return lines.length > 0 ? ['<tool_usage_rules>', ...lines, '</tool_usage_rules>'].join('\n') : '';
}

function textOf(rule: ToolRule): string {
  const { toolName } = rule;
  switch (rule.type) {
    case 'runFirst':
      return `The first call must be ${toolName}, or another tool that has to come first.`;
    case 'exitLoop':
      return `Your turn ends with a call of ${toolName}.`;
    case 'continueLoop':
      return `After ${toolName} your turn goes on.`;
    case 'constrainChildTools':
      return `Right after ${toolName}, call one of: ${rule.children.join(', ')}.`;
    case 'parentLastTool':
      return `Only right after ${toolName} may you call, and then must: ${rule.children.join(' or ')}.`;
    case 'conditional': {
      const cases = rule.childOutputMapping.map(({ output, toolName: child }) => `${JSON.stringify(output)}: ${child}`);
      if (rule.defaultChild !== null && !rule.requireOutputMapping) cases.push(`anything else: ${rule.defaultChild}`);
      return `What to call right after ${toolName} depends on what it returns: ${cases.join('; ')}.`;
    }
    case 'maxCountPerRun':
      return `${toolName} may be called at most ${rule.limit} ${rule.limit === 1 ? 'time' : 'times'} before you have answered.`;
    case 'requiredBeforeExit':
      return `You cannot finish before ${toolName} was called.`;
  }
}
