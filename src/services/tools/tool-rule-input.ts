import { z } from 'zod';
import type { ToolRule } from '../../agent/tool-rules/rule.ts';
import { metadata, plainText } from '../input.ts';

const toolName = z
  .string()
  .regex(/^[a-zA-Z0-9_-]{1,64}$/, 'must be the name of a tool: 1 to 64 letters, digits, underscores and hyphens');

/** Rules of an agent, and entries of each list in a rule. */
export const MAX_RULES = 100;
const children = z
  .array(toolName)
  .min(1, 'must name a tool')
  .max(MAX_RULES)
  .transform((names) => [...new Set(names)]);
const oneTool = z.object({ toolName });

const constrainChildTools = z
  .object({
    toolName,
    children,
    childArgs: z
      .array(z.object({ toolName, args: metadata }))
      .max(MAX_RULES)
      .nullish()
      .transform((given) => given ?? []),
  })
  .superRefine((rule, { addIssue }) => {
    for (const [index, child] of rule.childArgs.entries()) {
      const path = ['childArgs', index, 'toolName'];
      if (!rule.children.includes(child.toolName)) addIssue({ code: 'custom', path, message: 'must be in children' });
      if (rule.childArgs.findIndex((other) => other.toolName === child.toolName) < index)
        addIssue({ code: 'custom', path, message: 'must be there only once' });
    }
  });

const conditional = z.object({
  toolName,
  childOutputMapping: z
    .array(z.object({ output: plainText.max(1000), toolName }))
    .min(1, 'must have an entry')
    .max(MAX_RULES),
  defaultChild: toolName.nullish().transform((name) => name ?? null),
  requireOutputMapping: z
    .boolean()
    .nullish()
    .transform((isRequired) => isRequired ?? false),
});

const kinds = {
  runFirst: z.object({ toolName, args: metadata.nullish().transform((args) => args ?? null) }),
  exitLoop: oneTool,
  continueLoop: oneTool,
  constrainChildTools,
  parentLastTool: z.object({ toolName, children }),
  conditional,
  maxCountPerRun: z.object({ toolName, limit: z.int().min(1, 'must be at least 1') }),
  requiredBeforeExit: oneTool,
} satisfies Record<ToolRule['type'], z.ZodType>;

type Checked = { [Kind in keyof typeof kinds]: { type: Kind } & z.output<(typeof kinds)[Kind]> }[keyof typeof kinds];

/** The rules of an agent, from one field a kind to what is stored. */
export const toolRules = z
  .array(
    z
      .object(kinds)
      .partial()
      .refine((rule) => Object.keys(rule).length === 1, 'must have exactly one field')
      .transform((rule) => {
        const [[type, fields] = []] = Object.entries(rule);
        return { type, ...fields } as Checked satisfies ToolRule;
      }),
  )
  .max(MAX_RULES, `must not be more than ${MAX_RULES}`);
