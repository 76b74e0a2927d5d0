// Runs one scenario of the official conformance suite: https://github.com/modelcontextprotocol/conformance.

import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "vitest";
import { packageFolder } from "../../scripts/cached-packages.ts";
import { temporaryFolder } from "../support/temporary.ts";

const suiteProgram = (version: string): string =>
  join(
    packageFolder(`@modelcontextprotocol/conformance@${version}`),
    "node_modules/@modelcontextprotocol/conformance/dist/index.js",
  );

/** The suite's authorization scenarios for clients. */
export async function listedAuthScenarios(version: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    suiteProgram(version),
    "list",
    "--client",
  ]);
  return stdout.match(/(?<=- )auth\/[a-z0-9-]+/g) ?? [];
}

async function run(version: string, args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    [suiteProgram(version), ...args, "-o", temporaryFolder()],
    { timeout: 60_000 },
  ).catch((error: { stdout?: string; stderr?: string }) => {
    throw new Error(`${error.stdout}${error.stderr}`, { cause: error });
  });
  return stdout + stderr;
}

const allPassed = /Passed: ([1-9]\d*)\/\1, 0 failed, 0 warnings/;

/** Expects a scenario to pass against the client that `command` starts. */
export async function expectClientToPass(
  version: string,
  scenario: string,
  command: string,
): Promise<void> {
  const output = await run(version, ["client", "--command", command, "--scenario", scenario]);
  expect(output).toMatch(allPassed);
  expect(output).toContain("OVERALL: PASSED");
}

/** Expects a scenario to pass against the server at `url`. */
export async function expectServerToPass(
  version: string,
  scenario: string,
  url: string,
): Promise<void> {
  expect(await run(version, ["server", "--url", url, "--scenario", scenario])).toMatch(allPassed);
}
