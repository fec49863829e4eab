import { expect } from 'vitest';
import type { Database } from '../../src/store/database.ts';
import type { FakeRequest } from '../harness/fake-openai.ts';

export const SUMMARY = 'The summary of what was said.';

/** What a model is asked for, told from its prompt: of the agent's own, or with a task that no user has given. */
export const isSummary = ({ messages }: FakeRequest['body']) =>
  !messages[0]?.content?.includes('AGENT_ID') || !!messages.at(-1)?.content?.startsWith('This is not a message');

/** With a summary: what it stands for has left, and nothing else. Without: all is there, and there is no summary. */
export async function expectContext({ db }: Pick<Database, 'db'>, conversationId: string, which: 'old' | 'new') {
  const rows = await db.message.findMany({ where: { conversationId, position: { not: null } } });
  const summaries = rows.filter(({ kind }) => kind === 'SUMMARY');
  const left = rows.filter(({ inContext }) => !inContext);
  expect({ summaries: summaries.length, hasLeft: left.length > 0 }).toEqual(
    which === 'new' ? { summaries: 1, hasLeft: true } : { summaries: 0, hasLeft: false },
  );
  for (const { coveredById } of left) expect(coveredById).toBe(summaries[0]?.id);
}

/** No call was made with some of the old context and the summary of it, or with neither. */
export function expectPrompts(bodies: FakeRequest['body'][]) {
  for (const { messages } of bodies.filter((body) => !isSummary(body))) {
    const prompt = JSON.stringify(messages);
    expect(prompt.includes(SUMMARY), prompt).not.toBe(prompt.includes('Question 1:'));
  }
}
