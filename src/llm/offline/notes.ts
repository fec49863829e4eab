import { remember, toSentences } from './memory.ts';
import { toThirdPerson } from './pronouns.ts';
import type { ChatTool, ToolChoice } from './tools.ts';

interface MemoryBlock {
  label: string;
  value: string;
  isReadOnly: boolean;
}

interface Note {
  text: string;
  isIn: (value: string) => boolean;
}

/** The tools that add a line to a block, and what each calls the line. */
const NOTING_TOOLS = { core_memory_append: 'content', memory_insert: 'new_string' };

/** The call that writes into the agent's memory what it is told, unless that is there, or there is no place or no tool for it. */
export function noteFacts(said: string, system: string, tools: ChatTool[]): ToolChoice[] | undefined {
  const writable = memoryBlocks(system).filter(({ isReadOnly }) => !isReadOnly);
  const block = writable.find(({ label }) => label === 'human') ?? writable[0];
  const tool = Object.entries(NOTING_TOOLS).find(([name]) => tools.some(({ function: each }) => each.name === name));
  if (!block || !tool) return undefined;
  const notes = notesOf(said).filter(({ isIn }) => !isIn(block.value));
  if (notes.length === 0) return undefined;
  const [name, argument] = tool;
  const line = notes.map(({ text }) => text).join(' ');
  return [{ name, arguments: JSON.stringify({ label: block.label, [argument]: line }) }];
}

/** Whether a memory tool did what it was asked, by what it answered. */
export function isNoted(answer: string): boolean {
  return /^The memory block "[^"\n]*" (was changed|reads like that already)/.test(answer);
}

/** As compileSystemPrompt writes them. */
function memoryBlocks(system: string): MemoryBlock[] {
  const section = /<memory_blocks>\n([^]*)\n<\/memory_blocks>/.exec(system)?.[1] ?? '';
  const block =
    /<([\p{L}_][\p{L}\p{N}_./-]*)>\n(?:<description>\n[^]*?\n<\/description>\n)?<metadata>\n([^]*?)<\/metadata>\n<value>\n([^]*?)\n<\/value>\n<\/\1>/gu;
  return [...section.matchAll(block)].map(([, label = '', metadata = '', value = '']) => ({
    label,
    value,
    isReadOnly: metadata.includes('read_only=true'),
  }));
}

function notesOf(said: string): Note[] {
  return toSentences(said)
    .filter((sentence) => !sentence.endsWith('?'))
    .flatMap((sentence) => sentence.split(/,? and (?=(?:my|i|i'm)\b)/i))
    .flatMap((clause) => {
      const facts = [...remember('', [clause])];
      return facts.length > 0 ? facts.map(toFact) : toSaying(clause);
    });
}

function toFact([what, value]: [string, string]): Note {
  // The newest of several that contradict each other holds.
  return { text: `The user's ${what} is ${value}.`, isIn: (known) => remember(known, []).get(what) === value };
}

function toSaying(clause: string): Note[] {
  const told = /\b(?:remember|note) that (.{3,120})/i.exec(clause)?.[1];
  const saying = told ?? (/^(my|i|i'm|i've)\b/i.test(clause) ? clause : undefined);
  if (saying === undefined) return [];
  const text = `The user says that ${toThirdPerson(saying)}.`;
  return [{ text, isIn: (known) => known.includes(text) }];
}
