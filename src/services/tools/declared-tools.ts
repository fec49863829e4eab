import type { ToolDeclaration } from '../../agent/model.ts';
import type { Tool, Tools } from '../../agent/tool.ts';
import { asGiven } from '../../key-order.ts';
import type { AgentTool, Prisma, Tool as ToolRow } from '../../store/generated/client.ts';
import type { Deps } from '../deps.ts';
import { DEFAULT_RETURN_LIMIT } from './tool.ts';

/** Selects the tools of an agent for `declaredTools`. */
export const attachedTools = {
  include: { tool: true },
  orderBy: { toolId: 'asc' },
} satisfies Prisma.Agent$toolsArgs;

/** What `declaredTools` reads of a tool. */
export const toolColumns = [
  'name',
  'description',
  'parameters',
  'parametersAsGiven',
  'kind',
  'returnLimit',
  'requiresApproval',
  'idempotent',
  'parallel',
] as const;

type ToolColumns = Pick<ToolRow, (typeof toolColumns)[number]>;

export type AttachedTool = Pick<AgentTool, 'requiresApproval'> & { tool: ToolColumns };

/** Returns how this process runs a tool; nothing for a tool that the client runs. */
export type RunnerOf = (tool: ToolColumns) => Pick<Tool, 'run'>;

/**
 * The tools that a run offers its model, by name. A tool that the client declared with its message hides an attached tool
 * of the same name, and an attached tool hides one of the process. Without `runnerOf` the result is for display only.
 */
export function declaredTools(
  { tools }: Pick<Deps, 'tools'>,
  attached: AttachedTool[],
  clientTools: ToolDeclaration[] | null,
  runnerOf: RunnerOf = () => ({}),
): Tools {
  return new Map<string, Tool>([
    ...tools,
    ...attached.map((each) => [each.tool.name, { ...toTool(each), ...runnerOf(each.tool) }] as const),
    ...(clientTools ?? []).map((each) => [each.name, declaredTool(each)] as const),
  ]);
}

function toTool({ tool, requiresApproval }: AttachedTool): Tool {
  const { name, description, returnLimit } = tool;
  return {
    name,
    description,
    parameters: asGiven(tool, 'parameters'),
    returnLimit,
    isIdempotent: tool.idempotent,
    isParallel: tool.parallel,
    requiresApproval: requiresApproval ?? tool.requiresApproval,
  };
}

function declaredTool(declaration: ToolDeclaration): Tool {
  return {
    ...declaration,
    returnLimit: DEFAULT_RETURN_LIMIT,
    isIdempotent: false,
    isParallel: false,
    requiresApproval: false,
  };
}
