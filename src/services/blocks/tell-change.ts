import type { Block } from '../../store/generated/client.ts';
import { lengthOf } from './block.ts';

/** The return of a call that changed a memory block. Not the value itself: it would be sent again with every step. */
export function tellChange(label: string, { value, limit }: Pick<Block, 'value' | 'limit'>): string {
  return `The memory block ${JSON.stringify(label)} was changed: it has ${lengthOf(value)} of at most ${limit} characters now. Your instructions show the change from the next turn on.`;
}
