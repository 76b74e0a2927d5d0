// Which versions of Claude Code are known not to take what hooks say. Only what its changelog or an issue of it documents.

interface Trouble {
  /** The first and the last version that have it. */
  from: string;
  to: string;
  words: string;
}

const troubles: readonly Trouble[] = [
  {
    // Its changelog: 2.1.9 has `additionalContext` for PreToolUse.
    from: "0.0.0",
    to: "2.1.8",
    words: "news with tool calls does not reach Claude (before 2.1.9)",
  },
  {
    // https://github.com/anthropics/claude-code/issues/55889
    from: "2.1.123",
    to: "2.1.123",
    words: "news with shell commands is dropped (anthropics/claude-code#55889)",
  },
  {
    // https://github.com/anthropics/claude-code/issues/75378
    from: "2.1.202",
    to: "2.1.202",
    words: "a late brief comes back as a prompt (anthropics/claude-code#75378)",
  },
];

const numbers = (version: string): number[] => version.split(".").map(Number);

function compare(one: string, other: string): number {
  const [left, right] = [numbers(one), numbers(other)];
  const at = left.findIndex((part, place) => part !== right[place]);
  return at === -1 ? 0 : (left[at] ?? 0) - (right[at] ?? 0);
}

/** What is known of a version, `2.1.329`; empty for most. */
export const claudeCodeIssues = (version: string): string[] =>
  troubles
    .filter(({ from, to }) => compare(version, from) >= 0 && compare(version, to) <= 0)
    .map(({ words }) => words);
