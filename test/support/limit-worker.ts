// Run as a program: takes permits as fast as it can until it is refused or has enough, and prints how many it got.
// Arguments: file, key, permits a minute, most tries.

import { openSharedLimit } from "../../src/http/rate-limit.ts";

const [file = "", key = "", perMinute = "0", tries = "0"] = process.argv.slice(2);
using limit = openSharedLimit(file);
let got = 0;
let worstMs = 0;
const started = performance.now();
for (let turn = 0; turn < Number(tries); turn += 1) {
  const before = performance.now();
  // oxlint-disable-next-line no-await-in-loop -- one after the other
  if ((await limit.takePermit(key, Number(perMinute))) === null) got += 1;
  worstMs = Math.max(worstMs, performance.now() - before);
}
process.stdout.write(JSON.stringify({ got, worstMs, ms: performance.now() - started }));
