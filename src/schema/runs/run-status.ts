import { builder } from '../builder.ts';

export const RunStatus = builder.enumType('RunStatus', {
  description: 'Where a run stands. More values may come.',
  values: {
    QUEUED: { description: 'It waits for a worker, or for the runs before it.' },
    RUNNING: { description: 'A worker has it.' },
    REQUIRES_ACTION: {
      description:
        'It waits for an approval, or for a result that the client has to hand in. It has not ended, and holds no worker.',
    },
    COMPLETED: { description: 'It ended as it should.' },
    FAILED: { description: 'It ended with an error; what was written until then is kept.' },
    CANCELLED: { description: 'Somebody ended it; what was written until then is kept.' },
  } as const,
});

export const RunKind = builder.enumType('RunKind', {
  description: 'What a run is for. More values may come.',
  values: {
    MESSAGE: { description: 'It answers messages.' },
    COMPACTION: { description: 'It compacts the context, on request.' },
  } as const,
});
