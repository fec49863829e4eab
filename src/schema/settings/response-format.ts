import type { ResponseFormat as Format } from '../../agent/model.ts';
import { builder } from '../builder.ts';

const ResponseFormatType = builder.enumType('ResponseFormatType', {
  description: 'What the text of an answer can be made to be. More values may come.',
  values: {
    TEXT: { description: 'Any text.' },
    JSON_OBJECT: { description: 'A JSON object. Providers want the word JSON in the instructions or messages, too.' },
    JSON_SCHEMA: { description: 'JSON that fits a schema.' },
  } as const,
});

export const ResponseFormat = builder.objectRef<Format>('ResponseFormat').implement({
  description: 'What the text of an answer has to be. The provider sees to it, or refuses.',
  fields: (t) => ({
    type: t.field({ type: ResponseFormatType, description: 'Which of them.', resolve: ({ type }) => type }),
    name: t.string({
      nullable: true,
      description: 'Name of the schema, as the model sees it; null if none was given.',
      resolve: ({ name }) => name,
    }),
    schema: t.field({
      type: 'JSON',
      nullable: true,
      description: 'The JSON schema of JSON_SCHEMA, else null.',
      resolve: ({ schema }) => schema,
    }),
    strict: t.boolean({
      nullable: true,
      description: 'Whether the provider guarantees it, which not every schema allows; null: as the provider does.',
      resolve: ({ strict }) => strict,
    }),
  }),
});

export const ResponseFormatInput = builder.inputType('ResponseFormatInput', {
  description:
    'What the text of an answer has to be. schema belongs to JSON_SCHEMA, which needs it; so do name and strict.',
  fields: (t) => ({
    type: t.field({ type: ResponseFormatType, required: true, description: 'Which of them.' }),
    name: t.string({
      description: 'What the schema describes: 1 to 64 of a to z, A to Z, 0 to 9, _ and -. "answer" if not given.',
    }),
    schema: t.field({
      type: 'JSON',
      description: 'A JSON schema, as an object. Which of its keywords work is up to the provider.',
    }),
    strict: t.boolean({ description: 'Whether the provider is to guarantee it, which not every schema allows.' }),
  }),
});
