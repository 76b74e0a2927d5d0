// Our entries in `footerLinksRegexes`, which Claude Code reads in a person's own settings only. Pure: text in, text out.

import type { Node } from "jsonc-parser";
import type { TaskLink } from "../core/task/task-links.ts";
import { cutOut, findContainer, findValue, newFile } from "./settings-text.ts";
import { parseSettings, plainValue, replace, setValue } from "./settings-text.ts";

const setting = "footerLinksRegexes";
/** Claude Code keeps fields that it does not know (tested with 2.1.329). */
const mark = { addedBy: "sitrep" } as const;

function ourEntries(root: Node): Node[] {
  const list = findValue(root, setting);
  if (list?.type !== "array") return [];
  return (list.children ?? []).filter(
    (one) => one.type === "object" && findValue(one, "addedBy")?.value === mark.addedBy,
  );
}

export const countTaskLinks = (file: string, text: string): number =>
  ourEntries(parseSettings(file, text)).length;

export function cutTaskLinks(file: string, text: string): string {
  const last = ourEntries(parseSettings(file, text)).at(-1);
  return last === undefined ? text : cutTaskLinks(file, cutOut(text, last));
}

function putLink(file: string, text: string, link: TaskLink): string {
  const root = parseSettings(file, text);
  findContainer(file, root, [setting], "array");
  const entry = { type: "regex", ...link, ...mark };
  const present = ourEntries(root).find((one) => findValue(one, "pattern")?.value === link.pattern);
  if (present === undefined) return setValue(text, root, [setting, null], entry);
  const isSame = JSON.stringify(plainValue(present)) === JSON.stringify(entry);
  return isSame ? text : replace(text, present, entry);
}

/**
 * The text with these links. Those of other projects stay, unless they have the same pattern; an empty list: without any of
 * ours. `text` null: no file. Throws `settings-not-strict`, `settings-unexpected`.
 */
export function setTaskLinks(
  file: string,
  text: string | null,
  links: readonly TaskLink[],
): string {
  const before = text ?? newFile;
  if (links.length === 0) return cutTaskLinks(file, before);
  return links.reduce((after, link) => putLink(file, after, link), before);
}
