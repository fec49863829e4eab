import type { MessageCreateParamsStreaming } from '@anthropic-ai/sdk/resources/messages';
import type { Dialect } from '../dialects/dialect.ts';

/** The model that a request goes to, and what it takes. */
export interface Target {
  name: string;
  /** `provider/name` */
  handle: string;
  /** In tokens. */
  contextWindow: number;
  dialect: Dialect;
}

/** Of thinking the SDK does not type all that the API takes, nor any more what older versions of the API do. */
export type AnthropicBody = Omit<MessageCreateParamsStreaming, 'thinking'> & {
  thinking?: object;
  temperature?: number;
  top_p?: number;
};
