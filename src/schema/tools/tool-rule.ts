import type { ToolRule as Rule } from '../../agent/tool-rules/rule.ts';
import { builder } from '../builder.ts';

type RuleOf<Type extends Rule['type']> = Rule & { type: Type };

const RunFirstToolRule = builder.objectRef<RuleOf<'runFirst'>>('RunFirstToolRule').implement({
  description: 'The first call of a run has to be this tool, or another one with such a rule.',
  fields: (t) => ({
    toolName: t.exposeString('toolName', { description: 'Which tool.' }),
    args: t.expose('args', {
      type: 'JSON',
      nullable: true,
      description: "Arguments that stand in place of the model's, name by name. Null when there are none.",
    }),
  }),
});

const ExitLoopToolRule = oneToolRule<'exitLoop'>(
  'ExitLoopToolRule',
  'When the tool has succeeded, the run ends, with the stop reason TOOL_RULE.',
);

const ContinueLoopToolRule = oneToolRule<'continueLoop'>(
  'ContinueLoopToolRule',
  'The run goes on after the tool, and the prompt says so.',
);

const ChildArgs = builder.objectRef<RuleOf<'constrainChildTools'>['childArgs'][number]>('ChildArgs').implement({
  description: 'Arguments of a tool when it is called as a child.',
  fields: (t) => ({
    toolName: t.exposeString('toolName', { description: 'One of the children.' }),
    args: t.expose('args', { type: 'JSON', description: "They stand in place of the model's, name by name." }),
  }),
});

const ConstrainChildToolRule = builder.objectRef<RuleOf<'constrainChildTools'>>('ConstrainChildToolRule').implement({
  description: 'Right after the tool one of its children has to be called.',
  fields: (t) => ({
    toolName: t.exposeString('toolName', { description: 'After which tool.' }),
    children: t.exposeStringList('children', { description: 'The names of tools, each once.' }),
    childArgs: t.expose('childArgs', { type: [ChildArgs], description: 'What the rule says of their arguments.' }),
  }),
});

const ParentLastToolRule = builder.objectRef<RuleOf<'parentLastTool'>>('ParentLastToolRule').implement({
  description:
    'The children can be called only right after the tool, and then one of them has to be. That holds also while the agent does not have the tool.',
  fields: (t) => ({
    toolName: t.exposeString('toolName', { description: 'After which tool.' }),
    children: t.exposeStringList('children', { description: 'The names of tools, each once.' }),
  }),
});

const ChildOutput = builder.objectRef<RuleOf<'conditional'>['childOutputMapping'][number]>('ChildOutput').implement({
  description: 'Which tool follows on which result.',
  fields: (t) => ({
    output: t.exposeString('output', { description: 'The result, as a text, a number or a truth value.' }),
    toolName: t.exposeString('toolName', { description: 'The tool to call then.' }),
  }),
});

const ConditionalToolRule = builder.objectRef<RuleOf<'conditional'>>('ConditionalToolRule').implement({
  description: 'What has to be called right after the tool depends on its result.',
  fields: (t) => ({
    toolName: t.exposeString('toolName', { description: 'After which tool.' }),
    childOutputMapping: t.expose('childOutputMapping', {
      type: [ChildOutput],
      description: 'From results to tools; the first that fits counts.',
    }),
    defaultChild: t.exposeString('defaultChild', {
      nullable: true,
      description: 'The tool for every other result. Null: any.',
    }),
    requireOutputMapping: t.exposeBoolean('requireOutputMapping', {
      description: 'Whether another result allows none, whatever defaultChild says.',
    }),
  }),
});

const MaxCountPerRunToolRule = builder.objectRef<RuleOf<'maxCountPerRun'>>('MaxCountPerRunToolRule').implement({
  description:
    'The tool is called at most so often in one run, whatever else the rules say. What was refused or denied does not count.',
  fields: (t) => ({
    toolName: t.exposeString('toolName', { description: 'Which tool.' }),
    limit: t.exposeInt('limit', { description: 'At least 1.' }),
  }),
});

const RequiredBeforeExitToolRule = oneToolRule<'requiredBeforeExit'>(
  'RequiredBeforeExitToolRule',
  'A run does not end by itself before the tool was called: a reminder asks the model for the call, until it has made it or all its steps.',
);

const types = {
  runFirst: RunFirstToolRule,
  exitLoop: ExitLoopToolRule,
  continueLoop: ContinueLoopToolRule,
  constrainChildTools: ConstrainChildToolRule,
  parentLastTool: ParentLastToolRule,
  conditional: ConditionalToolRule,
  maxCountPerRun: MaxCountPerRunToolRule,
  requiredBeforeExit: RequiredBeforeExitToolRule,
} satisfies Record<Rule['type'], unknown>;

export const ToolRule = builder.unionType('ToolRule', {
  description:
    'When an agent may, or must, call a tool. Only what all rules allow is offered to the model, one call at a time. Where they leave nothing, all tools are offered again but those that were called as often as they may be. All calls of the run count, also those before it waited for a decision. More members may come.',
  types: Object.values(types),
  resolveType: ({ type }) => types[type],
});

function oneToolRule<Type extends Rule['type']>(name: string, description: string) {
  return builder.objectRef<RuleOf<Type>>(name).implement({
    description,
    fields: (t) => ({
      toolName: t.string({ description: 'Which tool.', resolve: ({ toolName }) => toolName }),
    }),
  });
}
