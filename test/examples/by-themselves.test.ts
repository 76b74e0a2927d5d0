// Every example, run as a program: it ends well, and prints something.

import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { temporaryFolder } from "../support/temporary.ts";
import { oneIn } from "../support/cases.ts";

const run = promisify(execFile);
const folder = join(import.meta.dirname, "../../examples");

test.each(
  oneIn(
    6,
    readdirSync(folder).filter((name) => name.endsWith(".ts")),
  ),
)("the example %s runs by itself and prints its result", async (name) => {
  const { PATH = "", NODE_COMPILE_CACHE } = process.env;
  const env = { PATH, NODE_COMPILE_CACHE, HOME: temporaryFolder() };
  const { stdout, stderr } = await run(process.execPath, [join(folder, name)], { env });
  expect([stdout.trim(), stderr]).toEqual([expect.stringMatching(/\S/), ""]);
});
