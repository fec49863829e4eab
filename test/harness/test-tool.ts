import type { Tool } from '../../src/agent/tool.ts';

interface Plan {
  requiresApproval?: boolean;
  isParallel?: boolean;
  isIdempotent?: boolean;
  returnLimit?: number;
  /** Any arguments, unless it is told otherwise. */
  parameters?: object;
  /** The client runs it. */
  isClient?: boolean;
  run?: Tool['run'];
}

/** A tool of the server under test. It answers "<name> done" unless it is told otherwise. */
export function testTool(name: string, plan: Plan = {}): [string, Tool] {
  const { requiresApproval = false, isParallel = false, isIdempotent = false, returnLimit = 50_000, isClient } = plan;
  const tool = {
    name,
    description: `Does ${name}.`,
    parameters: plan.parameters ?? { type: 'object', properties: { amount: { type: 'integer' } } },
    requiresApproval,
    isParallel,
    isIdempotent,
    returnLimit,
  };
  return [name, isClient ? tool : { ...tool, run: plan.run ?? (async () => `${name} done`) }];
}
