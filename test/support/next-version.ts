// Makes a later version of the built command. Its store has one more migration, which writes to every task.

import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { builtFolder } from "./built.ts";
import { temporaryFolder } from "./temporary.ts";

const first = /=>\s*\(\{\s*"001-tables"/;
const second = `=>({
  "003-initials": {
    up: async (db) => {
      await db.schema.alterTable("tasks").addColumn("initial", "text").execute();
      const initial = (eb) => eb.fn("substr", ["title", eb.val(1), eb.val(1)]);
      await db.updateTable("tasks").set((eb) => ({ initial: initial(eb) })).execute();
    },
  },
  "001-tables"`;

/** Builds the next version and returns the Node arguments that run it. */
export function makeNextVersion(): string[] {
  const folder = join(temporaryFolder(), "dist");
  const isNeeded = (file: string): boolean => !["lib", "compile-cache"].includes(basename(file));
  cpSync(builtFolder, folder, { recursive: true, filter: isNeeded });
  const file = join(folder, "programs.cjs");
  const text = readFileSync(file, "utf8");
  if (!first.test(text)) throw new Error("migrations.ts has changed: mend the test");
  writeFileSync(file, text.replace(first, second));
  return [join(folder, "cli.cjs")];
}
