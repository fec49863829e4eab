import { NotFoundError } from '../../errors.ts';
import { cancelRun } from '../../services/runs/cancel-run.ts';
import { rowField } from '../payload.ts';
import { builder } from '../builder.ts';

const CancelRunPayload = builder.objectRef<{ runId: string }>('CancelRunPayload').implement({
  description: 'The run has ended.',
  fields: (t) => ({
    run: rowField(t, 'Run', ({ runId }) => runId, 'As it is now: CANCELLED, or as it had ended before.'),
  }),
});

builder.mutationField('cancelRun', (t) =>
  t.fieldWithInput({
    description:
      'Final when it returns: no event, token, tool start or message of the run comes after it. Partial text is kept. A tool at work is asked to stop; if it finishes all the same, its return is stored with its call. Idempotent.',
    type: CancelRunPayload,
    errors: { types: [NotFoundError] },
    typeOptions: { description: 'Which run.' },
    input: { runId: t.input.id({ required: true, description: 'run-…' }) },
    resolve: async (_root, { input: { runId } }, { deps, viewer }) => {
      await cancelRun(deps, viewer, runId);
      return { runId };
    },
  }),
);
