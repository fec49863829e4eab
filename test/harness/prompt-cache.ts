import type { MessagesBody } from './judge-anthropic.ts';

/** How many blocks before a mark the API looks for what it has. */
const LOOKBACK = 20;

/** The prompt cache of the Messages API: what was marked is kept, and a later request with the same beginning reads it. */
export function createPromptCache() {
  const kept = new Set<string>();
  return {
    /** The usage of a request, in characters. */
    read({ tools = [], system = [], messages }: MessagesBody) {
      const blocks: { cache_control?: unknown }[] = [
        ...tools,
        ...system,
        ...messages.flatMap(({ role, content }) => content.map((block) => ({ role, ...block }))),
      ];
      const prefixes: string[] = [];
      for (const { cache_control: _mark, ...block } of blocks)
        prefixes.push((prefixes.at(-1) ?? '') + JSON.stringify(block));
      const marks = blocks.flatMap(({ cache_control: mark }, index) => (mark ? index : []));
      const found = marks
        .flatMap((mark) => prefixes.slice(Math.max(0, mark - LOOKBACK), mark + 1))
        .filter((prefix) => kept.has(prefix))
        .map(({ length }) => length);
      const read = Math.max(0, ...found);
      const written = Math.max(read, ...marks.map((mark) => prefixes[mark]!.length));
      for (const mark of marks) kept.add(prefixes[mark]!);
      return {
        input_tokens: (prefixes.at(-1)?.length ?? 0) - written,
        cache_read_input_tokens: read,
        cache_creation_input_tokens: written - read,
      };
    },
  };
}
