import fc from 'fast-check';
import { newId } from '../../src/ids.ts';
import type { Db } from '../../src/store/database.ts';
import type { RunStatus, StopReason } from '../../src/store/generated/client.ts';

/** Few, so that many rows share one. */
export const instants = [1, 2, 3, 4, 5].map((minute) => new Date(Date.UTC(2026, 0, 1, 0, minute)));
const instant = fc.constantFrom(...instants);
const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { freq: 2 });
const rarely = fc.nat({ max: 7 }).map((number) => number === 0);

const agent = fc.record({
  name: fc.constantFrom('Ada', 'ada', 'Bob', '100%', '100 %', 'Zoë'),
  tags: fc.uniqueArray(fc.constantFrom('red', 'green', 'blue'), { maxLength: 3 }),
  hidden: rarely,
  lastRunCompletion: maybe(instant),
  lastStopReason: maybe(fc.constantFrom<StopReason>('END_TURN', 'CANCELLED')),
  createdAt: instant,
  isDeleted: rarely,
});

const conversation = fc.record({
  agent: fc.nat(),
  summary: maybe(
    fc.constantFrom('Trip to Rome', 'ROMEO', '50% off', '500 off', 'snake_case', 'snakeXcase', 'a\\b', 'Ärger'),
  ),
  lastRunCompletion: maybe(instant),
  lastMessageAt: maybe(instant),
  lastActivityAt: instant,
  createdAt: instant,
  openRun: maybe(fc.constantFrom<RunStatus>('QUEUED', 'RUNNING', 'REQUIRES_ACTION')),
  isDeleted: rarely,
});

const run = fc.record({
  conversation: fc.nat(),
  completedAt: maybe(instant),
  durationMs: maybe(fc.nat({ max: 3 })),
  status: fc.constantFrom<RunStatus>('COMPLETED', 'FAILED', 'CANCELLED'),
  stopReason: fc.constantFrom<StopReason>('END_TURN', 'ERROR', 'CANCELLED'),
  createdAt: instant,
});

export type ValueOf<Arbitrary> = Arbitrary extends fc.Arbitrary<infer Value> ? Value : never;

/** Rows of an organization, with many equal values and many nulls. */
export const organizationRows = fc.record({
  agents: fc.array(agent, { minLength: 2, maxLength: 25 }),
  conversations: fc.array(conversation, { minLength: 1, maxLength: 60 }),
  runs: fc.array(run, { maxLength: 60 }),
});

type OrganizationRows = ValueOf<typeof organizationRows>;

/** Everything that is stored gives way to these rows. */
export async function storeRows(db: Db, organizationId: string, rows: OrganizationRows): Promise<void> {
  await clear(db);
  const agents = rows.agents.map(({ isDeleted, ...row }) => ({
    ...row,
    id: newId('Agent'),
    organizationId,
    system: '',
    model: 'openai/test',
    contextWindow: 1000,
    deletedAt: isDeleted ? new Date() : null,
  }));
  await db.agent.createMany({ data: agents });
  const conversations = rows.conversations.map((row) => {
    const owner = agents[row.agent % agents.length]!;
    const deletedAt = row.isDeleted ? new Date() : owner.deletedAt;
    return { ...row, id: newId('Conversation'), organizationId, agentId: owner.id, deletedAt, runId: newId('Run') };
  });
  await db.conversation.createMany({
    data: conversations.map(
      ({ agent: _agent, openRun: _openRun, isDeleted: _isDeleted, runId: _runId, ...row }) => row,
    ),
  });
  await db.conversationHead.createMany({
    data: conversations.map(({ id, openRun, runId }) => ({
      conversationId: id,
      organizationId,
      activeRunId: openRun ? runId : null,
    })),
  });
  const place = { queuedSeq: 1, firstEventSeq: 1, request: {} };
  const openRuns = conversations.flatMap(({ id, agentId, deletedAt, openRun, runId }) =>
    openRun ? [{ ...place, id: runId, organizationId, agentId, conversationId: id, deletedAt, status: openRun }] : [],
  );
  const endedRuns = rows.runs.map(({ conversation: index, ...row }) => {
    const { id: conversationId, agentId, deletedAt } = conversations[index % conversations.length]!;
    return { ...row, ...place, id: newId('Run'), organizationId, agentId, conversationId, deletedAt };
  });
  await db.run.createMany({ data: [...openRuns, ...endedRuns] });
}

async function clear(db: Db): Promise<void> {
  await db.message.deleteMany();
  await db.run.deleteMany();
  await db.conversationHead.deleteMany();
  await db.conversation.deleteMany();
  await db.agentBlock.deleteMany();
  await db.agentTool.deleteMany();
  await db.agent.deleteMany();
}
