import { ToolError } from './tool.ts';

/** The longest text of a block that a model which has lost sight of it is shown again, in UTF-16 units. */
const SHOWN = 4000;

/** Puts lines after a line: 0 is before the first, -1 after the last. Throws with a message for the model. */
export function insertLines(value: string, text: string, after = -1): string {
  const lines = toLines(value);
  const place = after === -1 ? lines.length : after;
  if (place < 0 || place > lines.length)
    throw new ToolError(
      `There is no line ${after}: the block has ${lines.length} lines. Give 0 to insert before the first, 1 to ${lines.length} for a line to insert after, or -1 to insert after the last.`,
    );
  const changed = [...lines.slice(0, place), ...toLines(text), ...lines.slice(place)];
  // An empty last line is none without a break of its own.
  const isClosed = value.endsWith('\n') || changed.at(-1) === '';
  return changed.join('\n') + (isClosed ? '\n' : '');
}

/** Puts a text, which may be empty, in the place of the one passage that is as given. Throws with a message for the model. */
export function replacePassage(value: string, passage: string, replacement: string): string {
  if (passage === '') throw new ToolError('The passage to replace is empty. To add text, insert it after a line.');
  const start = value.indexOf(passage);
  if (start === -1)
    throw new ToolError(
      `The block does not hold this passage. Give it exactly as it stands there, with its spaces and line breaks.${reminder(value)}`,
    );
  if (value.includes(passage, start + 1))
    throw new ToolError(
      'The block holds this passage more than once. Give a longer one, with some of the text around it, that occurs only once.',
    );
  return value.slice(0, start) + replacement + value.slice(start + passage.length);
}

/** A break at the very end ends the last line: no empty one comes after it. */
export function toLines(text: string): string[] {
  if (text === '') return [];
  return (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
}

/** The prompt has a block as it was when the run began; others may have changed it since. */
function reminder(value: string): string {
  if (value === '') return ' It is empty now.';
  return value.length > SHOWN ? '' : ` It reads now:\n${value}`;
}
