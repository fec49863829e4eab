import { graphql } from '../graphql/index.ts';
import type { TestClient } from './client.ts';
import { only } from './only.ts';

const CAPTURE_EXCHANGES = graphql(`
  mutation CaptureExchanges($conversationId: ID!, $messages: [CapturedMessageInput!]!) {
    captureMessages(input: { conversationId: $conversationId, messages: $messages }) {
      __typename
      ... on CaptureMessagesPayload {
        messages {
          id
        }
      }
    }
  }
`);

const PER_CAPTURE = 50;

/** Fills a context without asking a model: "Question 1: …", "Answer 1: …". Returns the ids of the messages. */
export async function captureExchanges(
  client: TestClient,
  conversationId: string,
  count: number,
  text = 'lorem ipsum dolor sit amet '.repeat(10),
): Promise<string[]> {
  const ids: string[] = [];
  for (let from = 1; from <= count; from += PER_CAPTURE) {
    const numbers = Array.from({ length: Math.min(PER_CAPTURE, count - from + 1) }, (_, index) => from + index);
    const messages = numbers.flatMap((number) => [
      { role: 'USER' as const, text: `Question ${number}: ${text}` },
      { role: 'ASSISTANT' as const, text: `Answer ${number}: ${text}` },
    ]);
    const { captureMessages } = await client.execute(CAPTURE_EXCHANGES, { conversationId, messages });
    ids.push(...only(captureMessages, 'CaptureMessagesPayload').messages.map(({ id }) => id));
  }
  return ids;
}
