import { InvalidInputError, NotFoundError } from '../../errors.ts';
import { attachBlock } from '../../services/blocks/attach-block.ts';
import { detachBlock } from '../../services/blocks/detach-block.ts';
import { Agent } from '../agents/agent.ts';
import { Block } from './block.ts';
import { builder } from '../builder.ts';

const AttachBlockPayload = attachmentPayload('AttachBlockPayload', 'The agent has the block.');
const DetachBlockPayload = attachmentPayload('DetachBlockPayload', 'The agent no longer has the block.');

builder.mutationField('attachBlock', (t) =>
  t.fieldWithInput({
    description:
      'Gives the agent the block too, from its next run on. Nothing changes if the agent has it. InvalidInputError if the agent has another block with its label, or 100 blocks, or if the block is isolated.',
    type: AttachBlockPayload,
    errors: { types: [NotFoundError, InvalidInputError] },
    typeOptions: { description: 'Which block to which agent.' },
    input: {
      agentId: t.input.id({ required: true, description: 'agent-…' }),
      blockId: t.input.id({ required: true, description: 'block-…' }),
    },
    resolve: async (_root, { input }, { deps, viewer }) => {
      await attachBlock(deps, viewer, input);
      return input;
    },
  }),
);

builder.mutationField('detachBlock', (t) =>
  t.fieldWithInput({
    description:
      'Takes the block from the agent, from its next run on; the block itself stays. NotFoundError if the agent does not have it.',
    type: DetachBlockPayload,
    errors: { types: [NotFoundError] },
    typeOptions: { description: 'Which block from which agent.' },
    input: {
      agentId: t.input.id({ required: true, description: 'agent-…' }),
      blockId: t.input.id({ required: true, description: 'block-…' }),
    },
    resolve: async (_root, { input }, { deps, viewer }) => {
      await detachBlock(deps, viewer, input);
      return input;
    },
  }),
);

function attachmentPayload(name: string, description: string) {
  return builder.objectRef<{ agentId: string; blockId: string }>(name).implement({
    description,
    fields: (t) => ({
      agent: t.prismaField({
        type: Agent,
        description: 'As it is now.',
        resolve: (query, { agentId: id }, _args, { deps, viewer: { organizationId } }) =>
          deps.db.agent.findUniqueOrThrow({ ...query, where: { id, organizationId } }),
      }),
      block: t.prismaField({
        type: Block,
        description: 'As it is now.',
        resolve: (query, { blockId: id }, _args, { deps, viewer: { organizationId } }) =>
          deps.db.block.findUniqueOrThrow({ ...query, where: { id, organizationId } }),
      }),
    }),
  });
}
