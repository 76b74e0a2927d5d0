// Tasks out of prose: lines that look like tasks, below headings that say their status.

/** Regular expressions with named groups, applied to one line at a time. */
export interface TextPattern {
  /** A task's line. Its groups are fields: `id`, `title`, `status`, `priority`, `due`, `assignees`. */
  line: string;
  /** A heading: its group `status` holds for the lines below it. */
  heading?: string;
  /** A line that says there is nothing. Without one, a text without tasks is not understood. */
  none?: string;
}

const longestLine = 1000;
const mostLines = 20_000;

type Fields = Record<string, string>;

function groupsOf(pattern: RegExp, line: string): Fields | null {
  const groups = pattern.exec(line)?.groups;
  if (groups === undefined) return null;
  return Object.fromEntries(Object.entries(groups).filter(([, text]) => text !== undefined));
}

/**
 * One object a task line, with the fields that its groups name; an empty list where a line says that there is nothing;
 * null when no line is understood. A status that no task line states is the heading's.
 */
export function readTextTasks(pattern: TextPattern, texts: readonly string[]): Fields[] | null {
  const line = new RegExp(pattern.line, "u");
  const heading = pattern.heading === undefined ? null : new RegExp(pattern.heading, "u");
  const none = pattern.none === undefined ? null : new RegExp(pattern.none, "u");
  const found: Fields[] = [];
  let isUnderstood = false;
  for (const text of texts) {
    let status: string | undefined;
    for (const raw of text.split(/\r?\n/, mostLines)) {
      const cut = raw.slice(0, longestLine);
      const task = groupsOf(line, cut);
      if (task !== null) found.push({ ...(status === undefined ? {} : { status }), ...task });
      else if (heading !== null) status = groupsOf(heading, cut)?.["status"] ?? status;
      isUnderstood ||= task !== null || (none?.test(cut) ?? false);
    }
  }
  return isUnderstood ? found : null;
}
