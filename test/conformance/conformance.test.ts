// The official conformance suite against our client.

import { join } from "node:path";
import { describe, test } from "vitest";
import { expectClientToPass } from "./suite.ts";

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

describe.for(Object.entries(suites))("%s", ([version, scenarios]) => {
  // oxlint-disable-next-line vitest/expect-expect -- the support file expects
  test.for(scenarios)("%s", async (scenario) => {
    await expectClientToPass(version, scenario, `"${process.execPath}" "${clientFile}"`);
  });
});
