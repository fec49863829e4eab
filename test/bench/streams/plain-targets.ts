import { createEventReader } from '../../../src/llm/server-sent-events.ts';
import { startProcess } from './bench-process.ts';
import { modelOf, type Channel, type Target } from './target.ts';

/** The client reads the model's stream itself. */
export function directTarget(providerUrl: string): Target {
  return { name: 'direct', ...readerOf(`${providerUrl}/chat/completions`), async [Symbol.asyncDispose]() {} };
}

/** A process between them that hands over bytes. */
export async function pipeTarget(providerUrl: string): Promise<Target> {
  const process = await startProcess('pipe.ts', { PROVIDER_URL: providerUrl });
  return {
    name: 'pipe',
    process,
    ...readerOf(process.url),
    [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
  };
}

function readerOf(url: string) {
  const channel: Channel = {
    async ask(script, onText, onAnswered) {
      const body = JSON.stringify({ model: modelOf(script), messages: [], stream: true });
      const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
      onAnswered();
      const read = createEventReader();
      for await (const bytes of response.body!)
        for (const data of read(bytes)) {
          if (data === '[DONE]' || typeof data !== 'string') continue;
          const { choices } = JSON.parse(data) as { choices: [{ delta: { content?: string } }] };
          if (choices[0].delta.content) onText(choices[0].delta.content);
        }
    },
  };
  return { open: async (count: number) => Array.from({ length: count }, () => channel) };
}
