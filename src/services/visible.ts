import type { Viewer } from './deps.ts';

const live = { deletedAt: null, agent: { deletedAt: null } };

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
  step: ({ organizationId }: Viewer) => ({ organizationId, run: { conversation: live } }),
  toolCall: ({ organizationId }: Viewer) => ({ organizationId, run: { conversation: live } }),
};
