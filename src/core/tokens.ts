// How many tokens a text costs, roughly: no tokenizer is at hand, and a setting needs no more.

/** English prose and identifiers; four to a token is the rule of thumb, briefs hold more signs than prose. */
const asciiPerToken = 3.6;

/** An estimate, right within about a quarter. Every character outside ASCII counts as one token. */
export function estimateTokens(text: string): number {
  let ascii = 0;
  let other = 0;
  for (const character of text) {
    if (character.charCodeAt(0) < 128) ascii += 1;
    else other += 1;
  }
  return Math.ceil(ascii / asciiPerToken) + other;
}
