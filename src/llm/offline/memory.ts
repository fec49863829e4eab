import { toSecondPerson } from './pronouns.ts';

/** What "my X is Y" and the like have told, the latest last. In a system prompt "my" is the agent, so there only the user's facts count. */
export function remember(system: string, said: string[]): Map<string, string> {
  const facts = new Map<string, string>();
  const learn = (what: string | undefined, value: string | undefined) => {
    if (what && value) facts.set(what.trim().toLowerCase(), value.trim());
  };
  for (const [, what, value] of system.matchAll(
    /\b(?:user|human)(?:'s|’s) ([\w -]{1,30}?) (?:is|are) ([^.,;!?\n<]{1,80})/gi,
  ))
    learn(what, value);
  for (const [, what, value] of system.matchAll(
    /^[ \t*-]{0,9}(?:user(?:'s)? |human(?:'s)? )?(name|age|city|job|email|birthday|language|favou?rite [\w ]{1,20}): *([^\n<]{1,80})/gim,
  ))
    learn(what, value);
  for (const sentence of said.flatMap(toSentences).filter((each) => !each.endsWith('?'))) {
    learn('name', /\b(?:call me|i am called|i'm called) ([\p{L}'-]+)/iu.exec(sentence)?.[1]);
    for (const [, what, value] of sentence.matchAll(
      /\bmy ([\w -]{1,30}?) (?:is|are|was) (?:called )?([^.,;!?\n]{1,80}?)(?= and (?:my|i)\b|[.,;!?\n]|$)/gi,
    ))
      learn(what, value);
  }
  return facts;
}

/** The sentence heard before that shares the most words with the question, told back; the later one of equals. */
export function recall(question: string, system: string, said: string[]): string | undefined {
  const asked = new Set(keywords(question).map(stem));
  const heard = [
    ...toSentences(withoutMarkup(system)).map((sentence) => ({ sentence, isMemory: true })),
    ...said.flatMap(toSentences).map((sentence) => ({ sentence, isMemory: false })),
  ];
  let best: { sentence: string; isMemory: boolean; shared: number } | undefined;
  for (const each of heard.filter(({ sentence }) => !sentence.endsWith('?'))) {
    const shared = keywords(each.sentence).filter((word) => asked.has(stem(word))).length;
    if (shared > 0 && shared >= (best?.shared ?? 0)) best = { ...each, shared };
  }
  if (!best) return undefined;
  return best.isMemory ? `My memory says: ${best.sentence}` : `You told me: ${toSecondPerson(best.sentence)}.`;
}

/** What stands around the memory of a prompt is not memory. */
function withoutMarkup(system: string): string {
  return system.replace(/<(description|metadata|memory_metadata)>\n[^]*?\n<\/\1>/g, '\n').replace(/<[^>\n]*>/g, '\n');
}

/** What a message is about: its longest word or two, in the order said. */
export function topicOf(text: string): string | undefined {
  const words = [...new Set(keywords(text))];
  const longest = new Set(words.toSorted((a, b) => b.length - a.length).slice(0, 2));
  return words.filter((word) => longest.has(word)).join(' and ') || undefined;
}

export function toSentences(text: string): string[] {
  return (text.match(/[^.!?\n]+[.!?]*/g) ?? []).map((sentence) => sentence.trim()).filter(Boolean);
}

const FILLERS = new Set(
  (
    'about also and are been but can could did does for from give had has have hello her here him his how into its just ' +
    'know make many may might much must name not now one our out please said say says she should show some tell than ' +
    'that the their them then there they this told want was were what when where which while who why will with would write you your'
  ).split(' '),
);

function keywords(text: string): string[] {
  return (text.match(/\p{L}[\p{L}\d'-]{2,}/gu) ?? []).filter((word) => !FILLERS.has(word.toLowerCase()));
}

/** Enough to find "parked" with "park". */
function stem(word: string): string {
  return word.toLowerCase().replace(/(ing|ed|es|s|e)$/, '');
}
