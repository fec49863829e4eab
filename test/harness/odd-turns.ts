import type { SendMessageInput } from '../graphql/graphql.ts';
import { calls, type Strict } from './strict-endpoints.ts';
import { send } from './talk.ts';

export interface OddTurn {
  /** The fault of the history that it leaves behind. */
  name: string;
  play(at: Strict, conversationId: string): Promise<unknown>;
}

const say = (at: Strict, conversationId: string, input: Partial<SendMessageInput> = { text: 'Look!' }) =>
  send(at.server, { conversationId, wait: true, ...input });

const afterAnswers =
  (...answers: Parameters<Strict['endpoint']['answers']>[]): OddTurn['play'] =>
  async (at, conversationId) => {
    for (const parts of answers) at.endpoint.answers(...parts);
    return say(at, conversationId);
  };

/** What leaves a history behind that strict endpoints refuse when it is sent as it is stored. */
export const oddTurns: OddTurn[] = [
  {
    name: 'calls without an id, and with one that was used before',
    play: async (at, conversationId) => {
      for (const id of ['', 'call_0', 'call_0']) {
        at.endpoint.answers(calls('look', {}, { id }), calls('wait', {}, { id: id && `${id}b` }));
        await say(at, conversationId);
      }
    },
  },
  {
    name: 'reasoning before a call',
    play: async (at, conversationId) => {
      at.endpoint.answers({ reasoning: 'Where is it?' }, calls('look', {}));
      at.endpoint.answers({ reasoning: 'Not there.' }, calls('wait', {}));
      return say(at, conversationId);
    },
  },
  {
    name: 'arguments that are no object',
    play: afterAnswers(
      ...['{"at": "fo', 'null', '"{\\"at\\":\\"fox\\"}"', '{"at":1}{"at":2}', '[1]'].map((text) => [
        calls('look', text),
      ]),
    ),
  },
  {
    name: 'decorated and unknown names of tools',
    play: afterAnswers(
      ...['browser.tabs.open', 'functions.look', 'look<|channel|>commentary'].map((name) => [calls(name, {})]),
    ),
  },
  {
    name: 'text of white space beside a call, and alone',
    play: afterAnswers([' \n', calls('look', {})], ['  ']),
  },
  {
    name: 'a run that ended behind the return of a tool',
    play: async (at, conversationId) => {
      at.endpoint.answers(calls('look', {}));
      return say(at, conversationId, { text: 'Look!', maxSteps: 1 });
    },
  },
  {
    name: 'system messages in the middle',
    play: async (at, conversationId) => {
      await say(at, conversationId);
      return say(at, conversationId, { messages: [{ role: 'SYSTEM', text: 'It rains.' }, { text: 'Hm' }] });
    },
  },
  {
    name: 'a run that failed, an answer without text, and several messages in a send',
    play: async (at, conversationId) => {
      at.endpoint.answers({ status: 503 });
      await say(at, conversationId);
      at.endpoint.answers({ finish: 'stop' });
      return say(at, conversationId, { messages: [{ text: 'One' }, { text: 'Two' }] });
    },
  },
  {
    name: 'calls of tools that are gone',
    play: async (at, conversationId) => {
      at.endpoint.answers(calls('look', {}));
      await say(at, conversationId);
      at.tools.clear();
    },
  },
  {
    name: 'a sender with a name',
    play: async (at, conversationId) =>
      say(at, conversationId, { messages: [{ text: 'Hi', name: `Ada ${'x'.repeat(59)}👋` }] }),
  },
];
