import { builder } from '../builder.ts';

interface RunErrorShape {
  code: string;
  message: string;
}

export const RunError = builder.objectRef<RunErrorShape>('RunError').implement({
  description: 'Why a run or a step failed.',
  fields: (t) => ({
    code: t.exposeString('code', {
      description: 'Stable, to decide by; such as LLM_RATE_LIMITED. More codes may come.',
    }),
    message: t.exposeString('message', { description: 'For people. It holds no key and no prompt.' }),
  }),
});

export function runErrorOf({
  errorCode,
  errorMessage,
}: {
  errorCode: string | null;
  errorMessage: string | null;
}): RunErrorShape | null {
  return errorCode === null ? null : { code: errorCode, message: errorMessage ?? '' };
}
