import { AlreadyDecidedError, InvalidInputError, NotFoundError } from '../../errors.ts';
import { decideToolCalls, MAX_DECISIONS } from '../../services/approvals/decide-tool-calls.ts';
import { rowField } from '../payload.ts';
import { builder } from '../builder.ts';

const ApprovalInput = builder.inputType('ApprovalInput', {
  description: 'Whether a call may run.',
  fields: (t) => ({
    approved: t.boolean({
      required: true,
      description: 'False denies the call: it does not run, and the model sees that it was denied.',
    }),
    reason: t.string({ description: 'Kept with the decision; the model sees the reason of a denial.' }),
  }),
});

const ClientToolResultInput = builder.inputType('ClientToolResultInput', {
  description: 'What came of a call that the client has run.',
  fields: (t) => ({
    output: t.string({
      required: true,
      description: "The result that the model sees, up to the tool's returnLimit: the rest is cut off, with a mark.",
    }),
    isError: t.boolean({ defaultValue: false, description: 'The call failed, and output says why.' }),
    stdout: t.stringList({ description: 'Kept with the call; the model does not see it.' }),
    stderr: t.stringList({ description: 'Kept with the call; the model does not see it.' }),
  }),
});

const DecisionInput = builder.inputType('DecisionInput', {
  description:
    "Approve or deny; or, for a client's tool, hand in its result. A call of another run is NotFoundError; of an ended run, AlreadyDecidedError.",
  isOneOf: true,
  fields: (t) => ({
    approval: t.field({
      type: ApprovalInput,
      description: 'For a call that is AWAITING_APPROVAL; one that is AWAITING_CLIENT may be denied.',
    }),
    result: t.field({ type: ClientToolResultInput, description: 'For a call that is AWAITING_CLIENT.' }),
  }),
});

const ToolCallDecisionInput = builder.inputType('ToolCallDecisionInput', {
  description: 'What is decided on one call.',
  fields: (t) => ({
    toolCallId: t.id({ required: true, description: 'toolcall-…, of the run.' }),
    argumentsHash: t.string({
      description:
        'ToolCall.argumentsHash as the person who decides has seen it: with other arguments nothing is decided.',
    }),
    decision: t.field({ type: DecisionInput, required: true, description: 'What.' }),
  }),
});

const DecideToolCallsPayload = builder.objectRef<{ runId: string }>('DecideToolCallsPayload').implement({
  description: 'The decisions are committed.',
  fields: (t) => ({
    run: rowField(
      t,
      'Run',
      ({ runId }) => runId,
      'As it is now: QUEUED or further when nothing is left to decide, else still REQUIRES_ACTION, or RUNNING while other calls run.',
    ),
  }),
});

builder.mutationField('decideToolCalls', (t) =>
  t.fieldWithInput({
    description:
      'Answers tool calls that wait for a person or for the client. All or nothing; an identical repeat is a no-op. When none is left, the same run goes on.',
    type: DecideToolCallsPayload,
    errors: { types: [NotFoundError, InvalidInputError, AlreadyDecidedError] },
    typeOptions: { description: 'Which calls of which run; not all that wait have to be named.' },
    input: {
      runId: t.input.id({ required: true, description: 'run-…' }),
      decisions: t.input.field({
        type: [ToolCallDecisionInput],
        required: true,
        description: `Each on another call; 1 to ${MAX_DECISIONS}.`,
      }),
    },
    resolve: async (_root, { input }, { deps, viewer }) => {
      await decideToolCalls(deps, viewer, input);
      return { runId: input.runId };
    },
  }),
);
