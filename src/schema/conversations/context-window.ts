import DataLoader from 'dataloader';
import { NotFoundError } from '../../errors.ts';
import { countContext, type ContextCount } from '../../services/sending/count-context.ts';
import { requestSource } from '../../services/sending/next-request.ts';
import { builder } from '../builder.ts';
import type { Context } from '../context.ts';

/** Whole contexts are read: as many of them at once as fit into memory anyway. */
const BATCH = 20;

interface Window extends ContextCount {
  reported: number | null;
}

const ContextWindow = builder.objectRef<Window>('ContextWindow').implement({
  description:
    'How full the context window is, in tokens: what the next run would send, were it to begin now, without what would be sent with it. ' +
    'Text is counted exactly for models of OpenAI (o200k_base), and elsewhere estimated: a token for four bytes of UTF-8. What a provider puts around messages, images and tools are estimates everywhere, so that every count but `limit` and `reported` is one.',
  fields: (t) => ({
    limit: t.exposeInt('limit', {
      description: "The agent's contextWindow, or the own window of the model of the conversation if that is less.",
    }),
    total: t.exposeInt('total', { description: 'The sum of system, blocks, tools, summary and messages.' }),
    system: t.exposeInt('system', { description: 'The system prompt without the blocks.' }),
    blocks: t.exposeInt('blocks', { description: 'The blocks in the system prompt. 0 without any.' }),
    tools: t.exposeInt('tools', {
      description: 'The tools with their schemas, counted as JSON, which is rather too much. 0 without any.',
    }),
    summary: t.exposeInt('summary', {
      description: 'What stands for messages that left the context. 0 while none did.',
    }),
    messages: t.exposeInt('messages', { description: 'The other messages of the context.' }),
    reported: t.exposeInt('reported', {
      nullable: true,
      description:
        'What the last model call of a message run took, prompt and answer together, as its provider reported it. Null until one did.',
    }),
  }),
});

builder.prismaObjectFields('Conversation', (t) => ({
  contextWindow: t.field({
    type: ContextWindow,
    description: 'How full the context window is. It takes reading the whole context: ask for it where it is shown.',
    resolve: ({ id }, _args, context, info) => context.loaders.at(info, () => windowLoader(context)).load(id),
  }),
}));

function windowLoader(context: Context): DataLoader<string, Window> {
  return new DataLoader<string, Window>((ids) => readWindows(context, ids), { maxBatchSize: BATCH });
}

async function readWindows({ deps }: Context, ids: readonly string[]): Promise<(Window | Error)[]> {
  const conversations = await deps.db.conversation.findMany({
    where: { id: { in: [...ids] } },
    include: {
      ...requestSource,
      runs: {
        where: { kind: 'MESSAGE', contextTokens: { not: null } },
        select: { contextTokens: true },
        orderBy: { queuedSeq: 'desc' },
        take: 1,
      },
    },
  });
  const windows = new Map<string, Window>();
  for (const { runs, ...conversation } of conversations) {
    const count = await countContext(deps, conversation);
    windows.set(conversation.id, { ...count, reported: runs[0]?.contextTokens ?? null });
  }
  return ids.map((id) => windows.get(id) ?? new NotFoundError(id));
}
