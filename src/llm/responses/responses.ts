import type { ResponseCreateParamsStreaming } from 'openai/resources/responses/responses';
import type { Protocol } from '../openai/protocol.ts';
import { isOpenAi } from '../openai/request.ts';
import { createAnswer } from './answer.ts';
import { toResponsesRequest } from './request.ts';

/** OpenAI's Responses API. */
const RESPONSES: Protocol = {
  switches: { reasoning: 'always' },
  toBody: toResponsesRequest,
  send: (client, body, signal) =>
    client.responses.create(body as ResponseCreateParamsStreaming, { signal }).asResponse(),
  createAnswer,
};

/**
 * The API that an endpoint is asked through; undefined for Chat Completions. OpenAI itself is asked through Responses: its
 * newest models take tools with reasoning only there.
 */
export function protocolOf(baseUrl: string, api: 'responses' | 'chat' | undefined): Protocol | undefined {
  return (api ?? (isOpenAi(baseUrl) ? 'responses' : 'chat')) === 'responses' ? RESPONSES : undefined;
}
