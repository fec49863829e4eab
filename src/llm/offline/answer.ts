import { recall, remember, topicOf, toSentences } from './memory.ts';
import { isNoted, noteFacts } from './notes.ts';
import { toSecondPerson } from './pronouns.ts';
import { count, story } from './texts.ts';
import { chooseTools, demandedTool, type ChatTool, type ChatToolChoice, type ToolChoice } from './tools.ts';

type ChatPart = { type: 'text'; text: string } | { type: 'image_url' };

export interface ChatMessage {
  role: string;
  content?: string | ChatPart[] | null;
  tool_calls?: { id: string; function: { name: string; arguments: string } }[];
  tool_call_id?: string;
}

type OfflineAnswer = { because: string } & ({ text: string } | { toolCalls: ToolChoice[] });

/** A conversation as the rules look at it. */
interface Talk {
  messages: ChatMessage[];
  tools: ChatTool[];
  choice: ChatToolChoice | undefined;
  system: string;
  /** What the user said before the last message, oldest first. */
  before: string[];
  last: string;
}

/** The offline model as a whole: the first rule that knows an answer gives it. */
const RULES: [because: string, rule: (talk: Talk) => string | ToolChoice[] | undefined][] = [
  ['A tool call is demanded.', ({ choice, last, tools }) => demandedTool(choice, last, tools)],
  ['A tool has answered, so I tell its result.', tellToolResult],
  ['A summary is wanted.', summarize],
  ['My tools are asked for.', ({ last, tools }) => chooseTools(last, tools)],
  ['I am shown images.', declineImages],
  ['I am asked to count.', ({ last }) => count(last)],
  ['I am asked for a text.', ({ last }) => story(last)],
  ['I am asked what I am.', introduce],
  ['I am asked for something that I may have been told.', answerFromMemory],
  ['I am told something that belongs in my memory.', note],
  ['I am told something to remember.', acknowledge],
  ['Nothing more special fits, so I say what I can do with it.', reflect],
];

/** What the offline model says next. The same conversation always gets the same answer. */
export function answerOffline(
  messages: ChatMessage[],
  offered: ChatTool[] = [],
  choice?: ChatToolChoice,
): OfflineAnswer {
  const tools = choice === 'none' ? [] : offered;
  const said = (role: string) => messages.filter((message) => message.role === role).map(textIn);
  const talk = { messages, tools, choice, system: said('system').join('\n'), before: said('user'), last: '' };
  talk.last = talk.before.pop() ?? '';
  for (const [because, rule] of RULES) {
    const found = rule(talk);
    if (found !== undefined)
      return typeof found === 'string' ? { because, text: found } : { because, toolCalls: found };
  }
  return { because: 'Nothing was said.', text: 'I am listening.' };
}

function tellToolResult(talk: Talk): string | undefined {
  const results = newResults(talk);
  if (results.length === 0 || hasNoted(talk)) return undefined;
  const calls = talk.messages.flatMap((message) => message.tool_calls ?? []);
  return results
    .map((result) => {
      const name = calls.findLast(({ id }) => id === result.tool_call_id)?.function.name ?? 'tool';
      return `The ${name} tool answered: ${shorten(textIn(result), 500) || 'nothing'}`;
    })
    .join('\n');
}

function newResults({ messages }: Talk): ChatMessage[] {
  return messages.slice(messages.findLastIndex(({ role }) => role !== 'tool') + 1);
}

function note(talk: Talk): ToolChoice[] | undefined {
  return hasNoted(talk) ? undefined : noteFacts(talk.last, talk.system, talk.tools);
}

/** Whether the last message was just written into memory: the prompt shows that from the next run on only. */
function hasNoted(talk: Talk): boolean {
  const { messages, last, system } = talk;
  const [result, ...others] = newResults(talk);
  if (!result || others.length > 0 || !isNoted(textIn(result))) return false;
  const calls = messages.flatMap((message) => message.tool_calls ?? []);
  const call = calls.findLast(({ id }) => id === result.tool_call_id)?.function;
  // The rules of the agent may offer other tools now than those that the call was chosen from.
  const [made] = (call && noteFacts(last, system, [{ function: call }])) ?? [];
  return made !== undefined && made.arguments === call?.arguments;
}

function declineImages({ messages }: Talk): string | undefined {
  const content = messages.findLast(({ role }) => role === 'user')?.content;
  const images = Array.isArray(content) ? content.filter(({ type }) => type === 'image_url').length : 0;
  if (images === 0) return undefined;
  return `I got ${images} image${images === 1 ? '' : 's'}, but I am the offline model and cannot see images.`;
}

