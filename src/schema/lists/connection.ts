import { builder } from '../builder.ts';

builder.globalConnectionField('totalCount', (t) =>
  t.int({
    description:
      'How many items the whole list has. It is counted when you select it, which takes time in a long list.',
    resolve: (connection) => connection.totalCount(),
  }),
);
