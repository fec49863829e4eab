import type { AnthropicBody } from './target.ts';

const CACHED = { cache_control: { type: 'ephemeral' } } as const;

/**
 * Marks how far the prompt is to be cached, four times, which is as often as the API takes: behind the tools, behind the
 * system prompt, and behind the last two messages of the user. The last mark is what the next call finds; the one before
 * is where the last call ended, because the API looks for it no more than 20 blocks back.
 */
export function markCache(body: AnthropicBody): AnthropicBody {
  const { tools, system, messages } = body;
  const users = messages.flatMap(({ role }, index) => (role === 'user' ? index : [])).slice(-2);
  return {
    ...body,
    ...(tools && { tools: marked(tools) }),
    ...(Array.isArray(system) && { system: marked(system) }),
    messages: messages.map((message, index) =>
      users.includes(index) && typeof message.content !== 'string'
        ? ({ ...message, content: marked(message.content as object[]) } as typeof message)
        : message,
    ),
  };
}

function marked<Block extends object>(blocks: Block[]): Block[] {
  return blocks.map((block, index) => (index === blocks.length - 1 ? { ...block, ...CACHED } : block));
}
