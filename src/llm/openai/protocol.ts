import type { OpenAI } from 'openai';
import type { ModelDelta, ModelError, ModelReply, ModelRequest } from '../../agent/model.ts';
import type { StreamEvent } from '../server-sent-events.ts';
import type { ModelUsage } from '../../usage.ts';
import type { Dialect } from '../dialects/dialect.ts';
import type { Endpoint } from '../model-errors.ts';

/** The model that a request goes to, and what it takes. */
export interface Target {
  name: string;
  /** `provider/name` */
  handle: string;
  dialect: Dialect;
}

/** One of OpenAI's APIs: how a model is asked, and how its answer is read. */
export interface Protocol {
  /** Switches of the dialect that hold for all its endpoints, unless the configuration says otherwise. */
  switches: Partial<Dialect>;
  toBody(request: ModelRequest, target: Target): object;
  send(client: OpenAI, body: object, signal: AbortSignal): Promise<Response>;
  createAnswer(endpoint: Endpoint, limitBytes: number, tools: ModelRequest['tools']): Answer;
}

/** Puts the events of one streamed answer together. */
export interface Answer {
  /** Takes the data of one event and returns what is new. Throws ModelError. */
  add(data: StreamEvent): ModelDelta[];
  /** Whether anything of the answer itself has come; false while the model is known to reason in silence. */
  hasBegun(): boolean;
  /** The provider has no more to send. */
  close(): void;
  /** The failure of an answer whose end did not come. */
  brokenOff(): ModelError;
  /** Whether the provider said how the answer ended. */
  isWhole(): boolean;
  /** What was still held back; called once, at the end and before `reply`. */
  end(): ModelDelta[];
  /** What the provider has counted up to now, if anything. */
  usage(): ModelUsage | null;
  reply(): ModelReply;
}
