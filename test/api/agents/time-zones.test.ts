import { expect, test } from 'vitest';
import { CREATE, UPDATE } from '../../harness/agents.ts';
import { only } from '../../harness/only.ts';
import { startTestServer, type TestServer } from '../../harness/server.ts';
import { send } from '../../harness/talk.ts';

const names = [
  'UTC',
  'Etc/UTC',
  'GMT',
  'Zulu',
  'Asia/Kolkata',
  'Asia/Calcutta',
  'asia/kolkata',
  'Europe/Kyiv',
  'Europe/Kiev',
  'America/Argentina/Buenos_Aires',
  'America/Buenos_Aires',
  'Asia/Ho_Chi_Minh',
  'America/Coyhaique',
  'US/Pacific',
  'EST5EDT',
  'CTT',
  'Etc/GMT+5',
];

const others = ['', ' ', '+05:30', '-08:00', '+0530', '-08', 'Z', 'UTC+1', 'Mars/Olympus', 'Europe/Berlin ', 'UTC\0'];

async function createAgent(server: TestServer, timezone: string) {
  return only((await server.execute(CREATE, { input: { name: 'Ada', timezone } })).createAgent, 'CreateAgentPayload')
    .agent;
}

test('an agent lives in every time zone that Intl.DateTimeFormat takes, by the name that was given', async () => {
  await using server = await startTestServer();
  const { id } = await createAgent(server, 'Asia/Kolkata');
  for (const timezone of [...names, ...Intl.supportedValuesOf('timeZone')]) {
    const { updateAgent } = await server.execute(UPDATE, { input: { id, timezone } });
    expect(updateAgent, timezone).toMatchObject({ __typename: 'UpdateAgentPayload', agent: { timezone } });
  }
});

test('an offset is no time zone, nor is any other text', async () => {
  await using server = await startTestServer();
  const { id } = await createAgent(server, 'UTC');
  for (const timezone of others) {
    const { createAgent: created } = await server.execute(CREATE, { input: { name: 'Ada', timezone } });
    const [issue] = only(created, 'InvalidInputError').issues;
    expect(issue, JSON.stringify(timezone)).toEqual({
      path: ['timezone'],
      message: expect.stringContaining('must be an IANA time zone, such as Europe/Berlin'),
    });
    const { updateAgent } = await server.execute(UPDATE, { input: { id, timezone } });
    expect(updateAgent.__typename).toBe('InvalidInputError');
  }
});

/** The last millisecond before the day or the time, its first one, its last one, and the first one after it. */
const spans: [timezone: string, day: string, first: string, next: string][] = [
  ['Asia/Kolkata', '2024-03-02', '2024-03-01T18:30:00.000Z', '2024-03-02T18:30:00.000Z'],
  ['America/Argentina/Buenos_Aires', '2024-03-02', '2024-03-02T03:00:00.000Z', '2024-03-03T03:00:00.000Z'],
  // Names that a database has not, or has for another place.
  ['CTT', '2024-03-02', '2024-03-01T16:00:00.000Z', '2024-03-02T16:00:00.000Z'],
  ['ACT', '2024-03-02', '2024-03-01T14:30:00.000Z', '2024-03-02T14:30:00.000Z'],
  ['CET', '2024-07-02', '2024-07-01T22:00:00.000Z', '2024-07-02T22:00:00.000Z'],
  // The days on which clocks are changed have 23 and 25 hours; that of Havana begins at 1:00, or with its first midnight.
  ['Europe/Kyiv', '2024-03-31', '2024-03-30T22:00:00.000Z', '2024-03-31T21:00:00.000Z'],
  ['Europe/Kyiv', '2024-10-27', '2024-10-26T21:00:00.000Z', '2024-10-27T22:00:00.000Z'],
  ['America/Havana', '2024-03-10', '2024-03-10T05:00:00.000Z', '2024-03-11T04:00:00.000Z'],
  ['America/Havana', '2024-11-03', '2024-11-03T04:00:00.000Z', '2024-11-04T05:00:00.000Z'],
  // The day after it Samoa never had.
  ['Pacific/Apia', '2011-12-29', '2011-12-29T10:00:00.000Z', '2011-12-30T10:00:00.000Z'],
  ['Asia/Kolkata', '2024-03-02T12:00:00', '2024-03-02T06:30:00.000Z', '2024-03-02T06:30:00.001Z'],
  ['Europe/Kyiv', '2024-03-31T03:30:00', '2024-03-31T01:30:00.000Z', '2024-03-31T01:30:00.001Z'],
  ['Europe/Kyiv', '2024-10-27T03:30:00', '2024-10-27T00:30:00.000Z', '2024-10-27T00:30:00.001Z'],
];

test("a search by dates keeps to the days of the agent's time zone", async () => {
  await using server = await startTestServer();
  const { id, defaultConversation } = await createAgent(server, 'UTC');
  const conversationId = defaultConversation.id;
  const texts = ['before', 'first', 'last', 'after'];
  const messages = texts.map((text) => ({ text, otid: text }));
  await send(server, { conversationId, messages, wait: true });
  for (const [timezone, day, first, next] of spans) {
    await server.execute(UPDATE, { input: { id, timezone } });
    const times = [first, next].flatMap((time) => [new Date(Date.parse(time) - 1), new Date(time)]);
    for (const [index, at] of [times[0], times[1], times[2], times[3]].entries())
      await server.deps.db.message.updateMany({
        where: { conversationId, otid: texts[index]! },
        data: { createdAt: at! },
      });
    const found = await search(server, conversationId, { roles: ['user'], start_date: day, end_date: day });
    expect(
      found.filter((text) => texts.includes(text)),
      `${day} in ${timezone}`,
    ).toEqual(['last', 'first']);
  }
});

/** Has the agent search, and returns the texts that its model was told, the newest first. */
async function search(server: TestServer, conversationId: string, given: object): Promise<string[]> {
  server.model.answers({ toolCall: { name: 'conversation_search', arguments: given } });
  await send(server, { conversationId, text: 'Search.', wait: true });
  const told = server.model.requests.at(-1)?.body.messages.at(-1)?.content ?? '';
  return told.startsWith('[') ? (JSON.parse(told) as { text: string }[]).map(({ text }) => text) : [told];
}
