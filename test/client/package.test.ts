// The package as it is published: imported by its names from the build.

import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");

const program = `
import { createTaskClient } from "sitrep";
import { startTaskServer } from "sitrep/testing";
await using server = await startTaskServer({ tasks: [{ id: "A", title: "Fix login" }], key: "k" });
const headers = { authorization: "Bearer k" };
const ask = async (options) => {
  await using client = createTaskClient({ headers, ...options });
  return (await client.queryPendingTasks()).value.map(({ id }) => id);
};
const rest = await ask({ url: server.origin });
const mapped = await ask({ url: server.url, type: "mcp", preset: "4genthub" });
console.log(JSON.stringify([rest, mapped]));
`;

test("the package has the client, its mapping thread and the test server", () => {
  const flags = ["--input-type=module", "-e", program];
  const out = execFileSync(process.execPath, flags, { cwd: root, encoding: "utf8" });
  expect(JSON.parse(out)).toEqual([["A"], ["A"]]);
});
