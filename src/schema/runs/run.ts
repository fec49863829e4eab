import { usageOf } from '../../usage.ts';
import { builder } from '../builder.ts';
import { nodeQuery } from '../node-query.ts';
import { loadRow } from '../rows.ts';
import { RunCallback, runCallbackOf } from './run-callback.ts';
import { RunError, runErrorOf } from './run-error.ts';
import { RunKind, RunStatus } from './run-status.ts';
import { StopReason } from './stop-reason.ts';
import { ToolCall } from './tool-call.ts';
import { Usage } from '../usage.ts';

export const Run = builder.prismaNode('Run', {
  description:
    'One answer of an agent: from the messages that were sent to the last message that it led to. It goes on without its sender.',
  id: { field: 'id' },
  fields: (t) => ({
    kind: t.expose('kind', { type: RunKind, description: 'What it is for.' }),
    status: t.expose('status', {
      type: RunStatus,
      description: 'Where it stands. COMPLETED, FAILED and CANCELLED are final.',
    }),
    stopReason: t.expose('stopReason', {
      type: StopReason,
      nullable: true,
      description: 'Why it ended; null until it has.',
    }),
    agent: t.relation('agent', { description: 'Whose run it is.' }),
    conversation: t.relation('conversation', { description: 'The conversation that it belongs to.' }),
    attempt: t.exposeInt('attempt', {
      description:
        '1, and one more each time a worker was lost. Waiting, resuming and orderly hand-overs do not raise it.',
    }),
    error: t.field({
      type: RunError,
      nullable: true,
      description: 'Why it failed; null unless it has.',
      resolve: runErrorOf,
    }),
    usage: t.field({
      type: Usage,
      description:
        'Of all its model calls so far, summed up: those of its steps, attempts that failed, and compactions (`CompactionStats.usage`).',
      resolve: usageOf,
    }),
    stepCount: t.exposeInt('stepCount', { description: 'How many model calls have come to an end.' }),
    steps: t.relation('steps', { description: 'Its model calls, in order.', query: { orderBy: { index: 'asc' } } }),
    pendingToolCalls: t.field({
      type: [ToolCall],
      description: 'What it waits for in REQUIRES_ACTION, else empty.',
      select: (_args, _context, nested) => ({
        status: true,
        toolCalls: nested({
          where: { status: { in: ['AWAITING_APPROVAL', 'AWAITING_CLIENT'] } },
          orderBy: [{ stepId: 'asc' }, { index: 'asc' }],
        }),
      }),
      resolve: ({ status, toolCalls }) => (status === 'REQUIRES_ACTION' ? toolCalls : []),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was sent.' }),
    startedAt: t.expose('startedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When a worker first took it up; null while it has only been queued.',
    }),
    completedAt: t.expose('completedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it ended, however it ended; null until then.',
    }),
    timeToFirstTokenMs: t.exposeInt('timeToFirstTokenMs', {
      nullable: true,
      description:
        'Milliseconds of work from when a worker first took it up to the first piece of text; waiting for people is not in it. Null until there is one.',
    }),
    durationMs: t.exposeInt('durationMs', {
      nullable: true,
      description:
        'Milliseconds of work; waiting for people is not in it. Null until it has ended, and when it never started.',
    }),
    callback: t.field({
      type: RunCallback,
      nullable: true,
      description: 'What became of telling its callbackUrl; null when it was sent without one.',
      resolve: runCallbackOf,
    }),
  }),
});

builder.prismaObjectFields('ToolCall', (t) => ({
  run: t.field({
    type: Run,
    nullable: true,
    description:
      'The run whose model asked for it. Null when its conversation was deleted: a fork still shows the calls of the messages that it copied, and nothing else of the source.',
    resolve: ({ runId }, _args, context, info) => loadRow(context, info, 'Run', runId),
  }),
}));

nodeQuery('Run', Run);