function summarize({ messages, system, before, last }: Talk): string | undefined {
  const wish = /\bsummari[sz]e\b|\b(write|give|make|create|produce)\b[^.\n]{0,40}\bsummary\b/i;
  const isTask = wish.test(system.slice(0, 300));
  // In a long message the wish stands at one of its ends, and the rest is what to summarize.
  if (!isTask && !wish.test(last.slice(0, 300)) && !wish.test(last.slice(-300))) return undefined;
  const lines = (last.length > 300 || isTask ? [...before, last] : before).flatMap((text) => text.split('\n'));
  const points = lines.map((line) => line.trim()).filter((line) => line !== '' && !wish.test(line));
  const facts = [...remember(system, [...before, last])].map(([what, value]) => `the user's ${what} is ${value}`);
  const longest = new Set(points.toSorted((a, b) => b.length - a.length).slice(0, 5));
  return [
    `Summary of ${messages.length} messages:`,
    ...(facts.length > 0 ? [`- Known: ${facts.join('; ')}.`] : []),
    ...points.filter((point) => longest.has(point)).map((point) => `- ${shorten(point, 120)}`),
  ].join('\n');
}

function introduce({ last }: Talk): string | undefined {
  const asked =
    /\b(who|what) (are|r) (you|u)\b|\bwhat can you do\b|\bare you (an? |the )?(real|ai|bot|robot|human|model|llm)\b|^help\W*$/i;
  if (!asked.test(last) && !/^\s*(say )?(hi|hello|hey|good (morning|day|evening))( [\w']+)?\W*$/i.test(last))
    return undefined;
  return (
    "Hello! I am Parley's offline model: a small program inside the server that needs no account and knows nothing of the world. " +
    'I remember what you tell me ("my name is Ada"), call your tools ("use the … tool"), count ("count to 50"), ' +
    'tell stories ("tell me a long story") and summarize. Set OPENAI_API_KEY to talk to a real model.'
  );
}

function answerFromMemory({ system, before, last }: Talk): string | undefined {
  if (!/\?\s*$|^\s*(what|who|where|when|which|how|do|did|am|tell me (what|where|who|my))\b/i.test(last))
    return undefined;
  const facts = remember(system, [...before, last]);
  const asked =
    /\bmy ([\w -]{1,40}?)\s{0,3}[?.!]{0,3}$/i.exec(last)?.[1]?.toLowerCase() ??
    (/\bwho am i\b/i.test(last) ? 'name' : undefined);
  if (asked && facts.has(asked)) return `Your ${asked} is ${facts.get(asked)}.`;
  if (/\b(know|remember) about me\b/i.test(last) && facts.size > 0)
    return `You told me: ${[...facts].map(([what, value]) => `your ${what} is ${value}`).join(', ')}.`;
  const sentence = recall(last, system, before);
  if (sentence) return sentence;
  return asked ? `You have not told me your ${asked} yet.` : undefined;
}

function acknowledge({ last }: Talk): string | undefined {
  const facts = remember('', [last]);
  const name = facts.get('name');
  if (name) return `Nice to meet you, ${name}. I will remember your name.`;
  const told = /\b(?:remember|note) that ([^!?\n]{3,120})/i.exec(last)?.[1];
  const sentence = told ?? toSentences(last).find((each) => /^(my|i|i'm)\b[^?]+$/i.test(each));
  return sentence && `I will remember that ${toSecondPerson(sentence)}.`;
}

function reflect({ before, last }: Talk): string {
  const topic = topicOf(last);
  if (topic === undefined) return 'I am listening. Tell me something, and ask me about it later.';
  const turn = before.length === 0 ? '' : ` This is your message number ${before.length + 1} here.`;
  if (/\?|^\s*(write|explain|tell|give|make|translate|list|describe|show|create|how|why|what|can|could)\b/i.test(last))
    return `About ${topic} I know only what you tell me: I am the offline model and have no knowledge of my own.${turn}`;
  return `I see, this is about ${topic}. Ask me about it later, and I will tell you what you said.${turn}`;
}

function textIn({ content }: ChatMessage): string {
  if (!Array.isArray(content)) return content ?? '';
  return content.map((part) => (part.type === 'text' ? part.text : '')).join('\n');
}

function shorten(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}
