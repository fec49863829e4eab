/**
 * A program: the server that the documentation of graphql-yoga, graphql-ws and openai leads to. Tokens go from the
 * iterator of the SDK through yoga's pubsub to the subscriptions; nothing is stored.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { useServer } from 'graphql-ws/use/ws';
import { createPubSub, createSchema, createYoga } from 'graphql-yoga';
import { OpenAI } from 'openai';
import { WebSocketServer } from 'ws';

interface Delta {
  delta: string;
  isLast: boolean;
}

const openai = new OpenAI({ baseURL: process.env['PROVIDER_URL'], apiKey: 'none' });
const pubSub = createPubSub<{ deltas: [conversationId: string, delta: Delta] }>();

async function answer(conversationId: string, model: string) {
  const messages = [{ role: 'user' as const, content: 'Hi' }];
  const stream = await openai.chat.completions.create({ model, messages, stream: true });
  for await (const { choices } of stream) {
    const delta = choices[0]?.delta.content;
    if (delta) pubSub.publish('deltas', conversationId, { delta, isLast: false });
  }
  pubSub.publish('deltas', conversationId, { delta: '', isLast: true });
}

const schema = createSchema({
  typeDefs: /* GraphQL */ `
    type Delta {
      delta: String!
      isLast: Boolean!
    }
    type Query {
      isReady: Boolean!
    }
    type Mutation {
      send(conversationId: ID!, model: String!): ID!
    }
    type Subscription {
      deltas(conversationId: ID!): Delta!
    }
  `,
  resolvers: {
    Query: { isReady: () => true },
    Mutation: {
      send(_root, { conversationId, model }: { conversationId: string; model: string }) {
        void answer(conversationId, model).catch((error: unknown) => process.stderr.write(`${String(error)}\n`));
        return conversationId;
      },
    },
    Subscription: {
      deltas: {
        subscribe: (_root, { conversationId }: { conversationId: string }) =>
          pubSub.subscribe('deltas', conversationId),
        resolve: (delta: Delta) => delta,
      },
    },
  },
});
const yoga = createYoga({ schema, logging: false });
const server = createServer(yoga);
useServer({ schema }, new WebSocketServer({ server, path: '/graphql' }));
server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql\n`);
