import type { Hold } from '../../../events/change.ts';
import type { Tx } from '../../../store/database.ts';
import type { Block } from '../../../store/generated/client.ts';
import { ToolError } from '../../../agent/tool.ts';
import { lockRow, type Locked } from '../../../services/lock-row.ts';

/**
 * The block that the agent of a held run knows by this label, which from now on nobody else can change or delete until
 * the transaction ends. Throws with a message for the model when it has none.
 */
export async function lockMemory(
  tx: Tx,
  hold: Hold,
  label: string,
): Promise<{ agentId: string; block: Locked<Block> }> {
  const { organizationId } = hold;
  for (let locked: { id: string; at: Date } | undefined; ;) {
    // Once more after each lock: whoever had it may have deleted or detached the block, and another may be in its place.
    const { agentId, blockIds } = await findMemory(tx, hold);
    const id = blockIds.get(label);
    if (id === undefined) throw new ToolError(unknown(label, [...blockIds.keys()]));
    if (id === locked?.id) {
      const block = await tx.block.findUniqueOrThrow({ where: { id, organizationId } });
      return { agentId, block: { ...block, at: locked.at } };
    }
    locked = { id, at: await lockRow(tx, 'Block', { id, organizationId }) };
  }
}

/** By label, the blocks of the agent as its prompt shows them: a conversation's own copy is in the place of the agent's. */
async function findMemory(tx: Tx, { organizationId, conversationId: id }: Hold) {
  const links = { where: { block: { deletedAt: null, organizationId } }, select: { label: true, blockId: true } };
  const { agentId, agent, isolatedBlocks } = await tx.conversation.findUniqueOrThrow({
    where: { id, organizationId },
    select: { agentId: true, agent: { select: { blocks: links } }, isolatedBlocks: links },
  });
  const blockIds = new Map(agent.blocks.map(({ label, blockId }) => [label, blockId]));
  for (const { label, blockId } of isolatedBlocks) if (blockIds.has(label)) blockIds.set(label, blockId);
  return { agentId, blockIds };
}

function unknown(label: string, labels: string[]): string {
  const known = labels.length > 0 ? `The labels are: ${labels.toSorted().join(', ')}.` : 'There are none.';
  return `There is no memory block with the label ${JSON.stringify(label.slice(0, 100))}. ${known}`;
}
