import type { Model, ModelMessage, ModelSettings, ToolChoice, ToolDeclaration } from '../../../src/agent/model.ts';

export const WEATHER: ToolDeclaration = {
  name: 'get_weather',
  description: 'Tells the weather.',
  parameters: {
    type: 'object',
    properties: { city: { type: 'string' }, days: { type: 'integer' }, unit: { enum: ['c', 'f'] } },
    required: ['city', 'days', 'unit'],
  },
};

export interface Options {
  system?: string;
  tools?: ToolDeclaration[];
  toolChoice?: ToolChoice;
  settings?: ModelSettings;
}

export async function say(
  model: Model,
  said: string[],
  { system = 'You are a helpful agent.', ...options }: Options = {},
) {
  return reply(
    model,
    [{ role: 'system', text: system }, ...said.map((text) => ({ role: 'user' as const, text }))],
    options,
  );
}

export async function reply(
  model: Model,
  messages: ModelMessage[],
  { tools = [], toolChoice, settings = {} }: Options = {},
) {
  const pieces: string[] = [];
  const signal = new AbortController().signal;
  const answer = await model.reply(
    { messages, tools, toolChoice, settings },
    ({ text }) => void pieces.push(text),
    signal,
  );
  return { ...answer, pieces };
}
