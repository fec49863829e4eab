import fc from 'fast-check';
import { expect, test } from 'vitest';
import { missingTools } from '../../../src/agent/tool-rules/effects.ts';
import { violation } from '../../../src/agent/tool-rules/texts.ts';
import type { PastCall, ToolRule } from '../../../src/agent/tool-rules/rule.ts';
import { allowedTools, nextCall } from '../../../src/agent/tool-rules/next-call.ts';

// x is never among the tools.
const name = fc.constantFrom('a', 'b', 'c', 'd', 'x');
const result = fc.constantFrom('yes', 'no', '1', '');
const names = fc.uniqueArray(name, { minLength: 1, maxLength: 3 });
const type = <Type extends ToolRule['type']>(value: Type) => fc.constant(value);

const rule: fc.Arbitrary<ToolRule> = fc.oneof(
  fc.record({ type: type('runFirst'), toolName: name, args: fc.constant(null) }),
  fc.record({ type: type('exitLoop'), toolName: name }),
  fc.record({ type: type('constrainChildTools'), toolName: name, children: names, childArgs: fc.constant<[]>([]) }),
  fc.record({ type: type('parentLastTool'), toolName: name, children: names }),
  fc.record({
    type: type('conditional'),
    toolName: name,
    childOutputMapping: fc.array(fc.record({ output: result, toolName: name }), { minLength: 1, maxLength: 2 }),
    defaultChild: fc.option(name),
    requireOutputMapping: fc.boolean(),
  }),
  fc.record({ type: type('maxCountPerRun'), toolName: name, limit: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ type: type('requiredBeforeExit'), toolName: name }),
);

const state = fc.record({
  rules: fc.array(rule, { maxLength: 6 }),
  tools: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd')),
  history: fc.array(fc.record({ name, result }), { maxLength: 8 }),
});

const count = (list: string[]) => list.filter((tool) => tool === 'a').length;

function isUsedUp(tool: string, { rules, history }: { rules: ToolRule[]; history: PastCall[] }): boolean {
  const calls = history.filter((call) => call.name === tool).length;
  return rules.some((one) => one.type === 'maxCountPerRun' && one.toolName === tool && calls >= one.limit);
}

test('some tool may be called as long as any is left, and none that there is not or that is used up', () => {
  fc.assert(
    fc.property(state, (given) => {
      const allowed = allowedTools(given);
      const left = given.tools.filter((tool) => !isUsedUp(tool, given));
      expect(left).toEqual(expect.arrayContaining(allowed));
      expect(allowed.length === 0).toBe(left.length === 0);
    }),
  );
});

test('what is offered may be called, what is not offered may not, and only what is offered is demanded', () => {
  fc.assert(
    fc.property(state, (given) => {
      const { tools, choice } = nextCall(given);
      for (const tool of given.tools) {
        expect(violation(given, tool) === undefined).toBe(choice !== 'none' && tools.includes(tool));
      }
      if (typeof choice === 'object') expect(tools).toEqual([choice.name]);
      expect(choice === 'required' && tools.length < 2).toBe(false);
      if (choice !== 'none') expect(tools).toEqual(allowedTools(given));
    }),
  );
});

test('a tool with a limit of N runs exactly N times, however often and in whatever order it is called', () => {
  const input = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.array(fc.constantFrom('a', 'b'), { maxLength: 30 }));
  fc.assert(
    fc.property(input, ([limit, wanted]) => {
      const rules: ToolRule[] = [{ type: 'maxCountPerRun', toolName: 'a', limit }];
      const history: PastCall[] = [];
      for (const tool of wanted) {
        if (violation({ rules, tools: ['a', 'b'], history }, tool) === undefined) {
          history.push({ name: tool, result: '' });
        }
      }
      expect(count(history.map((call) => call.name))).toBe(Math.min(limit, count(wanted)));
    }),
  );
});

test('what has to be called is missing until it was', () => {
  fc.assert(
    fc.property(state, (given) => {
      const missing = missingTools(given);
      const history = [...given.history, ...missing.map((tool) => ({ name: tool, result: '' }))];
      expect(missingTools({ ...given, history })).toEqual([]);
      expect(given.history.some((call) => missing.includes(call.name))).toBe(false);
    }),
  );
});
