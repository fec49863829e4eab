import { usageOf } from '../../usage.ts';
import { builder } from '../builder.ts';
import { RunError, runErrorOf } from './run-error.ts';
import { StopReason } from './stop-reason.ts';
import { Usage } from '../usage.ts';

const StepStatus = builder.enumType('StepStatus', {
  description: 'Where a step stands. More values may come.',
  values: {
    PENDING: {
      description:
        'The model call has not come to an end. Reserved: not produced yet, as a step is recorded at its end.',
    },
    SUCCEEDED: { description: 'The model answered.' },
    FAILED: { description: 'The model call came to nothing, or broke off.' },
    CANCELLED: { description: 'Its run was cancelled while the model answered.' },
  } as const,
});

export const Step = builder.prismaNode('Step', {
  description: 'One model call of a run, with the messages that came of it.',
  id: { field: 'id' },
  fields: (t) => ({
    index: t.exposeInt('index', { description: 'Its place in the run: 0, 1, 2 …' }),
    status: t.expose('status', { type: StepStatus, description: 'Where it stands.' }),
    model: t.exposeString('model', { description: 'The handle of the model that was called.' }),
    provider: t.exposeString('provider', { description: 'The provider of that model.' }),
    stopReason: t.expose('stopReason', {
      type: StopReason,
      nullable: true,
      description: 'Why the run ended with this step; null when it went on.',
    }),
    usage: t.field({ type: Usage, description: 'Of this model call alone.', resolve: usageOf }),
    leftOut: t.exposeStringList('leftOut', {
      description:
        'What was asked for, and left out of the request since the model refuses it: names of fields of `ModelSettings`, and `images`. Mostly empty.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was recorded.' }),
    completedAt: t.expose('completedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the model call came to an end; null until then.',
    }),
    error: t.field({
      type: RunError,
      nullable: true,
      description: 'Why it failed; null unless it has.',
      resolve: runErrorOf,
    }),
  }),
});
