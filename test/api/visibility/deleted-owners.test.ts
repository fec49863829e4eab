import { expect, test } from 'vitest';
import { deleteBlock } from '../../harness/blocks.ts';
import { remove } from '../../harness/delete.ts';
import { addOwners, idsOf, SECRET } from '../../harness/owned-objects.ts';
import { edgesOf, nodesOf, walkSchema } from '../../harness/schema-walk.ts';
import { startTestServer, type TestServer } from '../../harness/server.ts';

type Owners = Awaited<ReturnType<typeof addOwners>>;

interface Deletion {
  owner: string;
  /** What goes with the owner. */
  owned(server: TestServer, owners: Owners): Promise<Set<string>>;
  act(server: TestServer, owners: Owners): Promise<unknown>;
}

const deletions: Deletion[] = [
  {
    owner: 'conversation',
    // A fork keeps the steps and tool calls of the messages that it copied.
    owned: async (server, { source, copy }) => without(await idsOf(server, source), await idsOf(server, copy)),
    act: (server, { source }) => remove(server, 'Conversation', source),
  },
  {
    owner: 'agent',
    owned: (server, owners) => ownedByAgent(server, owners),
    act: (server, { agent }) => remove(server, 'Agent', agent.id),
  },
  {
    owner: 'agent whose conversations are still to be closed',
    owned: (server, owners) => ownedByAgent(server, owners),
    act: ({ deps: { db } }, { agent: { id } }) => db.agent.update({ where: { id }, data: { deletedAt: new Date() } }),
  },
  {
    owner: 'block',
    owned: async (_server, { shared }) => new Set([shared]),
    act: (server, { shared }) => deleteBlock(server, shared),
  },
];

test.each(deletions)(
  'no path of the schema leads to what a deleted $owner had',
  { timeout: 120_000 },
  async ({ owner, owned, act }) => {
    await using server = await startTestServer();
    const owners = await addOwners(server);
    const gone = await owned(server, owners);
    const known = new Set([
      ...gone,
      ...(await idsOf(server, owners.copy)),
      owners.agent.id,
      owners.keeper.id,
      owners.shared,
    ]);
    const before = await walkSchema(server, [...known]);
    // Else the walk could not find what is wrong.
    expect((await edgesOf(server)).filter((edge) => !before.fields.has(edge))).toEqual([]);
    expect([...gone].filter((id) => !before.paths.has(id))).toEqual([]);

    await act(server, owners);
    const after = await walkSchema(server, [...known, ...before.paths.keys()]);
    expect([...gone].flatMap((id) => after.paths.get(id) ?? [])).toEqual([]);
    const nodes = await nodesOf(server, [...after.paths.keys()]);
    const missing = without(new Set(after.paths.keys()), new Set(nodes.map(({ id }) => id)));
    expect([...missing].map((id) => after.paths.get(id))).toEqual([]);
    expect([...before.texts].some(isSecret)).toBe(true);
    if (owner !== 'block') expect([...after.texts].filter(isSecret)).toEqual([]);
  },
);

const isSecret = (text: string) => text.includes(SECRET);

async function ownedByAgent(server: TestServer, { agent, source, copy }: Owners): Promise<Set<string>> {
  const conversations = [agent.defaultConversation.id, source, copy];
  const ids = await Promise.all(conversations.map((id) => idsOf(server, id)));
  return new Set([agent.id, ...ids.flatMap((some) => [...some])]);
}

function without(all: Set<string>, some: Set<string>): Set<string> {
  return new Set([...all].filter((id) => !some.has(id)));
}
