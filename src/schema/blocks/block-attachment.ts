import { InvalidInputError, NotFoundError } from '../../errors.ts';
import { attachBlock } from '../../services/blocks/attach-block.ts';
import { MAX_BLOCKS } from '../../services/blocks/block.ts';
import { detachBlock } from '../../services/blocks/detach-block.ts';
import { attachmentMutation } from '../agents/attachment.ts';

attachmentMutation('Block', 'attachBlock', {
  description: `Gives the agent the block too, from its next run on. Nothing changes if the agent has it. InvalidInputError if the agent has another block with its label, or ${MAX_BLOCKS} blocks, or if the block is isolated.`,
  payload: 'The agent has the block.',
  input: 'Which block to which agent.',
  errors: [NotFoundError, InvalidInputError],
  change: attachBlock,
});

attachmentMutation('Block', 'detachBlock', {
  description:
    'Takes the block from the agent, from its next run on; the block itself stays. NotFoundError if the agent does not have it.',
  payload: 'The agent no longer has the block.',
  input: 'Which block from which agent.',
  errors: [NotFoundError],
  change: detachBlock,
});
