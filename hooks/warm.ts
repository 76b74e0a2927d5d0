// Makes a hook's code cache: runs its body once, for real, and writes what V8 has compiled by then.
// Usage: node warm.cjs NAME STATE [MODE], the hook's input on stdin.

import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Script } from "node:vm";

const [, , name = "", ...own] = process.argv;
const base = join(__dirname, name);
const script = new Script(readFileSync(`${base}.js`, "utf8"), { filename: `${base}.js` });
// A hook ends by SIGKILL, which leaves no time to write.
process.kill = () => process.exit(0);
process.on("exit", () => {
  const draft = `${base}.cache.${process.pid}`;
  writeFileSync(draft, script.createCachedData(), { mode: 0o600 });
  renameSync(draft, `${base}.cache`);
});
process.argv = [process.execPath, `${base}.cjs`, ...own];
script.runInThisContext()(exports, require, module, `${base}.cjs`, __dirname);
