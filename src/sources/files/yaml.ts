// YAML of a repository's files: no tags of its own, no alias bombs.

import { parse } from "yaml";

/** Undefined if it is not YAML. */
export function parseYaml(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 100, logLevel: "silent" }) as unknown;
  } catch {
    return undefined;
  }
}
