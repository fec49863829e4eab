import { expect, test } from 'vitest';
import { endsRun, missingTools, prefilled } from '../../../src/agent/tool-rules/effects.ts';
import { describeToolRules, violation } from '../../../src/agent/tool-rules/texts.ts';
import type { ToolRule } from '../../../src/agent/tool-rules/rule.ts';
import { nextCall } from '../../../src/agent/tool-rules/next-call.ts';

const tools = ['a', 'b', 'c', 'd'];

/** A state after calls of these tools; `a=yes` is one that returned yes. */
function after(rules: ToolRule[], ...calls: string[]) {
  const history = calls.map((call) => {
    const [name = '', result = 'ok'] = call.split('=');
    return { name, result };
  });
  return { rules, tools, history };
}

const runFirst = (toolName: string, args: Record<string, unknown> | null = null): ToolRule => {
  return { type: 'runFirst', toolName, args };
};
const child = (toolName: string, children: string[], childArgs: { toolName: string; args: {} }[] = []): ToolRule => {
  return { type: 'constrainChildTools', toolName, children, childArgs };
};
const parent = (toolName: string, ...children: string[]): ToolRule => ({ type: 'parentLastTool', toolName, children });
const maxCount = (toolName: string, limit: number): ToolRule => ({ type: 'maxCountPerRun', toolName, limit });
const conditional = (given: Partial<ToolRule & { type: 'conditional' }> = {}): ToolRule => ({
  type: 'conditional',
  toolName: 'a',
  childOutputMapping: [{ output: 'yes', toolName: 'b' }],
  defaultChild: null,
  requireOutputMapping: false,
  ...given,
});

test.for<[string, ToolRule[], string[], ReturnType<typeof nextCall>]>([
  ['no rule', [], ['a'], { tools }],
  ['one that comes first', [runFirst('b')], [], { tools: ['b'], choice: { name: 'b' } }],
  ['two that come first', [runFirst('b'), runFirst('c')], [], { tools: ['b', 'c'], choice: 'required' }],
  ['the first call was made', [runFirst('b'), runFirst('c')], ['b'], { tools }],
  ['first, though it is a child', [runFirst('b'), parent('a', 'b')], [], { tools: ['b'], choice: { name: 'b' } }],
  ['children', [child('a', ['b', 'c'])], ['a'], { tools: ['b', 'c'], choice: 'required' }],
  ['another tool than the parent was last', [child('a', ['b'])], ['a', 'b'], { tools }],
  ['children that there are not', [child('a', ['x', 'y'])], ['a'], { tools }],
  ['some of the children', [child('a', ['x', 'b'])], ['a'], { tools: ['b'], choice: { name: 'b' } }],
  ['before the parent', [parent('a', 'b')], [], { tools: ['a', 'c', 'd'] }],
  ['after the parent', [parent('a', 'b')], ['a'], { tools: ['b'], choice: { name: 'b' } }],
  ['later', [parent('a', 'b')], ['a', 'b'], { tools: ['a', 'c', 'd'] }],
  ['a parent that there is not', [parent('x', 'b')], [], { tools: ['a', 'c', 'd'] }],
  ['the result decides', [conditional()], ['a=yes'], { tools: ['b'], choice: { name: 'b' } }],
  ['no output fits', [conditional()], ['a=no'], { tools, choice: 'required' }],
  ['a default', [conditional({ defaultChild: 'c' })], ['a=no'], { tools: ['c'], choice: { name: 'c' } }],
  [
    'a mapping that is required',
    [conditional({ defaultChild: 'c', requireOutputMapping: true })],
    ['a=no'],
    { tools, choice: 'required' },
  ],
  ['not after the tool', [conditional({ defaultChild: 'c' })], ['b'], { tools }],
  ['a count that is not reached', [maxCount('a', 2)], ['a', 'b'], { tools }],
  ['a count that is reached', [maxCount('a', 2)], ['a', 'b', 'a'], { tools: ['b', 'c', 'd'] }],
  ['several rules', [child('a', ['b', 'c']), maxCount('b', 1)], ['b', 'a'], { tools: ['c'], choice: { name: 'c' } }],
  ['rules that contradict each other', [child('a', ['b']), child('a', ['c'])], ['a'], { tools, choice: 'required' }],
  [
    'a contradiction, with a count',
    [child('a', ['b']), maxCount('b', 1)],
    ['b', 'a'],
    { tools: ['a', 'c', 'd'], choice: 'required' },
  ],
  ['nothing left', tools.map((name) => maxCount(name, 1)), tools, { tools, choice: 'none' }],
  [
    'rules that constrain nothing',
    [
      { type: 'exitLoop', toolName: 'a' },
      { type: 'continueLoop', toolName: 'a' },
      { type: 'requiredBeforeExit', toolName: 'b' },
    ],
    ['a'],
    { tools },
  ],
])('the next call: %s', ([, rules, calls, expected]) => {
  expect(nextCall(after(rules, ...calls))).toEqual(expected);
});

