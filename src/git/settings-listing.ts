// For settings with includes or filters: git lists them, and the copy gets those that affect git's responses.

import { SitrepError } from "../core/errors.ts";

/** git answers `scope\0key\nvalue\0` for each setting. */
export const listSettingsArgs = ["config", "--list", "-z", "--show-scope"] as const;

const oneOf = (text: string): string => `(?:${text.replaceAll(" ", "|")})`;

/** Nothing here names a program or a file of settings. Made when needed: every hook loads this, few read a listing. */
const keptKey = (): RegExp =>
  new RegExp(
    `^(?:core\\.${oneOf(
      "repositoryformatversion bare filemode ignorecase precomposeunicode symlinks autocrlf eol safecrlf checkstat trustctime " +
        "ignorestat quotepath excludesfile attributesfile sparsecheckout sparsecheckoutcone bigfilethreshold",
    )}|extensions\\.(?!worktreeconfig$).+|branch\\..+\\.${oneOf("remote merge rebase")}|` +
      `remote\\..+\\.${oneOf("url fetch")}|user\\.${oneOf("name email")}|${oneOf("status index i18n feature")}\\..+)$`,
  );

const quotedValue = (text: string): string =>
  `"${text.replace(/["\\]/g, "\\$&").replaceAll("\n", "\\n")}"`;

/** The settings to copy, from git's response. Throws `git-failed` for a name that is not UTF-8, which a copy could not repeat. */
export function parseSettingsListing(listing: string): string {
  const fields = listing.split("\0");
  const isKept = keptKey();
  const lines = fields.map((entry, index) => {
    if (index % 2 === 0 || !["local", "worktree"].includes(fields[index - 1] ?? "")) return "";
    const end = entry.indexOf("\n");
    const key = end < 0 ? entry : entry.slice(0, end);
    if (key.includes("\ufffd"))
      throw new SitrepError("git-failed", "The repository has a setting whose name is not UTF-8.");
    if (!isKept.test(key)) return "";
    const [first, last] = [key.indexOf("."), key.lastIndexOf(".")];
    const section = first === last ? "" : ` ${quotedValue(key.slice(first + 1, last))}`;
    const value = end < 0 ? "" : ` = ${quotedValue(entry.slice(end + 1))}`;
    return `[${key.slice(0, first)}${section}]\n\t${key.slice(last + 1)}${value}\n`;
  });
  return `${lines.join("")}\n`;
}
