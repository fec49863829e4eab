import { setImmediate } from 'node:timers/promises';
import type { ModelMessage } from '../../agent/model.ts';
import { buildPrompt } from '../../agent/prompt.ts';
import { createTokenCounter, type TokenCounter } from '../../agent/tokens.ts';
import type { Deps } from '../deps.ts';
import { promptOf } from '../history/compile-prompt.ts';
import { toContextMessage } from '../history/message-rows.ts';
import { modelOfAgent, windowOf } from '../runs/run-settings.ts';
import { nextTools, type RequestSource } from './next-request.ts';

/** In tokens: what the next run of a conversation would send, part by part, and `total`, their sum. */
export interface ContextCount {
  limit: number;
  total: number;
  system: number;
  blocks: number;
  tools: number;
  summary: number;
  messages: number;
}

/** An image counts the same whatever it shows. */
const UNREAD: ReadonlyMap<string, string> = new Map();

export async function countContext(
  deps: Pick<Deps, 'models' | 'tools'>,
  conversation: RequestSource,
): Promise<ContextCount> {
  const { agent } = conversation;
  const handle = conversation.model ?? modelOfAgent(deps.models, agent);
  const model = deps.models.resolve(handle);
  const counter = await createTokenCounter(model ?? { tokenizer: null });
  const withoutBlocks = promptOf({ ...conversation, agent: { ...agent, blocks: [] } });
  const system = counter.message({ role: 'system', text: withoutBlocks });
  const [, ...context] = conversation.messages;
  const { SUMMARY = [], OTHER = [] } = Object.groupBy(context, ({ kind }) => (kind === 'SUMMARY' ? kind : 'OTHER'));
  const parts = {
    system,
    blocks: counter.message({ role: 'system', text: promptOf(conversation) }) - system,
    tools: counter.tools([...nextTools(deps, conversation).values()]),
    summary: await countAll(counter, buildPrompt(SUMMARY.map(toContextMessage), UNREAD)),
    messages: await countAll(counter, buildPrompt(OTHER.map(toContextMessage), UNREAD)),
  };
  const total = Object.values(parts).reduce((sum, count) => sum + count, 0);
  return { ...parts, total, limit: windowOf(deps.models, handle, agent) };
}

/** A full window is counted in tenths of a second, in which the process has other things to do. */
async function countAll(counter: TokenCounter, messages: ModelMessage[]): Promise<number> {
  let tokens = 0;
  for (const message of messages) {
    tokens += counter.message(message);
    await setImmediate();
  }
  return tokens;
}
