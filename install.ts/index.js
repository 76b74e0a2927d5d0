// `node install.ts [install|uninstall|demo] …`: the same as the `sitrep` command, for a clone. Needs a build in dist/. A
// folder, and no TypeScript in it, because an older Node refuses a file of that name before it could say what it needs.

import { existsSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const cli = join(dirname(fileURLToPath(import.meta.url)), "..", "dist", "cli.cjs");
if (!existsSync(cli)) {
  // oxlint-disable-next-line sitrep/one-way-out -- without a build there is no writer either
  process.stderr.write('sitrep: there is no build yet. Run "npm start", which makes one.\n');
  process.exit(1);
}
const [verb = "install", ...rest] = process.argv.slice(2);
const words = verb.startsWith("-") ? ["install", verb, ...rest] : [verb, ...rest];
const { status } = spawnSync(process.execPath, [cli, ...words], { stdio: "inherit" });
process.exit(status ?? 1);
