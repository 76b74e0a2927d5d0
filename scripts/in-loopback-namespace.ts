// Runs a command in a new network namespace with only loopback up, so that it cannot reach any other host.
// Usage: node scripts/in-loopback-namespace.ts COMMAND [ARG …]. Linux only; needs util-linux and iproute2.

import { spawnSync } from "node:child_process";

const command = process.argv.slice(2);
if (process.platform !== "linux") {
  process.stderr.write("These tests need Linux network namespaces; nothing was run.\n");
  process.exit(1);
}
const asRoot = process.getuid?.() === 0 ? [] : ["--map-root-user"];
const script = 'ip link set lo up || { echo "iproute2 is needed (ip)" >&2; exit 1; }; exec "$@"';
const { status, error } = spawnSync(
  "unshare",
  [...asRoot, "--net", "--", "/bin/sh", "-c", script, "sh", ...command],
  { stdio: "inherit" },
);
if (error !== undefined) process.stderr.write(`unshare (util-linux) is needed: ${error.message}\n`);
process.exit(status ?? 1);