test.for([
  ['yes', 'yes', true],
  ['yes', 'Yes', false],
  ['yes', ' yes\n', true],
  ['true', 'True', true],
  ['FALSE', 'false', true],
  ['true', '1', false],
  ['1', '1.0', true],
  ['1.5', '1.50', true],
  ['1', '', false],
  ['0', '', false],
  ['1', '2', false],
] as const)('the output %j is that of the result %j: %s', ([output, result, isSame]) => {
  const rule = conditional({ childOutputMapping: [{ output, toolName: 'b' }], defaultChild: 'c' });
  expect(nextCall(after([rule], `a=${result}`)).tools).toEqual([isSame ? 'b' : 'c']);
});

test('a call of a tool that is not allowed is told what is, and why', () => {
  const rules = [child('a', ['b']), maxCount('c', 1)];
  expect(violation(after(rules, 'a'), 'c')).toBe(
    'c was not run: it may not be called now. You may call now: b. Right after a, call one of: b.',
  );
  expect(violation(after(rules, 'c', 'b'), 'c')).toMatch(
    /You may call now: a, b, d\. c may be called at most 1 time before/,
  );
  expect(violation(after([runFirst('b')]), 'a')).toMatch(/You may call now: b\. The first call must be b/);
  expect(violation(after([parent('a', 'b')]), 'b')).toMatch(/Only right after a/);
  expect(violation(after([conditional()], 'a=yes'), 'c')).toMatch(/after a depends on what it returns: "yes": b\./);
  expect(
    violation(
      after(
        tools.map((name) => maxCount(name, 1)),
        ...tools,
      ),
      'a',
    ),
  ).toMatch(/no tool any more/);
  expect(violation(after(rules, 'a'), 'b')).toBeUndefined();
  expect(violation(after(rules, 'a'), 'unknown')).toBeUndefined();
});

test('arguments that the rules give stand in place of those of the model', () => {
  const rules = [
    runFirst('a', { city: 'Rome' }),
    runFirst('b'),
    child('a', ['b'], [{ toolName: 'b', args: { n: null } }]),
  ];
  expect(prefilled(after(rules), 'a', '{"city":"Bern","days":2}')).toBe('{"city":"Rome","days":2}');
  expect(prefilled(after(rules), 'a', '')).toBe('{"city":"Rome"}');
  expect(prefilled(after(rules), 'b', '{"n": 1}')).toBe('{"n": 1}');
  expect(prefilled(after(rules, 'a'), 'a', '{}')).toBe('{}');
  expect(prefilled(after(rules, 'a'), 'b', '{"n":1}')).toBe('{"n":null}');
  for (const broken of ['{"city":', '[]', '1']) expect(prefilled(after(rules), 'a', broken)).toBe(broken);
  const odd = runFirst('a', JSON.parse('{"__proto__": {"x": 1}}') as {});
  expect(prefilled(after([odd]), 'a', '{}')).toBe('{}');
});

test('a tool may end the run, and others have to be called before it ends', () => {
  const rules: ToolRule[] = [
    { type: 'exitLoop', toolName: 'a' },
    { type: 'requiredBeforeExit', toolName: 'b' },
    { type: 'requiredBeforeExit', toolName: 'b' },
    { type: 'requiredBeforeExit', toolName: 'x' },
  ];
  expect(endsRun({ rules }, 'a')).toBe(true);
  expect(endsRun({ rules }, 'b')).toBe(false);
  expect(missingTools(after(rules, 'a'))).toEqual(['b']);
  expect(missingTools(after(rules, 'b', 'a'))).toEqual([]);
});

test('the prompt tells the rules, but for those that the requests themselves enforce', () => {
  const rules: ToolRule[] = [
    { type: 'exitLoop', toolName: 'a' },
    { type: 'continueLoop', toolName: 'b' },
    child('a', ['b']),
    parent('a', 'b'),
    conditional({ defaultChild: 'c' }),
    maxCount('a', 2),
    runFirst('a'),
    { type: 'requiredBeforeExit', toolName: 'b' },
  ];
  expect(describeToolRules(rules).split('\n')).toEqual([
    '<tool_usage_rules>',
    '- Your turn ends with a call of a.',
    '- After b your turn goes on.',
    '- Right after a, call one of: b.',
    '- Only right after a may you call, and then must: b.',
    '- What to call right after a depends on what it returns: "yes": b; anything else: c.',
    '- a may be called at most 2 times before you have answered.',
    '</tool_usage_rules>',
  ]);
  expect(describeToolRules([runFirst('a')])).toBe('');
});
