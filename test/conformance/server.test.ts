// The official conformance suite against our server: the product as it is, and its transports with the suite's tools.

import { describe, test } from "vitest";
import { createServeFixture, startServeProcess } from "../support/serve-process.ts";
import { startOpen } from "../support/serving.ts";
import { createFixtureServer } from "./fixture-server.ts";
import { expectServerToPass } from "./suite.ts";

const earlier = [
  "server-initialize",
  "ping",
  "tools-list",
  "dns-rebinding-protection",
  "server-sse-multiple-streams",
];
/** The second suite adds 2026-07-28. */
const product: Record<string, readonly string[]> = {
  "0.1.16": earlier,
  "0.2.0-alpha.12": [
    ...earlier,
    "server-session-lifecycle",
    "http-header-validation",
    "caching",
    "resources-list",
    "prompts-list",
    "sep-2164-resource-not-found",
  ],
};

const withTools = [
  "tools-call-simple-text",
  "tools-call-image",
  "tools-call-audio",
  "tools-call-embedded-resource",
  "tools-call-mixed-content",
  "tools-call-error",
  "tools-call-with-progress",
  "json-schema-2020-12",
];

describe.for(Object.entries(product))("sitrep serve, %s", ([version, scenarios]) => {
  // oxlint-disable-next-line vitest/expect-expect -- the support file expects
  test.for(scenarios)("%s", async (scenario) => {
    const { url } = await startServeProcess(createServeFixture(), ["--open"]);
    await expectServerToPass(version, scenario, `${url}/mcp`);
  });
});

describe.for(Object.keys(product))("the transports with the suite's tools, %s", (version) => {
  // oxlint-disable-next-line vitest/expect-expect -- the support file expects
  test.for(withTools)("%s", async (scenario) => {
    const { url } = await startOpen({ parts: { makeServer: createFixtureServer } });
    await expectServerToPass(version, scenario, `${url}/mcp`);
  });
});
