// The sign-in of one person for one source: what is asked of the server, and what the person sees meanwhile.

import { spawn } from "node:child_process";
import { isForPeople, insecureBecause, originOf } from "../../config/source-address.ts";
import type { Environment } from "../../config/folders.ts";
import type { SourceConfig } from "../../config/source-config.ts";
import { SitrepError } from "../../core/errors.ts";
import type { ProjectScope } from "../../core/ports.ts";
import type { CommandContext } from "../../config/context.ts";
import {
  signInStatusOf,
  clientSecretOf,
  tokenStoreOf,
  personAuthOf,
} from "../../sources/auth/person.ts";
import type { SignInStatus } from "../../sources/auth/person.ts";
import { withSourceContext } from "../source/sources.ts";
import { withSignIn, type Challenge } from "../../sources/auth/login/challenge.ts";
import { openSignInRecords } from "../../sources/auth/login/sign-in-record.ts";
import type { SignInEvent, SignInWishes } from "../../sources/auth/login/sign-in.ts";
import { SourceError } from "../../core/source-error.ts";
import { openConfigured } from "../../sources/configured-server.ts";
import type { SourceContext } from "../../sources/credentials.ts";
import { environmentForOthers } from "../../sources/settle-environment.ts";
import { printJson, remark, type JsonOption } from "../terminal/terminal.ts";
import { countDown, countUp } from "../terminal/spinner.ts";

/** Throws `usage` for a source that signs in by other means. */
export function requireForPeople(source: SourceConfig): void {
  if (isForPeople(source)) return;
  const { name, auth, command } = source;
  if (auth !== undefined) {
    const who = auth.type === "oidc" ? `as the service account ${auth.clientId}` : "by itself";
    throw new SitrepError("usage", `${name} signs in ${who}, with ${auth.secret ?? "a secret"}.`, {
      hint: `A new secret: sitrep source secret ${name}`,
    });
  }
  const why = command === undefined ? "is on this machine" : "is a program, which signs in itself";
  throw new SitrepError("usage", `${name} ${why}: there is nobody to sign in.`, {
    hint: `"sitrep source test ${name}" shows whether it works.`,
  });
}

/** What the command line says; what it does not say is left to the settings and the server. */
export type LoginWishes = Partial<
  Pick<SignInWishes, "issuer" | "clientId" | "scope" | "grant" | "port">
>;

export interface LoginDone {
  source: string;
  /** Null where the server needs no sign-in. */
  signIn: SignInStatus | null;
  /** Tasks that it then gave. */
  pending: number;
}

interface LoginRequest {
  scope: ProjectScope;
  source: SourceConfig;
  wishes: LoginWishes;
  /** Aborted by a person who gives up. */
  signal: AbortSignal;
  /** Asked in place of the tasks, where these cannot be asked for yet. Throws `SourceError`. */
  probe?: (context: SourceContext) => Promise<unknown>;
}

const askMs = 60_000;
/** How long a person has in the browser. */
const browserMs = 300_000;

/** Asks for the tasks once, over a connection of its own. Throws `SourceError`. */
async function countTasks(
  { source: config, scope, signal, probe }: LoginRequest,
  context: SourceContext,
): Promise<number> {
  if (probe !== undefined) {
    await probe(context);
    return 0;
  }
  await using source = openConfigured({ ...config, retries: 0 }, scope, context).source;
  const whole = AbortSignal.any([signal, AbortSignal.timeout(askMs)]);
  return (await source.listPending(scope, whole)).tasks.length;
}

/** The command line, then the settings, then what an earlier command line said. */
function wishesOf({ source, wishes }: LoginRequest, context: SourceContext): SignInWishes {
  const auth = personAuthOf(source);
  const before = openSignInRecords(context.signIns ?? "").get(source.name, originOf(source));
  const named = before?.isNamed === true ? before.issuer : null;
  const issuer = wishes.issuer ?? auth?.issuer ?? named;
  const isSame = issuer === null || before === null || before.issuer === issuer;
  const client = isSame && before?.client?.from !== "registered" ? before?.client : null;
  return {
    issuer,
    grant: wishes.grant ?? null,
    port: wishes.port ?? null,
    clientId: wishes.clientId ?? auth?.clientId ?? client?.clientId ?? null,
    // The secret belongs to the issuer in the settings and to no other.
    clientSecret:
      issuer !== null && issuer === auth?.issuer ? clientSecretOf(source, context) : null,
    scope: wishes.scope ?? auth?.scope ?? null,
    audience: auth?.audience ?? null,
  };
}

