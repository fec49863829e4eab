import type { Run } from '../../store/generated/client.ts';
import { builder } from '../builder.ts';

interface RunCallbackShape {
  url: string;
  sentAt: Date | null;
  statusCode: number | null;
  error: string | null;
}

export const RunCallback = builder.objectRef<RunCallbackShape>('RunCallback').implement({
  description: 'What became of telling a URL that the run has ended. It never changes the run.',
  fields: (t) => ({
    url: t.exposeString('url', { description: 'Where it goes.' }),
    sentAt: t.expose('sentAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was last tried; null before the first try, and so until the run has ended.',
    }),
    statusCode: t.exposeInt('statusCode', {
      nullable: true,
      description: 'Of the answer to the last try; null when there was none.',
    }),
    error: t.exposeString('error', {
      nullable: true,
      description: 'Why the last try did not deliver it, for people; null when it did.',
    }),
  }),
});

export function runCallbackOf(
  run: Pick<Run, 'callbackUrl' | 'callbackSentAt' | 'callbackStatusCode' | 'callbackError'>,
): RunCallbackShape | null {
  if (run.callbackUrl === null) return null;
  return {
    url: run.callbackUrl,
    sentAt: run.callbackSentAt,
    statusCode: run.callbackStatusCode,
    error: run.callbackError,
  };
}
