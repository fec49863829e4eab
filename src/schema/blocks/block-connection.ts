import { blockConditions } from '../../store/list-conditions.ts';
import { builder } from '../builder.ts';
import { defineList } from '../lists/define-list.ts';
import { Block } from './block.ts';

const BlockFilter = builder.inputType('BlockFilter', {
  description:
    'Which blocks are wanted: those that fulfil everything given. Null and an empty `labelSearch` count as left out.',
  fields: (t) => ({
    label: t.string({ description: 'Those with exactly this label.' }),
    labelSearch: t.string({
      description: 'Those whose label has this text in it, in capital or small letters. No character is a wildcard.',
    }),
    agentId: t.id({ description: 'Those that this agent has: agent-…' }),
    isAttached: t.boolean({ description: 'Those that some agent has; false: those that none has.' }),
  }),
});

defineList({
  table: 'Block',
  type: Block,
  nouns: ['A block', 'blocks'],
  description:
    'All blocks, whether an agent has them or not. The isolated ones are not among them: see `Conversation.isolatedBlocks`.',
  filter: BlockFilter,
  conditions: blockConditions,
  orderFields: {
    CREATED_AT: { column: 'createdAt', type: 'timestamptz' },
    UPDATED_AT: { column: 'updatedAt', type: 'timestamptz' },
    LABEL: { column: 'label', type: 'text' },
  },
});
