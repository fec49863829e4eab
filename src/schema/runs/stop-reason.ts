import { builder } from '../builder.ts';

export const StopReason = builder.enumType('StopReason', {
  description: 'Why a run or a step ended. More values may come.',
  values: {
    END_TURN: { description: 'The model had nothing to add.' },
    MAX_STEPS: { description: 'It made as many model calls as it was allowed to (`maxSteps`).' },
    TOOL_RULE: { description: 'A tool was called after which the run is to end.' },
    ERROR: { description: 'Something went wrong on the server.' },
    LLM_API_ERROR: { description: 'The model could not be reached, or refused.' },
    INVALID_LLM_RESPONSE: { description: 'What the model sent is no valid answer.' },
    INVALID_TOOL_CALL: {
      description:
        'A tool rule sets arguments of the call that its tool does not take. Correct the rule, or the schema of the tool.',
    },
    NO_TOOL_CALL: { description: 'The model called no tool where one was required. Reserved: not produced yet.' },
    MAX_TOKENS_EXCEEDED: { description: 'The answer was cut off at the limit of output tokens.' },
    CONTEXT_WINDOW_OVERFLOW_IN_SYSTEM_PROMPT: {
      description: 'The system prompt alone is longer than the context window.',
    },
    INSUFFICIENT_CREDITS: { description: 'The account with the provider has no credit left.' },
    LIMIT_EXCEEDED: { description: 'It took more time or output than the server allows.' },
    CRASH_LOOP: { description: 'Its worker was lost several times in a row.' },
    CANCELLED: { description: 'Somebody ended it.' },
  } as const,
});
