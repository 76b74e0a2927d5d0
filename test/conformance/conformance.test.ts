// The official conformance suite against our client.

import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { expectClientToPass, listedAuthScenarios } from "./suite.ts";

const clientFile = join(import.meta.dirname, "client-under-test.ts");

/** Authorization scenarios of both versions: service accounts, and people in a browser, played by requests. */
const signIns = [
  "auth/client-credentials-basic",
  "auth/client-credentials-jwt",
  "auth/metadata-default",
  "auth/metadata-var1",
  "auth/metadata-var2",
  "auth/metadata-var3",
  "auth/basic-cimd",
  "auth/scope-from-www-authenticate",
  "auth/scope-from-scopes-supported",
  "auth/scope-omitted-when-undefined",
  "auth/scope-step-up",
  "auth/scope-retry-limit",
  "auth/token-endpoint-auth-basic",
  "auth/token-endpoint-auth-post",
  "auth/token-endpoint-auth-none",
  "auth/pre-registration",
  "auth/resource-mismatch",
  "auth/offline-access-scope",
  "auth/offline-access-not-supported",
];

/** The suite of the revisions to 2025-11-25, and its pre-release that adds 2026-07-28. */
const suites: Record<string, readonly string[]> = {
  "0.1.16": ["initialize", "tools_call", "sse-retry", ...signIns],
  "0.2.0-alpha.12": [
    "initialize",
    "tools_call",
    "sse-retry",
    "request-metadata",
    "http-standard-headers",
    "http-custom-headers",
    "http-invalid-tool-headers",
    "json-schema-ref-no-deref",
    ...signIns,
    "auth/2025-03-26-oauth-metadata-backcompat",
    "auth/authorization-server-migration",
    "auth/iss-supported",
    "auth/iss-not-advertised",
    "auth/iss-supported-missing",
    "auth/iss-wrong-issuer",
    "auth/iss-unexpected",
    "auth/iss-normalized",
    "auth/metadata-issuer-mismatch",
  ],
};

/** Omitted authorization scenarios, with reasons. */
const leftOut: Record<string, Record<string, string>> = {
  "0.1.16": {
    "auth/2025-03-26-oauth-metadata-backcompat":
      "its metadata names another issuer than the one asked, which we refuse; 0.2.0 has it right and passes",
    "auth/2025-03-26-oauth-endpoint-fallback":
      "an issuer without metadata cannot be told from another; a person names it with --issuer",
    "auth/cross-app-access-complete-flow": "an extension that we do not offer (token exchange)",
  },
  "0.2.0-alpha.12": {
    "auth/2025-03-26-oauth-endpoint-fallback":
      "an issuer without metadata cannot be told from another; a person names it with --issuer",
    "auth/enterprise-managed-authorization": "an extension that we do not offer (token exchange)",
    "auth/dpop": "an extension that we do not offer",
    "auth/dpop-nonce": "an extension that we do not offer",
    "auth/wif-jwt-bearer": "an extension that we do not offer (workload identity)",
  },
};

describe.for(Object.entries(suites))("%s", ([version, scenarios]) => {
  test("runs every authorization scenario of the suite, or leaves it out with a reason", async () => {
    const listed = await listedAuthScenarios(version);
    const known = [...scenarios, ...Object.keys(leftOut[version] ?? {})];
    expect(listed).not.toEqual([]);
    expect(listed.filter((one) => !known.includes(one))).toEqual([]);
    expect(scenarios.filter((one) => one in (leftOut[version] ?? {}))).toEqual([]);
  });

  // oxlint-disable-next-line vitest/expect-expect -- the support file expects
  test.for(scenarios)("%s", async (scenario) => {
    await expectClientToPass(version, scenario, `"${process.execPath}" "${clientFile}"`);
  });
});
