// The client's status line in a settings file: one for a user, so another's is never replaced.

import { SitrepError } from "../core/errors.ts";
import { append, cut, propertyOf, replace, valueOf } from "./splice.ts";
import type { IsOurs } from "./plan.ts";
import { parseSettings } from "./strict-json.ts";

/** The whole text with the status line set to `command`. Throws `settings-unexpected` where another program has it. */
export function planStatusLine(
  file: string,
  text: string,
  command: string,
  isOurs: IsOurs,
): string {
  const { root } = parseSettings(file, text);
  const present = valueOf(propertyOf(root, "statusLine"));
  const value = { type: "command", command };
  if (present === undefined) return append(text, root, "statusLine", value);
  const theirs = present.type === "object" ? valueOf(propertyOf(present, "command"))?.value : null;
  if (theirs === command) return text;
  if (typeof theirs === "string" && isOurs(JSON.stringify([theirs, []])))
    return replace(text, present, value);
  throw new SitrepError("settings-unexpected", `${file} has a status line of another program.`, {
    hint: 'Take out "statusLine" there, or install without --statusline. Nothing was changed.',
  });
}

/** True when the status line is ours. */
export function hasOurStatusLine(file: string, text: string, isOurs: IsOurs): boolean {
  const present = valueOf(propertyOf(parseSettings(file, text).root, "statusLine"));
  if (present?.type !== "object") return false;
  const command: unknown = valueOf(propertyOf(present, "command"))?.value;
  return typeof command === "string" && isOurs(JSON.stringify([command, []]));
}

/** The text without our status line; every other byte stays. */
export function cutStatusLine(file: string, text: string, isOurs: IsOurs): string {
  if (!hasOurStatusLine(file, text, isOurs)) return text;
  const { root } = parseSettings(file, text);
  const property = propertyOf(root, "statusLine");
  return property === undefined ? text : cut(text, root, property);
}
