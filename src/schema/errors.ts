import {
  AlreadyDecidedError,
  CompactionFailedError,
  ConversationBusyError,
  DomainError,
  IdempotencyConflictError,
  InvalidInputError,
  NoActiveRunsError,
  NotFoundError,
  NothingToCompactError,
  PendingApprovalError,
  VersionConflictError,
  type InputIssue as Issue,
} from '../errors.ts';
import { visible } from '../services/visible.ts';
import { rowField } from './payload.ts';
import { builder } from './builder.ts';
import { ToolCall } from './runs/tool-call.ts';

const ErrorInterface = builder.interfaceRef<DomainError>('Error').implement({
  description:
    'An expected failure: what was asked for was not done, and nothing of it was written. Of a compaction that was begun, its run remains.',
  fields: (t) => ({
    code: t.exposeString('code', { description: 'Stable, to decide by.' }),
    message: t.exposeString('message', { description: 'For people. It may change.' }),
  }),
});

const InputIssue = builder.objectRef<Issue>('InputIssue').implement({
  description: 'One thing that is wrong with the input.',
  fields: (t) => ({
    path: t.exposeStringList('path', {
      description: 'Where in `input`: names of fields, and indices in lists. Empty for the input as a whole.',
    }),
    message: t.exposeString('message', { description: 'What is wrong, for people.' }),
  }),
});

builder.objectType(NotFoundError, {
  name: 'NotFoundError',
  description:
    'An id that the input names is not there: it never was, it was deleted, or it belongs to another organization.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    missingId: t.exposeID('missingId', { nullable: true, description: 'The id in question, as it was given.' }),
  }),
});

builder.objectType(InvalidInputError, {
  name: 'InvalidInputError',
  description: 'The input is not valid.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    issues: t.expose('issues', {
      type: [InputIssue],
      description: 'What is wrong with it: as much as can be seen at once, and at least one.',
    }),
  }),
});

builder.objectType(ConversationBusyError, {
  name: 'ConversationBusyError',
  description: 'A run of the conversation has not ended: what was asked for needs an idle one, or `onBusy` is REJECT.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    run: rowField(t, 'Run', ({ runId }) => runId, 'The run whose turn it was.'),
  }),
});

builder.objectType(PendingApprovalError, {
  name: 'PendingApprovalError',
  description:
    'A run of the conversation waits for decisions on its tool calls: what was asked for needs an idle one, or `onBusy` is not INTERRUPT.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    run: rowField(t, 'Run', ({ runId }) => runId, 'The run that waits.'),
    toolCalls: t.prismaField({
      type: [ToolCall],
      description: 'What it waits for.',
      resolve: (query, { runId }, _args, { deps, viewer }) =>
        deps.db.toolCall.findMany({
          ...query,
          where: { runId, ...visible.toolCall(viewer), status: { in: ['AWAITING_APPROVAL', 'AWAITING_CLIENT'] } },
          orderBy: [{ stepId: 'asc' }, { index: 'asc' }],
        }),
    }),
  }),
});

builder.objectType(AlreadyDecidedError, {
  name: 'AlreadyDecidedError',
  description: 'Some of the calls were decided otherwise, or their run has ended.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    toolCalls: t.prismaField({
      type: [ToolCall],
      description: 'Those, as they are now.',
      resolve: (query, { toolCallIds }, _args, { deps, viewer }) =>
        deps.db.toolCall.findMany({
          ...query,
          where: { id: { in: toolCallIds }, ...visible.toolCall(viewer) },
          orderBy: { index: 'asc' },
        }),
    }),
  }),
});

builder.objectType(IdempotencyConflictError, {
  name: 'IdempotencyConflictError',
  description: 'The idempotency key was used before, with other content.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    run: rowField(t, 'Run', ({ runId }) => runId, 'The run that it was used for.'),
  }),
});

builder.objectType(NoActiveRunsError, {
  name: 'NoActiveRunsError',
  description: 'The conversation has no run that could be cancelled.',
  interfaces: [ErrorInterface],
});

builder.objectType(NothingToCompactError, {
  name: 'NothingToCompactError',
  description: 'The context holds nothing that a summary could stand for.',
  interfaces: [ErrorInterface],
});

builder.objectType(CompactionFailedError, {
  name: 'CompactionFailedError',
  description: 'No summary came of it. The context is as it was, and the conversation goes on.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    messagesBefore: t.exposeInt('messagesBefore', { description: 'How many messages the context has.' }),
    messagesAfter: t.exposeInt('messagesAfter', {
      nullable: true,
      description: 'How many it would have had; null when it did not come so far.',
    }),
  }),
});

builder.objectType(VersionConflictError, {
  name: 'VersionConflictError',
  description: 'It no longer has the version that `expectedVersion` names: it was changed meanwhile.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    currentVersion: t.exposeInt('currentVersion', { description: 'The version that it has.' }),
  }),
});
