import type { Viewer } from './deps.ts';

const live = { deletedAt: null, agent: { deletedAt: null } };
/** The messages that show the calls of their step. A fork through an earlier message of the step has none of them. */
const withCalls = { kind: { in: ['TOOL_CALL' as const, 'APPROVAL_REQUEST' as const] } };

/**
 * Of each kind of node, those that exist for the viewer: theirs, and not deleted with anything above them. Each query that
 * starts from ids or from another owner's row applies it. From a visible node its own relations need no check: a message
 * is visible with its conversation, and so are the run and the agent of that conversation.
 */
export const visible = {
  agent: ({ organizationId }: Viewer) => ({ organizationId, deletedAt: null }),
  /** One that no agent has any more is still there. A conversation's own copy goes with the conversation. */
  block: ({ organizationId }: Viewer) => ({
    organizationId,
    deletedAt: null,
    OR: [{ isIsolated: false }, { conversations: { some: { conversation: live } } }],
  }),
  conversation: ({ organizationId }: Viewer) => ({ organizationId, ...live }),
  message: ({ organizationId }: Viewer) => ({ organizationId, conversation: live }),
  run: ({ organizationId }: Viewer) => ({ organizationId, deletedAt: null, conversation: live }),
  /** Forks have copies of its messages: it is there for as long as one of them is. Its run goes with its conversation. */
  step: ({ organizationId }: Viewer) => ({
    organizationId,
    OR: [{ run: { conversation: live } }, { messages: { some: { conversation: live } } }],
  }),
  toolCall: ({ organizationId }: Viewer) => ({
    organizationId,
    OR: [{ run: { conversation: live } }, { step: { messages: { some: { conversation: live, ...withCalls } } } }],
  }),
  tool: ({ organizationId }: Viewer) => ({ organizationId, deletedAt: null }),
};
