import fc from 'fast-check';
import { expect, test } from 'vitest';
import { buildPrompt } from '../../../src/agent/prompt.ts';
import { dialectOf } from '../../../src/llm/dialects/rows.ts';
import { toOpenAiRequest } from '../../../src/llm/openai/request.ts';
import { judges, type JudgedBody } from '../../harness/judges.ts';
import { randomHistory, textsOf } from '../../harness/random-history.ts';

const HANDLE = 'den/model';
const LOOK = { name: 'look', description: 'Looks.', parameters: { type: 'object', properties: {} } };

/** The judge of each, and how its dialect is chosen: by its host, by the name of the model, or by configuration. */
const endpoints: Record<string, { baseUrl?: string; model?: string; switches?: object; dialect?: string }> = {
  openai: { baseUrl: 'https://api.openai.com/v1' },
  mistral: { baseUrl: 'https://api.mistral.ai/v1' },
  gemini: { baseUrl: 'https://generativelanguage.googleapis.com/v1beta/openai' },
  deepseek: { baseUrl: 'https://api.deepseek.com' },
  kimi: { baseUrl: 'https://api.moonshot.ai/v1' },
  qwen: { model: 'Qwen/Qwen3-8B' },
  gemma: { model: 'google/gemma-3-27b-it' },
  strict: { dialect: 'strict' },
  anthropic: { baseUrl: 'https://api.anthropic.com/v1' },
  blind: { switches: { images: false } },
};

test.for(Object.entries(endpoints))(
  'whatever a conversation holds, %s takes it, each call has its return, and no text is lost',
  ([name, { baseUrl = 'http://127.0.0.1/v1', model = 'fox-1', ...choice }]) => {
    const dialect = dialectOf(baseUrl, model, [choice]);
    const given = fc.tuple(randomHistory(HANDLE), fc.boolean());
    fc.assert(
      fc.property(given, ([context, hasTools]) => {
        const system = { role: 'system', text: 'You are a fox.' } as const;
        const messages = [system, ...buildPrompt(context, new Map())];
        // A run always has something to answer.
        messages.push({ role: 'user', text: 'And now?' });
        const request = { messages, tools: hasTools ? [LOOK] : [], settings: {} };
        const body = toOpenAiRequest(request, { name: model, handle: HANDLE, dialect });
        expect(judges[name]?.(body as unknown as JudgedBody)).toBeUndefined();
        const sent = JSON.stringify(body.messages);
        for (const text of textsOf(context)) expect(sent).toContain(text);
        expect(sent).not.toContain('sig other/model');
      }),
      { numRuns: 1000 },
    );
  },
);
