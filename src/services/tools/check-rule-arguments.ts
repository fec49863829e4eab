import { checkPrefill } from '../../agent/tool-rules/check-prefill.ts';
import type { ToolArguments, ToolRule } from '../../agent/tool-rules/rule.ts';
import { InvalidInputError } from '../../errors.ts';
import type { Prisma } from '../../store/generated/client.ts';
import type { Deps, Viewer } from '../deps.ts';
import { visible } from '../visible.ts';

/** For all rules of one request together. The run checks the rest. */
const LIMIT_MS = 1000;

/**
 * Refuses rules that set arguments which their tools do not take. `where` selects the tools that the agent has, beside
 * those of the process. A tool that it gets later, or that is changed later, is checked by the run.
 */
export async function checkRuleArguments(
  { db, tools }: Pick<Deps, 'db' | 'tools'>,
  viewer: Viewer,
  rules: readonly ToolRule[],
  where: Prisma.ToolWhereInput,
): Promise<void> {
  const set = rules.flatMap((rule, index) =>
    argumentsOf(rule).map(({ path, ...rest }) => ({ ...rest, path: ['toolRules', `${index}`, ...path] })),
  );
  if (set.length === 0) return;
  const names = [...new Set(set.map(({ toolName }) => toolName))];
  const attached = await db.tool.findMany({ where: { AND: [visible.tool(viewer), { name: { in: names } }, where] } });
  const schemas = new Map([...tools.values(), ...attached].map(({ name, parameters }) => [name, parameters]));
  const end = performance.now() + LIMIT_MS;
  const issues = set.flatMap(({ toolName, args, path }) => {
    if (!schemas.has(toolName) || performance.now() > end) return [];
    const problem = checkPrefill(schemas.get(toolName), args);
    return problem === undefined ? [] : [{ path, message: `${toolName} does not take them: ${problem}` }];
  });
  if (issues.length > 0) throw new InvalidInputError(issues);
}

/** The arguments that a rule sets, and where they are in its input. */
function argumentsOf(rule: ToolRule): { toolName: string; args: ToolArguments; path: string[] }[] {
  const { type } = rule;
  if (type === 'runFirst') return rule.args ? [{ toolName: rule.toolName, args: rule.args, path: [type, 'args'] }] : [];
  if (type !== 'constrainChildTools') return [];
  return rule.childArgs.map((child, index) => ({ ...child, path: [type, 'childArgs', `${index}`, 'args'] }));
}
