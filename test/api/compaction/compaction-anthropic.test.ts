import { expect, test } from 'vitest';
import { startAtAnthropic } from '../../harness/at-anthropic.ts';
import { compact } from '../../harness/compact.ts';

test.for(['SELF_COMPACT_ALL', 'SELF_COMPACT_SLIDING_WINDOW'] as const)(
  'a compaction in %s asks Anthropic with the prompt that is in its cache',
  async (mode) => {
    await using at = await startAtAnthropic();
    const { endpoint, conversationId, say } = at;
    for (const text of ['One', 'Two', 'Three', 'Four']) {
      endpoint.answers({ thinking: `${text}?` }, { call: 'look' }, { call: 'wait' });
      endpoint.answers({ thinking: `${text}!` }, `${text} is done. ${'lorem ipsum '.repeat(50)}`);
      await say(`${text}. ${'dolor sit amet '.repeat(50)}`);
    }
    const [last] = endpoint.requests.slice(-1);
    endpoint.answers('They counted.');
    const { run } = await compact(at.server, { conversationId, settings: { mode } });
    const own = endpoint.requests.at(-1)!;
    expect(own.body.tools).toEqual(last!.body.tools);
    expect(own.body.system).toEqual(last!.body.system);
    // The call before the last answer that is summarised: that answer and the task are all that is new.
    const before = endpoint.requests.find(({ body }) => body.messages.length === own.body.messages.length - 2)!;
    const { cache_read_input_tokens: read, cache_creation_input_tokens: written } = before.usage!;
    expect(own.usage!.cache_read_input_tokens).toBe(read + written);
    expect(run.usage.cachedInputTokens).toBe(own.usage!.cache_read_input_tokens);
    expect(await say('And now?')).toMatchObject({ status: 'COMPLETED' });
    expect(endpoint.requests.every(({ refusal }) => refusal === undefined)).toBe(true);
  },
);
