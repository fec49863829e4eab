import { MAX_RULES } from '../../services/tools/tool-rule-input.ts';
import { builder } from '../builder.ts';

const ARGUMENTS =
  "A JSON object: arguments that stand in place of the model's, name by name. What the model writes and these are checked together against the tool's schema. Each is one that the schema names, or allows by an explicit `additionalProperties`, and fits it: else InvalidInputError when the agent has the tool; when it gets the tool later, the run that calls it fails with INVALID_TOOL_CALL.";

const OneToolRuleInput = builder.inputType('OneToolRuleInput', {
  description: 'A rule that needs nothing but the name of its tool.',
  fields: (t) => ({ toolName: t.string({ required: true, description: 'Which tool.' }) }),
});

const RunFirstToolRuleInput = builder.inputType('RunFirstToolRuleInput', {
  description: 'The first call of a run has to be this tool, or another one with such a rule.',
  fields: (t) => ({
    toolName: t.string({ required: true, description: 'Which tool.' }),
    args: t.field({
      type: 'JSON',
      description: ARGUMENTS,
    }),
  }),
});

const ChildArgsInput = builder.inputType('ChildArgsInput', {
  description: 'Arguments of a tool when it is called as a child.',
  fields: (t) => ({
    toolName: t.string({ required: true, description: 'One of the children; each at most once.' }),
    args: t.field({
      type: 'JSON',
      required: true,
      description: ARGUMENTS,
    }),
  }),
});

const ConstrainChildToolRuleInput = builder.inputType('ConstrainChildToolRuleInput', {
  description: 'Right after the tool one of its children has to be called.',
  fields: (t) => ({
    toolName: t.string({ required: true, description: 'After which tool.' }),
    children: t.stringList({ required: true, description: `The names of tools, 1 to ${MAX_RULES}.` }),
    childArgs: t.field({ type: [ChildArgsInput], description: 'What the rule says of their arguments.' }),
  }),
});

const ParentLastToolRuleInput = builder.inputType('ParentLastToolRuleInput', {
  description: 'The children can be called only right after the tool, and then one of them has to be.',
  fields: (t) => ({
    toolName: t.string({ required: true, description: 'After which tool.' }),
    children: t.stringList({ required: true, description: `The names of tools, 1 to ${MAX_RULES}.` }),
  }),
});

const ChildOutputInput = builder.inputType('ChildOutputInput', {
  description: 'Which tool follows on which result.',
  fields: (t) => ({
    output: t.string({
      required: true,
      description: 'The result: the same text, the same number (1 is 1.0) or the same truth value (true is True).',
    }),
    toolName: t.string({ required: true, description: 'The tool to call then.' }),
  }),
});

const ConditionalToolRuleInput = builder.inputType('ConditionalToolRuleInput', {
  description: 'What has to be called right after the tool depends on its result.',
  fields: (t) => ({
    toolName: t.string({ required: true, description: 'After which tool.' }),
    childOutputMapping: t.field({
      type: [ChildOutputInput],
      required: true,
      description: `From results to tools, 1 to ${MAX_RULES}; the first that fits counts.`,
    }),
    defaultChild: t.string({ description: 'The tool for every other result. Any, if not given.' }),
    requireOutputMapping: t.boolean({
      description:
        'Whether another result allows none, whatever defaultChild says: then the rules allow nothing, and all tools are offered. false if not given.',
    }),
  }),
});

const MaxCountPerRunToolRuleInput = builder.inputType('MaxCountPerRunToolRuleInput', {
  description: 'The tool is called at most so often in one run.',
  fields: (t) => ({
    toolName: t.string({ required: true, description: 'Which tool.' }),
    limit: t.int({ required: true, description: 'At least 1.' }),
  }),
});

export const ToolRuleInput = builder.inputType('ToolRuleInput', {
  description:
    'A rule for calls of tools. Exactly one field. Tools are named; of a tool that the agent does not have (yet, or any more) a rule has no effect.',
  isOneOf: true,
  fields: (t) => ({
    runFirst: t.field({ type: RunFirstToolRuleInput, description: 'It comes first.' }),
    exitLoop: t.field({ type: OneToolRuleInput, description: 'When it has succeeded, the run ends.' }),
    continueLoop: t.field({
      type: OneToolRuleInput,
      description: 'The run goes on after the tool, and the prompt says so.',
    }),
    constrainChildTools: t.field({ type: ConstrainChildToolRuleInput, description: 'What comes right after it.' }),
    parentLastTool: t.field({ type: ParentLastToolRuleInput, description: 'What comes only right after it.' }),
    conditional: t.field({ type: ConditionalToolRuleInput, description: 'What comes after it, by its result.' }),
    maxCountPerRun: t.field({ type: MaxCountPerRunToolRuleInput, description: 'How often it can be called.' }),
    requiredBeforeExit: t.field({ type: OneToolRuleInput, description: 'A run does not end before it was called.' }),
  }),
});
