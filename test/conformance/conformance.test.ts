// The official conformance suite against our client: https://github.com/modelcontextprotocol/conformance.

import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { packageFolder } from "../../scripts/cached-packages.ts";
import { temporaryFolder } from "../support/temporary.ts";

const clientFile = join(import.meta.dirname, "client-under-test.ts");

/** The suite of the revisions to 2025-11-25, and its pre-release that adds 2026-07-28. */
const suites: Record<string, readonly string[]> = {
  "0.1.16": ["initialize", "tools_call", "sse-retry"],
  "0.2.0-alpha.12": [
    "initialize",
    "tools_call",
    "sse-retry",
    "request-metadata",
    "http-standard-headers",
    "http-custom-headers",
    "http-invalid-tool-headers",
    "json-schema-ref-no-deref",
  ],
};

async function runScenario(version: string, scenario: string): Promise<string> {
  const suite = join(
    packageFolder(`@modelcontextprotocol/conformance@${version}`),
    "node_modules/@modelcontextprotocol/conformance/dist/index.js",
  );
  const command = `"${process.execPath}" "${clientFile}"`;
  const args = [suite, "client", "--command", command, "--scenario", scenario];
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    [...args, "-o", temporaryFolder()],
    { timeout: 60_000 },
  ).catch((error: { stdout?: string; stderr?: string }) => {
    throw new Error(`${error.stdout}${error.stderr}`, { cause: error });
  });
  return stdout + stderr;
}

describe.for(Object.entries(suites))("%s", ([version, scenarios]) => {
  test.for(scenarios)("%s", async (scenario) => {
    const output = await runScenario(version, scenario);
    expect(output).toMatch(/Passed: ([1-9]\d*)\/\1, 0 failed, 0 warnings/);
    expect(output).toContain("OVERALL: PASSED");
  });
});
