const SECOND_PERSON: Record<string, string> = {
  i: 'you',
  "i'm": 'you are',
  "i've": 'you have',
  "i'll": 'you will',
  am: 'are',
  my: 'your',
  mine: 'yours',
  me: 'you',
  myself: 'yourself',
};

/** "they", because their verbs are those of "I". */
const THIRD_PERSON: Record<string, string> = {
  i: 'they',
  "i'm": 'they are',
  "i've": 'they have',
  "i'll": 'they will',
  am: 'are',
  my: 'their',
  mine: 'theirs',
  me: 'them',
  myself: 'themselves',
};

/** What the user said of themselves, as it is said to them. */
export function toSecondPerson(sentence: string): string {
  return speak(sentence, SECOND_PERSON);
}

/** The same, as it is said of them. */
export function toThirdPerson(sentence: string): string {
  return speak(sentence, THIRD_PERSON);
}

function speak(sentence: string, forms: Record<string, string>): string {
  return sentence
    .trim()
    .replace(/[.!]+$/, '')
    .replace(/\bi was\b/gi, `${forms['i']} were`)
    .replace(/[\w']+/g, (word) => forms[word.toLowerCase()] ?? word);
}
