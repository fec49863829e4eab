import type { ToolUnion } from '@anthropic-ai/sdk/resources/messages';
import type { ModelRequest, ToolDeclaration } from '../../agent/model.ts';
import { normalise } from '../history/normalise.ts';
import { markCache } from './mark-cache.ts';
import { toSettings } from './settings.ts';
import type { AnthropicBody, Target } from './target.ts';
import { toTurns } from './turns.ts';

/** What no request can do without, whatever a refusal seems to say. */
const REQUIRED = new Set(['model', 'max_tokens', 'messages', 'stream', 'system']);

/** The body of a streaming call; what the request leaves open stays out, so the provider's default holds. */
export function toAnthropicRequest(asked: ModelRequest, target: Target): AnthropicBody {
  const { dialect, handle, name: model } = target;
  const request = normalise(asked, dialect, handle);
  const [first, ...rest] = request.messages;
  const system = first?.role === 'system' ? first.text : undefined;
  const messages = toTurns(system === undefined ? request.messages : rest, dialect);
  const { max_tokens, ...settings } = toSettings(request, messages, target);
  const body: AnthropicBody = {
    model,
    max_tokens,
    stream: true,
    ...(request.tools.length > 0 && { tools: request.tools.map(toTool) }),
    ...(system !== undefined && { system: [{ type: 'text', text: system }] }),
    messages,
    ...settings,
  };
  const kept = Object.entries(markCache(body)).filter(
    ([name, value]) =>
      REQUIRED.has(name) ||
      !(dialect.omits.includes(name) || dialect.omits.includes(`${name}=${JSON.stringify(value)}`)),
  );
  return Object.fromEntries(kept) as unknown as AnthropicBody;
}

function toTool({ name, description, parameters }: ToolDeclaration): ToolUnion {
  return { name, description, input_schema: { ...(parameters as object), type: 'object' } };
}
