import type { Viewer as ViewerShape } from '../services/deps.ts';
import { builder } from './builder.ts';

const Viewer = builder.objectRef<ViewerShape>('Viewer').implement({
  description: 'Who is asking. Without authentication everybody is the one default user.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'The id of the user. A viewer is no node: `node` does not find it.' }),
    organizationId: t.exposeID('organizationId', {
      description: 'The organization that everything you see and make belongs to.',
    }),
    name: t.exposeString('name', { nullable: true, description: 'A name to show; null when there is none.' }),
  }),
});

builder.queryField('viewer', (t) =>
  t.field({
    description: 'Who the server takes you for.',
    type: Viewer,
    resolve: (_root, _args, { viewer }) => viewer,
  }),
);
