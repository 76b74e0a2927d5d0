// Versions of Claude Code that do not pass on hook output, according to its changelog or issues.

import { compareVersions } from "./version-order.ts";

/** `from` and `to`: the first and the last version that have it. */
const issues = [
  {
    // Its changelog: 2.1.9 has `additionalContext` for PreToolUse.
    from: "0.0.0",
    to: "2.1.8",
    words: "context that hooks add to tool calls does not reach Claude (Claude Code before 2.1.9)",
  },
  {
    // https://github.com/anthropics/claude-code/issues/55889
    from: "2.1.123",
    to: "2.1.123",
    words: "context that hooks add to shell commands is dropped (anthropics/claude-code#55889)",
  },
  {
    // https://github.com/anthropics/claude-code/issues/75378
    from: "2.1.202",
    to: "2.1.202",
    words: "a late brief is submitted again as a prompt (anthropics/claude-code#75378)",
  },
];

export const claudeCodeIssues = (version: string): string[] =>
  issues
    .filter(
      ({ from, to }) => compareVersions(version, from) >= 0 && compareVersions(version, to) <= 0,
    )
    .map(({ words }) => words);
