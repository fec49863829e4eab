import { z } from 'zod';
import { changeConversation } from '../../events/change.ts';
import { withCopies } from '../../key-order.ts';
import { Prisma } from '../../store/generated/client.ts';
import { findConversation } from '../access.ts';
import { checkModel } from '../check-model.ts';
import type { Deps, Viewer } from '../deps.ts';
import { longText, modelSettings, parseInput, shortText } from '../input.ts';
import { lockRow } from '../lock-row.ts';

const UpdateConversation = z.object({
  id: z.string(),
  summary: longText.nullish(),
  model: shortText.nullish(),
  modelSettings: modelSettings.nullish(),
});

/** Changes what is given, null clears, and tells followers. Returns the conversation's id. */
export async function updateConversation(
  deps: Pick<Deps, 'db' | 'log' | 'wakeups' | 'models'>,
  viewer: Viewer,
  input: unknown,
): Promise<string> {
  const { id, summary, model, modelSettings } = parseInput(UpdateConversation, input);
  const conversation = await findConversation(deps, viewer, id);
  const data = {
    ...(summary !== undefined && { summary }),
    ...(model !== undefined && { model: model === null ? null : checkModel(deps.models, model) }),
    ...(modelSettings !== undefined && withCopies({ modelSettings: modelSettings ?? Prisma.DbNull })),
  };
  await changeConversation(deps, conversation.id, async ({ tx, append }) => {
    if (Object.keys(data).length > 0) {
      // Waits for nobody: whoever writes to the row has the lock of the head.
      const updatedAt = await lockRow(tx, 'Conversation', conversation);
      await tx.conversation.update({ where: { id: conversation.id }, data: { ...data, updatedAt } });
    }
    append({ type: 'ConversationUpdated', runId: null, data: {} });
  });
  return conversation.id;
}
