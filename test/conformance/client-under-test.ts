// The client under test, run by the conformance suite: it connects to the URL in the last argument and does what the scenario
// needs. It signs in with our own sign-in; requests play the person.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Challenge } from "../../src/sources/auth/login/challenge.ts";
import { discoverIssuer } from "../../src/sources/auth/login/discover-issuer.ts";
import { createPersonGrant } from "../../src/sources/auth/login/person-grant.ts";
import { openSignInRecords, signInTokenKey } from "../../src/sources/auth/login/sign-in-record.ts";
import { signInUser } from "../../src/sources/auth/login/sign-in-user.ts";
import type { SignInRequest } from "../../src/sources/auth/login/sign-in-user.ts";
import { findChallenge, signInAndRetry } from "../../src/sources/auth/login/challenge.ts";
import { serviceAccountGrant } from "../../src/sources/auth/service-account.ts";
import type { TokenProvider } from "../../src/sources/auth/tokens.ts";
import { insecureBecause } from "../../src/config/source-address.ts";
import { SitrepError } from "../../src/core/errors.ts";
import { SourceError } from "../../src/core/source-error.ts";
import { connectMcp } from "../support/mcp/connect.ts";
import { createMemoryKeeper } from "../support/token-store.ts";

const url = process.argv.at(-1) ?? "";
const scenario = process.env["MCP_CONFORMANCE_SCENARIO"] ?? "";
const name = "conformance";

interface Context {
  toolCalls?: { name: string; arguments: Record<string, unknown> }[];
  client_id?: string;
  client_secret?: string;
  private_key_pem?: string;
  signing_algorithm?: string;
}
const context = JSON.parse(process.env["MCP_CONFORMANCE_CONTEXT"] ?? "{}") as Context;

/** An argument for each required field, of its type: the suite's servers check no more. */
function argumentsFor(schema: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const properties = (schema["properties"] ?? {}) as Record<string, { type?: string }>;
  return Object.fromEntries(
    Object.entries(properties).map(([field, { type }]) => [
      field,
      type === "number" || type === "integer" ? 2 : type === "boolean" ? true : "text",
    ]),
  );
}

const folder = mkdtempSync(join(tmpdir(), "sitrep-conformance-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const records = openSignInRecords(folder);
const tokenStore = createMemoryKeeper();
const whyInsecure = (address: string): string | null => insecureBecause(address, []);
const deps = { records, tokenStore, whyInsecure };
const { origin } = new URL(url);

/** The address at which the suite expects a client's document. */
const documentUrl = "https://conformance-test.local/client-metadata.json";

/** A person who agrees to everything: the suite's issuers redirect at once. */
async function agree(address: string): Promise<void> {
  const response = await fetch(address, { redirect: "manual" });
  await fetch(response.headers.get("location") ?? "", { redirect: "manual" });
}

const requestFor = (challenge: Challenge): SignInRequest => ({
  name,
  url,
  challenge,
  issuer: null,
  clientId: context.client_id ?? documentUrl,
  clientSecret: context.client_secret ?? null,
  scope: null,
  audience: null,
  grant: null,
  port: null,
  timeoutMs: 10_000,
  signal: AbortSignal.timeout(20_000),
  onEvent: (event) => {
    if (event.event === "address") void agree(event.address);
  },
});

async function signInAsPerson(challenge: Challenge): Promise<void> {
  const request = requestFor(challenge);
  try {
    await signInUser(request, deps);
  } catch (error) {
    // A person who accepts the change would follow the hint of the error.
    const named =
      error instanceof SitrepError ? /--issuer (\S+)/.exec(error.hint ?? "")?.[1] : null;
    const isChange = error instanceof SitrepError && error.code === "issuer-changed";
    if (!isChange || named === null || named === undefined) throw error;
    await signInUser({ ...request, issuer: named }, deps);
  }
}

const isService = scenario.startsWith("auth/client-credentials");

let service: TokenProvider | null = null;

/** A service account whose issuer is the one that the server names, found once. */
async function signInAsService(challenge: Challenge): Promise<void> {
  const found = await discoverIssuer({
    name,
    url,
    challenge,
    issuer: null,
    pinned: null,
    whyInsecure,
  });
  await found.http[Symbol.asyncDispose]();
  const { issuer } = found.metadata;
  const key = context.private_key_pem;
  const account = {
    clientId: context.client_id ?? "",
    method: key === undefined ? "client_secret_basic" : "private_key_jwt",
    secret: key ?? context.client_secret ?? "",
    algorithm: context.signing_algorithm,
    resource: found.resource ?? undefined,
    scope: found.scope ?? undefined,
  } as const;
  const grant = serviceAccountGrant({ issuer, endpointOrigin: null, whyInsecure }, account);
  const keyOfToken = { issuer, clientId: account.clientId, subject: "", audience: "", origin };
  service = tokenStore.provider(keyOfToken, grant);
}

async function headers({ isAfterRefusal }: { isAfterRefusal: boolean }) {
  if (service !== null) {
    const { value } = await service.getToken({ isAfterRefusal });
    return { authorization: `Bearer ${value}` };
  }
  const record = records.get(name, origin);
  const key = record === null ? null : signInTokenKey(record);
  if (record === null || key === null) return {};
  const clientSecret = (): string | null => context.client_secret ?? null;
  const grant = createPersonGrant(record, { name, url, whyInsecure, clientSecret });
  const { value } = await tokenStore.provider(key, grant).getToken({ isAfterRefusal });
  return { authorization: `Bearer ${value}` };
}

/** Scenarios that only list their tools. */
const listsOnly = new Set(["initialize", "json-schema-ref-no-deref"]);

async function useServer(): Promise<void> {
  await using connection = await connectMcp(
    { transport: "http", url, headers },
    { name, connectTimeoutMs: 10_000, requestTimeoutMs: 20_000 },
  );
  const tools = await connection.listTools();
  if (listsOnly.has(scenario)) return;
  const calls =
    context.toolCalls ??
    tools.map((tool) => ({ name: tool.name, arguments: argumentsFor(tool.inputSchema) }));
  for (const call of calls) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other, as a person would
    await connection.callTool(call.name, call.arguments);
  }
}

const isRefused = (error: unknown): boolean => error instanceof SourceError && error.status === 401;

try {
  await signInAndRetry(useServer, isService ? signInAsService : signInAsPerson);
} catch (error) {
  // Refused after it had worked: the person signs in again.
  if (!isRefused(error)) throw error;
  await signInAsPerson(
    findChallenge(error) ?? { error: null, scope: null, resourceMetadata: null },
  );
  await useServer();
}
