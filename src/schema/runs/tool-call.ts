import { isDeeper, MAX_DEPTH } from '../../agent/depth.ts';
import { parseExactly } from '../../agent/exact-json.ts';
import { decisionOf, type StoredDecision } from '../../services/history/stored-decision.ts';
import { builder } from '../builder.ts';

export const ToolCallStatus = builder.enumType('ToolCallStatus', {
  description: 'Where a tool call stands. More values may come.',
  values: {
    REQUESTED: { description: 'The model asked for it; nothing was done yet.' },
    AWAITING_APPROVAL: { description: 'It waits for an approval or a denial.' },
    AWAITING_CLIENT: { description: 'It waits for the client to hand in its result.' },
    RUNNING: { description: 'The tool was started.' },
    SUCCEEDED: { description: 'The tool gave its output.' },
    FAILED: { description: 'The tool gave an error, or the call could not be made: result says why.' },
    DENIED: {
      description:
        'It was denied, no decision came in time, or another message was sent instead of a decision. The server did not run it.',
    },
    CANCELLED: {
      description:
        'Its run ended before it did. A tool that was at work and finishes all the same makes it SUCCEEDED or FAILED, with its return.',
    },
    UNKNOWN: {
      description:
        'It was started, the process died, and whether it took effect cannot be known. It is never silently run again.',
    },
  } as const,
});

const ApprovalDecision = builder.objectRef<NonNullable<StoredDecision['approval']>>('ApprovalDecision').implement({
  description: 'What was decided on a tool call.',
  fields: (t) => ({
    approved: t.exposeBoolean('approved', { description: 'Whether it may run.' }),
    reason: t.exposeString('reason', {
      nullable: true,
      description: 'Reason of the decision; the model sees that of a denial.',
    }),
    decidedById: t.exposeID('decidedById', {
      nullable: true,
      description: 'The user who decided; null if no decision came in time.',
    }),
    decidedAt: t.field({ type: 'DateTime', description: 'When.', resolve: ({ decidedAt }) => new Date(decidedAt) }),
  }),
});

export const ToolCall = builder.prismaNode('ToolCall', {
  description: "One durable object from the model's request to its result; it is what approvals are bound to.",
  id: { field: 'id' },
  fields: (t) => ({
    name: t.exposeString('name', { description: 'The name of the tool, as the model wrote it.' }),
    status: t.expose('status', { type: ToolCallStatus, description: 'Where it stands.' }),
    arguments: t.field({
      type: 'JSON',
      nullable: true,
      description: `As \`argumentsText\`, number by number: integers beyond 2^53 have all their digits, and a client whose JSON parser reads doubles rounds them. Null when the model wrote no valid JSON, or nested it deeper than ${MAX_DEPTH} levels.`,
      resolve: ({ argumentsText }) => parse(argumentsText),
    }),
    argumentsText: t.exposeString('argumentsText', {
      description: 'The arguments exactly as the model wrote them, but for those that a tool rule gives the call.',
    }),
    result: t.exposeString('result', {
      nullable: true,
      description:
        "The result that the model sees: the tool's output, its error, or why it was not run. Null while the call is open.",
    }),
    // Null in the database until a client hands something in, and so in a row that a list has read.
    stdout: t.stringList({
      description: 'Output that the client handed in beside the result; the model does not see it.',
      resolve: ({ stdout }) => (stdout as string[] | null) ?? [],
    }),
    stderr: t.stringList({
      description: 'Output that the client handed in beside the result; the model does not see it.',
      resolve: ({ stderr }) => (stderr as string[] | null) ?? [],
    }),
    argumentsHash: t.exposeString('argumentsHash', {
      description:
        'SHA-256 of argumentsText, in hex. Send it with a decision to decide on these arguments and no others.',
    }),
    decision: t.field({
      type: ApprovalDecision,
      nullable: true,
      description: 'The decision on it; null if there is none yet, or none was needed.',
      resolve: (call) => decisionOf(call).approval,
    }),
    approvalExpiresAt: t.expose('approvalExpiresAt', {
      type: 'DateTime',
      nullable: true,
      description:
        'When it counts as denied without a decision, or as failed if the client has handed in no result; null when it does not wait, or does not expire.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the model asked for it.' }),
    startedAt: t.expose('startedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the tool was started; null when it was not.',
    }),
    finishedAt: t.expose('finishedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it got its result; null while it is open.',
    }),
  }),
});

function parse(text: string): unknown {
  try {
    const value = parseExactly(text);
    return isDeeper(value, MAX_DEPTH) ? null : value;
  } catch {
    return null; // models write what they like; argumentsText has it
  }
}
