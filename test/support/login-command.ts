// Runs the built `sitrep login` with its servers in this process, and a person who acts on its events.

import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { SignInEvent } from "../../src/sources/auth/login/sign-in-user.ts";
import { aNewTask } from "./builders.ts";
import { builtFolder } from "./built.ts";
import { startIdentityProvider } from "./identity-provider.ts";
import type { IdentityProvider } from "./identity-provider.ts";
import { startProtectedTaskServer } from "./protected-task-server.ts";
import type { ProtectedTaskServer } from "./protected-task-server.ts";
import { agreeing } from "./sign-in.ts";
import { prepareSources } from "./source-commands.ts";
import type { SourceContext } from "./source-commands.ts";

export type LoginEvent = SignInEvent | { readonly event: "signed-in"; readonly pending: number };

export interface LoginRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly events: readonly LoginEvent[];
  /** Milliseconds from the signal, or else from the start, to the exit. */
  readonly ms: number;
}

export interface LoginOptions {
  readonly env?: Record<string, string>;
  /** Called once the command has started; `interrupt` is Ctrl-C. */
  readonly onStart?: (interrupt: () => void) => unknown;
  /** Called for each event of `--json`. */
  readonly person?: (event: LoginEvent, interrupt: () => void) => unknown;
}

/** Runs `sitrep …args --json` in the project. */
export function runLogin(
  context: SourceContext,
  args: readonly string[],
  { env = {}, person = () => undefined, onStart = () => undefined }: LoginOptions = {},
): Promise<LoginRun> {
  const cli = join(builtFolder, "cli.cjs");
  const child = spawn(process.execPath, [cli, ...args, "--json"], {
    cwd: context.project.folder,
    env: { ...context.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let since = performance.now();
  const interrupt = (): void => {
    since = performance.now();
    child.kill("SIGINT");
  };
  void onStart(interrupt);
  const events: LoginEvent[] = [];
  let [stdout, stderr, rest] = ["", "", ""];
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString("utf8");
    const lines = (rest + chunk.toString("utf8")).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const event = JSON.parse(line) as LoginEvent;
      events.push(event);
      void person(event, interrupt);
    }
  });
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString("utf8")));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) =>
      resolve({ code, stdout, stderr, events, ms: performance.now() - since }),
    );
  });
}

export interface LoginContext {
  context: SourceContext;
  idp: IdentityProvider;
  server: ProtectedTaskServer;
  person: (event: LoginEvent) => unknown;
  login: (...args: string[]) => Promise<LoginRun>;
}

/** Starts a provider and a server that accepts its tokens, with a person who consents to everything. */
export async function prepareLogin(accessTokenSeconds = 300): Promise<LoginContext> {
  const context = prepareSources();
  const idp = await startIdentityProvider({ accessTokenSeconds });
  const server = await startProtectedTaskServer(idp);
  await server.add("shop-api", [aNewTask({ id: "LIN-1", title: "Add OIDC login" })]);
  const agree = agreeing(idp);
  const person = (event: LoginEvent): unknown =>
    event.event === "signed-in" ? undefined : agree(event);
  const login = (...args: string[]) => runLogin(context, args, { person });
  return { context, idp, server, person, login };
}

/** Adds sources to the configuration file. */
export function configureSources(context: SourceContext, ...sources: object[]): void {
  const file = join(context.sitrepHome, "config.json");
  const before = JSON.parse(readFileSync(file, "utf8")) as object;
  writeFileSync(file, JSON.stringify({ ...before, sources }));
}

/** A source that requires a person's sign-in. */
export const teamSource = (url: string, auth: object = {}): object => ({
  name: "team",
  type: "mcp",
  preset: "4genthub",
  url,
  auth: { type: "login", ...auth },
});
