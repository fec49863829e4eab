import type { ToolDeclaration } from '../../agent/model.ts';
import type { Tool, Tools } from '../../agent/tool.ts';
import type { Hold } from '../../events/change.ts';
import type { Prisma, Tool as ToolRow } from '../../store/generated/client.ts';
import type { Deps } from '../../services/deps.ts';
import { runBuiltIn } from './built-ins/run-built-in.ts';
import type { RunRequest } from '../../services/runs/run-request.ts';
import { DEFAULT_RETURN_LIMIT } from '../../services/tools/tool.ts';

/** What of an agent says which tools it has. */
export const attachedTools = {
  include: { tool: true },
  orderBy: { toolId: 'asc' },
} satisfies Prisma.Agent$toolsArgs;

type AttachedTool = Prisma.AgentToolGetPayload<typeof attachedTools>;

/**
 * What the model of a run may call, by name: what the client declared with its message hides a tool of the agent with the
 * same name, and that one a tool of the process. Without a hold they are to be shown, not to be run.
 */
export function toolsOf(
  deps: Pick<Deps, 'db' | 'wakeups' | 'tools'>,
  hold: Hold | null,
  attached: AttachedTool[],
  { clientTools }: Pick<RunRequest, 'clientTools'>,
): Tools {
  return new Map<string, Tool>([
    ...deps.tools,
    ...attached.map((each) => [each.tool.name, toTool(deps, hold, each)] as const),
    ...(clientTools ?? []).map((each) => [each.name, declaredTool(each)] as const),
  ]);
}

function toTool(deps: Pick<Deps, 'db' | 'wakeups'>, hold: Hold | null, { tool, requiresApproval }: AttachedTool): Tool {
  const { name, description, parameters, returnLimit } = tool;
  return {
    name,
    description,
    parameters,
    returnLimit,
    isIdempotent: tool.idempotent,
    isParallel: tool.parallel,
    requiresApproval: requiresApproval ?? tool.requiresApproval,
    ...runnerOf(deps, hold, tool),
  };
}

function runnerOf(deps: Pick<Deps, 'db' | 'wakeups'>, hold: Hold | null, { kind, name }: ToolRow): Pick<Tool, 'run'> {
  switch (kind) {
    case 'BUILT_IN':
      return hold ? { run: (request) => runBuiltIn(deps, hold, name, request) } : {};
    case 'CLIENT':
      return {};
  }
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
