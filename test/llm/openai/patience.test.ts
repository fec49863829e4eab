import { expect, test } from 'vitest';
import { startFakeOpenAi } from '../../harness/fake-openai.ts';
import { ask } from './ask.ts';

const KEY = Symbol.for('undici.globalDispatcher.1');

test("Node's own limits of five minutes do not hold for a model: ours do", async () => {
  await using fake = await startFakeOpenAi();
  const slots = globalThis as unknown as Record<symbol, { dispatch(options: object, handler: object): boolean }>;
  const real = slots[KEY]!;
  const seen: object[] = [];
  slots[KEY] = {
    dispatch(options, handler) {
      seen.push(options);
      return real.dispatch(options, handler);
    },
  };
  try {
    expect((await ask(fake.baseUrl)).reply.text).toBe('ok');
  } finally {
    slots[KEY] = real;
  }
  expect(seen).toMatchObject([{ headersTimeout: 0, bodyTimeout: 0 }]);
});
