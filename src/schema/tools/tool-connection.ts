import { toolConditions } from '../../store/list-conditions.ts';
import { builder } from '../builder.ts';
import { defineList } from '../lists/define-list.ts';
import { Tool, ToolKind } from './tool.ts';

const ToolFilter = builder.inputType('ToolFilter', {
  description: 'Which tools are wanted: those that fulfil everything given. Null counts as left out.',
  fields: (t) => ({
    name: t.string({ description: 'The one with exactly this name.' }),
    kind: t.field({ type: ToolKind, description: 'Those of this kind.' }),
  }),
});

defineList({
  table: 'Tool',
  type: Tool,
  nouns: ['A tool', 'tools'],
  description: 'All tools, whether an agent has them or not, the built-in ones too.',
  filter: ToolFilter,
  conditions: toolConditions,
  orderFields: {
    CREATED_AT: { column: 'createdAt', type: 'timestamptz' },
    NAME: { column: 'name', type: 'text', isUnique: true },
  },
});
