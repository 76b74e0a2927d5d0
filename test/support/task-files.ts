// Makes a working tree with the files of a test.

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { temporaryFolder } from "./temporary.ts";

export function treeWith(files: Readonly<Record<string, string>>): string {
  const root = temporaryFolder("sitrep-tree-");
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}
