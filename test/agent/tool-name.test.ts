import { expect, test } from 'vitest';
import { knownName } from '../../src/agent/tool-name.ts';
import { testTool } from '../harness/test-tool.ts';

const tools = new Map(['core_memory_append', 'open'].map((name) => testTool(name)));

test.for([
  ['core_memory_append', 'core_memory_append'],
  ['functions.core_memory_append', 'core_memory_append'],
  ['functions.core_memory_append:0', 'core_memory_append'],
  ['default_api:core_memory_append', 'core_memory_append'],
  ['core_memory_append<|channel|>commentary', 'core_memory_append'],
  [' core_memory_append ', 'core_memory_append'],
  ['core_memory_append()', 'core_memory_append'],
  // Another tool's namespace is no decoration.
  ['browser.tabs.open', 'browser.tabs.open'],
  ['functions.close', 'functions.close'],
])('%s is %s', ([written, name]) => {
  expect(knownName(tools, written!)).toBe(name);
});
