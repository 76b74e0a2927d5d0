// Lint rule for the parts of docs/voice.md that a program can check: in strings, in comments and in the titles of tests.

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

interface Comment extends Node {
  readonly value: string;
}

interface Context {
  readonly sourceCode: { getAllComments(): Comment[] };
  report(found: { node: Node; message: string }): void;
}

/** Phrases to avoid, each with the advice. */
const tics: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [
    /(?<!\bthere )\b(?:is|are|was|were) no (?!longer\b|more\b|less\b|other\b|different\b|better\b|worse\b|later\b|earlier\b|news\b)[a-z]+/i,
    'Write "is not a …".',
  ],
  [/\banew\b/i, 'Write "again".'],
  [/\b(?:of then|of before)\b/i, "Name the time or the state."],
  [/\bto be had\b/i, 'Write "could not get …".'],
  [/\b(?:whosoever|whomever)\b/i, 'Write "anyone who", or name the person.'],
  [/(?:^|[.:;!?]\s)[\s*]*(?:Whoever|Whatever)\b/, "Begin with the subject."],
  [/\bgiven up after\b/i, 'Write "at most", or name the limit.'],
];

export const ticIn = (text: string): string | null =>
  tics.find(([pattern]) => pattern.test(text))?.[1] ?? null;

/** A docstring may begin with such a noun phrase; a sentence of a document may not. */
const opener = /(?:^|[.:;!?] )(?:What|Who) (?:is|was|are|were|has|had|does|did) [^.?]*(?:\.|$)/;

/** For one paragraph, list item or table cell of a document, without code. */
export const ticInProse = (text: string): string | null =>
  opener.test(text) ? "Begin with the subject." : ticIn(text);

function plainEnglish(context: Context): Record<string, (node: Node) => void> {
  const look = (node: Node, text: unknown): void => {
    const message = typeof text === "string" ? ticIn(text) : null;
    if (message !== null) context.report({ node, message: `${message} See docs/voice.md.` });
  };
  return {
    Literal: (node) => look(node, node["value"]),
    TemplateElement: (node) =>
      look(node, (node["value"] as { cooked?: string } | undefined)?.cooked),
    Program: () => {
      for (const comment of context.sourceCode.getAllComments()) look(comment, comment.value);
    },
  };
}

export default { meta: { name: "voice" }, rules: { "plain-english": { create: plainEnglish } } };
