import { z } from 'zod';
import { insertLines, replacePassage } from '../../../agent/memory-edit.ts';
import { ToolError, type ToolRequest } from '../../../agent/tool.ts';
import { InvalidInputError } from '../../../errors.ts';
import { changeHeldRun, type Hold } from '../../../events/change.ts';
import { changeBlock } from '../../../services/blocks/block-rows.ts';
import { tellChange } from '../../../services/blocks/tell-change.ts';
import type { Deps } from '../../../services/deps.ts';
import { lockMemory } from './lock-memory.ts';

interface Edit {
  label: string;
  /** The new value of the block. Throws with a message for the model. */
  apply: (value: string) => string;
}

/** What cannot be stored is dropped: a model that wrote it would not know what it did. */
const text = z.string().transform((given) => given.replaceAll('\0', '').toWellFormed());

const label = z.string();

/** The tools that change memory, each with what its arguments mean. */
export const memoryEdits: ReadonlyMap<string, z.ZodType<Edit>> = new Map<string, z.ZodType<Edit>>([
  [
    'core_memory_append',
    z
      .object({ label, content: text })
      .transform((given) => ({ ...given, apply: (value) => insertLines(value, given.content) })),
  ],
  [
    'core_memory_replace',
    z.object({ label, old_content: text, new_content: text }).transform((given) => ({
      ...given,
      apply: (value) => replacePassage(value, given.old_content, given.new_content),
    })),
  ],
  [
    'memory_insert',
    z
      .object({ label, new_string: text, insert_line: z.int().optional() })
      .transform((given) => ({ ...given, apply: (value) => insertLines(value, given.new_string, given.insert_line) })),
  ],
  [
    'memory_replace',
    z.object({ label, old_string: text, new_string: text }).transform((given) => ({
      ...given,
      apply: (value) => replacePassage(value, given.old_string, given.new_string),
    })),
  ],
  [
    'memory_rethink',
    z.object({ label, new_memory: text }).transform((given) => ({ ...given, apply: () => given.new_memory })),
  ],
]);

/**
 * Changes a memory block of the run's conversation, and returns what the model is told. To do it again with the same
 * call changes nothing, and gives the same answer. A refusal is a ToolError.
 */
export async function editMemory(
  deps: Pick<Deps, 'db' | 'log' | 'wakeups'>,
  hold: Hold,
  { id: toolCallId }: Pick<ToolRequest, 'id'>,
  { label, apply }: Edit,
): Promise<string> {
  const { organizationId } = hold;
  return changeHeldRun(deps, hold, async ({ tx }) => {
    const earlier = await tx.blockVersion.findUnique({ where: { toolCallId, organizationId } });
    if (earlier) return tellChange(label, earlier);
    const { agentId, block } = await lockMemory(tx, hold, label);
    if (block.readOnly)
      throw new ToolError(`The memory block ${JSON.stringify(label)} is read-only: you cannot change it.`);
    const changed = await changeBlock(tx, block, { value: apply(block.value) }, { agentId, toolCallId }).catch(refuse);
    return changed.version === block.version
      ? `The memory block ${JSON.stringify(label)} reads like that already. Nothing was changed.`
      : tellChange(label, changed);
  });
}

function refuse(error: unknown): never {
  if (!(error instanceof InvalidInputError)) throw error;
  const problems = error.issues.map(({ message }) => message).join('; ');
  throw new ToolError(`Nothing was changed: the new text ${problems}. Write less, or condense the block first.`);
}