async function signInOnce(
  request: LoginRequest,
  context: SourceContext,
  onEvent: Screen["show"],
  challenge: Challenge | null,
): Promise<void> {
  const { signIn } = await import("../../sources/auth/login/sign-in.ts");
  const { source, signal } = request;
  const wishes = wishesOf(request, context);
  // Scopes that turned out to be missing come beside those of the settings.
  const scope =
    wishes.scope !== null && challenge?.error === "insufficient_scope"
      ? `${wishes.scope} ${challenge.scope ?? ""}`.trim()
      : wishes.scope;
  await signIn(
    {
      ...wishes,
      scope,
      name: source.name,
      url: source.url ?? "",
      challenge,
      timeoutMs: browserMs,
      signal,
      onEvent,
    },
    {
      records: openSignInRecords(context.signIns ?? ""),
      tokenStore: tokenStoreOf(context),
      whyInsecure: (address) => insecureBecause(address, context.allowInsecureHosts),
    },
  );
}

/** The error of a server that refuses its own issuer's new token: what is wrong lies between these two. */
function stillRefused(name: string, error: unknown): unknown {
  if (!(error instanceof SourceError) || error.code !== "source-refused") return error;
  return new SitrepError("source-refused", `You are signed in, but ${name} refuses the token.`, {
    hint: 'Its audience or scopes may be missing: --scope, or "audience" in the source\'s "auth".',
  });
}

/**
 * Signs in, showing the person what to do, and asks for the tasks. Throws `usage`, `sign-in-denied`, `sign-in-expired`,
 * `sign-in-failed`, `issuer-changed`, `issuer-unknown`, `client-unknown`, `cancelled`, and `SourceError`.
 */
export async function logIn(
  context: CommandContext,
  request: LoginRequest,
  options: ScreenOptions,
): Promise<LoginDone> {
  const { source, signal } = request;
  using screen = openScreen(source.name, options, environmentForOthers(context));
  requireForPeople(source);
  return await withSourceContext(context, async (known) => {
    const sources = { ...known, signal };
    let signIns = 0;
    const work = (): Promise<number> =>
      countTasks(request, signIns === 0 ? { ...sources, signIns: null } : sources);
    const signIn = async (challenge: Challenge | null): Promise<void> => {
      await signInOnce(request, sources, screen.show, challenge);
      signIns += 1;
    };
    try {
      let pending = await withSignIn(work, signIn);
      if (signIns === 0 && wishesOf(request, sources).issuer !== null) {
        // The server answers everybody; a person who is named may see more.
        await signIn(null);
        pending = await work();
      }
      const status = signIns === 0 ? null : await signInStatusOf(source, sources);
      return { source: source.name, signIn: status, pending };
    } catch (error) {
      if (signal.aborted) throw new SitrepError("cancelled", "The sign-in was cancelled.");
      throw signIns === 0 ? error : stillRefused(source.name, error);
    }
  });
}

export interface ScreenOptions extends JsonOption {
  /** Undefined: the browser grant opens one on a terminal, the device grant none. */
  browser?: boolean;
}

/** Starts the opener of the system. Where there is none, the address that is shown is enough. */
function openBrowser(address: string, env: Environment): void {
  const openers: Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>> = {
    darwin: ["open"],
    win32: ["rundll32", "url.dll,FileProtocolHandler"],
  };
  const [program, ...args] = openers[process.platform] ?? ["xdg-open"];
  const child = spawn(program, [...args, address], { env, stdio: "ignore", detached: true });
  child.on("error", () => undefined);
  child.unref();
}

interface Screen extends Disposable {
  show: (event: SignInEvent) => void;
}

/** Instructions go to stderr, also in a pipe; a countdown is shown on a terminal only. */
function openScreen(name: string, options: ScreenOptions, env: Environment): Screen {
  let counting: Disposable | null = options.json === true ? null : countUp(`Asking ${name}`);
  const mayOpen = options.json !== true && process.stderr.isTTY;
  const say = (event: SignInEvent): void => {
    if (event.event === "issuer") return remark(`Signing in to ${name} at ${event.issuer}`);
    if (event.event === "address") {
      const opens = options.browser ?? mayOpen;
      remark(`${opens ? "Your browser opens. If not, open" : "Open"} this address:`, "");
      // Not indented: a long one is copied over several lines.
      remark(event.address, "");
      if (opens) openBrowser(event.address, env);
      counting = countDown("Waiting for your browser", browserMs);
      return;
    }
    remark(`  Open   ${event.verificationUri}`);
    remark(`  Enter  ${event.userCode}`);
    if (event.completeUri !== null) remark(`  or     ${event.completeUri}`);
    if (options.browser === true) openBrowser(event.completeUri ?? event.verificationUri, env);
    counting = countDown("Waiting for you", event.expiresInSeconds * 1000);
  };
  return {
    show: (event) => {
      counting?.[Symbol.dispose]();
      if (options.json !== true) return say(event);
      printJson(event, true);
    },
    [Symbol.dispose]: () => counting?.[Symbol.dispose](),
  };
}

/** Aborts at the first Ctrl-C; a second one ends the program as usual. */
export function cancelBySignal(): AbortSignal {
  const controller = new AbortController();
  for (const one of ["SIGINT", "SIGTERM"]) process.once(one, () => controller.abort());
  return controller.signal;
}
