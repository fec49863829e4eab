import { expect } from 'vitest';
import { blocksOf } from './blocks.ts';
import { createConversation } from './model-settings.ts';
import { createTool, createToolAgent } from './tools.ts';
import type { TestServer } from './server.ts';
import { send } from './talk.ts';

/** In the key order of the person who wrote it: neither by the alphabet nor by length, as a database would have it. */
const TRICKY_TEXT = `{
  "type": "object",
  "title": "z",
  "properties": {
    "zebra": { "type": "string", "description": "first", "a": 1 },
    "then": {},
    "b": { "type": "array", "items": { "type": "object", "properties": { "y": {}, "then": {}, "a": {} } } }
  },
  "if": { "required": ["zebra"] },
  "then": { "required": ["b"], "then": { "b": [{ "then": 1, "a": 2 }], "aa": 3 } },
  "else": true,
  "additionalProperties": true,
  "$comment": ""
}`;
export const TRICKY = JSON.parse(TRICKY_TEXT) as Record<string, unknown>;
/** The same value, the other way round. */
export const REVERSED = Object.fromEntries(Object.entries(TRICKY).toReversed());

/** Reads every field of JSON that there is, those of lists too. */
export const JSON_FIELDS = `
  query JsonFields($agentId: ID!, $conversationId: ID!, $runId: ID!) {
    agents(first: 100, filter: { name: "Tricky" }) { nodes { ...OfAgent } }
    agent(id: $agentId) { ...OfAgent }
    blocks(first: 100, filter: { label: "notes" }) { nodes { metadata history(first: 10) { nodes { metadata } } } }
    tools(first: 100, filter: { kind: CLIENT }) { nodes { parameters } }
    conversation(id: $conversationId) { modelSettings { ...OfSettings } }
    run(id: $runId) { pendingToolCalls { arguments } }
    previewModelRequest(input: { conversationId: $conversationId, text: "Hi" }) {
      ... on PreviewModelRequestPayload { payload }
    }
  }
  fragment OfAgent on Agent {
    metadata
    modelSettings { ...OfSettings }
    compactionSettings { modelSettings { ...OfSettings } }
    tools { tool { parameters } }
    blocks { metadata }
    toolRules {
      ... on RunFirstToolRule { args }
      ... on ConstrainChildToolRule { childArgs { args } }
    }
  }
  fragment OfSettings on ModelSettings { responseFormat { schema } }
`;

/** Fills every field of JSON_FIELDS with the value. Returns its variables, and what else it made. */
export async function fillJsonFields(server: TestServer, value: Record<string, unknown>) {
  const settings = settingsWith(value);
  const { id: toolId } = await createTool(server, { name: 'weather', parameters: value });
  const agent = await createToolAgent(server, {
    name: 'Tricky',
    includeBaseTools: false,
    toolIds: [toolId],
    ...settings,
    metadata: value,
    blocks: [{ label: 'notes', value: '', metadata: value }],
  });
  const { id: conversationId } = await createConversation(server, agent.id, settings.modelSettings);
  const caller = await createToolAgent(server, { includeBaseTools: false, toolIds: [toolId] });
  server.model.answers({ toolCall: { name: 'weather', arguments: value } });
  const { id: runId } = await send(server, { conversationId: caller.id, text: 'Hi', wait: true });
  return { agentId: agent.id, conversationId, runId, toolId };
}

/** All settings of an agent that hold the value. */
function settingsWith(value: Record<string, unknown>) {
  const modelSettings = { responseFormat: { type: 'JSON_SCHEMA' as const, name: 'n', schema: value } };
  const childArgs = [{ toolName: 'x', args: value }];
  return {
    modelSettings,
    compactionSettings: { modelSettings },
    toolRules: [
      { runFirst: { toolName: 'other', args: value } },
      { constrainChildTools: { toolName: 'other', children: ['x'], childArgs } },
    ],
  };
}

/** Puts the value in place of the one that fields were filled with, where that can be changed. */
export async function refillJsonFields(
  server: TestServer,
  { agentId, conversationId, toolId }: { agentId: string; conversationId: string; toolId: string },
  value: Record<string, unknown>,
): Promise<void> {
  const settings = settingsWith(value);
  const [block] = await blocksOf(server, agentId);
  await mutate(server, 'updateAgent', { id: agentId, ...settings, metadata: value });
  await mutate(server, 'updateConversation', { id: conversationId, modelSettings: settings.modelSettings });
  await mutate(server, 'updateBlock', { id: block?.id, metadata: value });
  await mutate(server, 'updateTool', { id: toolId, parameters: value });
}

async function mutate(server: TestServer, field: string, input: object): Promise<void> {
  const type = `${field.charAt(0).toUpperCase()}${field.slice(1)}Input!`;
  const { data } = await server.request(`mutation M($input: ${type}) { ${field}(input: $input) { __typename } }`, {
    input,
  });
  expect(data).toEqual({ [field]: { __typename: expect.stringMatching(/Payload$/) } });
}

const NAMES = ['metadata', 'schema', 'parameters', 'args', 'arguments'];

/** The values of the fields of JSON in an answer. */
export function jsonIn(answer: unknown): unknown[] {
  if (typeof answer !== 'object' || answer === null) return [];
  return Object.entries(answer).flatMap(([name, value]) =>
    NAMES.includes(name) && value !== null ? [value] : jsonIn(value),
  );
}
