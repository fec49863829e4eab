import { InvalidInputError, NotFoundError } from '../../errors.ts';
import type { Block } from '../../store/generated/client.ts';
import { findAgent } from '../access.ts';
import type { Deps, Viewer } from '../deps.ts';
import { lockRow } from '../lock-row.ts';
import { MAX_BLOCKS } from './block.ts';
import { lockBlock } from './lock-block.ts';

/** Gives the agent the block too. To do it again changes nothing. */
export async function attachBlock(
  { db }: Pick<Deps, 'db'>,
  viewer: Viewer,
  { agentId, blockId }: { agentId: string; blockId: string },
): Promise<void> {
  const { organizationId } = await findAgent({ db }, viewer, agentId);
  await db.$transaction(async (tx) => {
    // Which labels the agent has is decided by one at a time; and neither may be deleted meanwhile.
    await lockRow(tx, 'Agent', { id: agentId, organizationId });
    const agent = await tx.agent.findFirst({ where: { id: agentId, deletedAt: null }, include: { blocks: true } });
    if (!agent) throw new NotFoundError(agentId);
    const block = await lockBlock(tx, viewer, blockId);
    if (agent.blocks.some((other) => other.blockId === blockId)) return;
    checkRoom(block, agent.blocks);
    await tx.agentBlock.create({ data: { agentId, blockId, label: block.label } });
  });
}

function checkRoom({ label, isIsolated }: Block, others: { label: string; blockId: string }[]): void {
  const same = others.find((other) => other.label === label);
  const message = isIsolated
    ? 'this block belongs to one conversation alone; create another one with the same value'
    : same
      ? `the agent has another block with the label ${JSON.stringify(label)}: ${same.blockId}. Detach that one first, or attach a block with another label`
      : others.length >= MAX_BLOCKS && `the agent has ${MAX_BLOCKS} blocks, which is as many as it can have`;
  if (message) throw new InvalidInputError([{ path: ['blockId'], message }]);
}
