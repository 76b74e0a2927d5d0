// `node install.ts [install|uninstall|demo] …`: the `sitrep` command for a clone with a build in dist/. It is a folder with
// JavaScript, because an older Node would refuse a TypeScript file before that could say which Node it needs.

import { existsSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const cli = join(dirname(fileURLToPath(import.meta.url)), "..", "dist", "cli.cjs");
if (!existsSync(cli)) {
  // oxlint-disable-next-line sitrep/one-way-out -- without a build there is no writer either
  process.stderr.write("sitrep: not built yet. Run: npm start\n");
  process.exit(1);
}
const [verb = "install", ...rest] = process.argv.slice(2);
const words = verb.startsWith("-") ? ["install", verb, ...rest] : [verb, ...rest];
const { status } = spawnSync(process.execPath, [cli, ...words], { stdio: "inherit" });
process.exit(status ?? 1);
