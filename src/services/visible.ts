import type { Viewer } from './deps.ts';

const live = { deletedAt: null, agent: { deletedAt: null } };
const ofLiveMessage = {
  OR: [{ run: { conversation: live } }, { messages: { some: { conversation: live } } }],
};

/** Of each kind of node, those that exist for the viewer: theirs, and not deleted with anything above them. */
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
  /** Forks have copies of its messages: it is there for as long as one of them is. */
  step: ({ organizationId }: Viewer) => ({ organizationId, ...ofLiveMessage }),
  toolCall: ({ organizationId }: Viewer) => ({ organizationId, step: ofLiveMessage }),
  tool: ({ organizationId }: Viewer) => ({ organizationId, deletedAt: null }),
};
