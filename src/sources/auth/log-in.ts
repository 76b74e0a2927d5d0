// What `sitrep login` does: a person signs in for a source.

import type { Challenge } from "./login/challenge.ts";
import { openSignInRecords } from "./login/sign-in-record.ts";
import type { SignInEvent, SignInWishes } from "./login/sign-in.ts";
import { withSignIn } from "./login/step-up.ts";
import { insecureBecause, originOf } from "../../config/source-address.ts";
import type { SourceConfig } from "../../config/source-config.ts";
import { SitrepError } from "../../core/errors.ts";
import type { ProjectScope } from "../../core/ports.ts";
import { SourceError } from "../../core/source-error.ts";
import type { CommandContext } from "../../config/context.ts";
import { openConfigured } from "../open-source.ts";
import { requireForPeople } from "./people-sources.ts";
import { clientSecretOf, tokenStoreOf, personAuthOf, signInStatusOf } from "./person.ts";
import type { SignInStatus } from "./person.ts";
import type { SourceContext } from "../credentials.ts";
import { withSourceContext } from "../source-context.ts";

export type { SignInEvent, SignInStatus };

/** What the command line says; null for what it does not. */
export type LoginWishes = Pick<SignInWishes, "issuer" | "clientId" | "scope" | "grant" | "port">;

export interface LoginDone {
  source: string;
  /** Null where the server needs no sign-in. */
  signIn: SignInStatus | null;
  /** Tasks that it then gave. */
  pending: number;
}

export interface LoginRequest {
  scope: ProjectScope;
  source: SourceConfig;
  wishes: LoginWishes;
  /** How long a person has in the browser. */
  timeoutMs: number;
  signal: AbortSignal;
  onEvent: (event: SignInEvent) => void;
  /** What shows whether the server is content, in place of asking for the tasks. Throws `SourceError`. */
  probe?: (context: SourceContext) => Promise<unknown>;
}

const askMs = 60_000;

/** Asks for the tasks once, over a connection of its own. Throws `SourceError`. */
async function countTasks(
  { source: config, scope, signal, probe }: LoginRequest,
  context: SourceContext,
): Promise<number> {
  if (probe !== undefined) {
    await probe(context);
    return 0;
  }
  const { source } = openConfigured({ ...config, retries: 0 }, scope, context);
  try {
    const whole = AbortSignal.any([signal, AbortSignal.timeout(askMs)]);
    return (await source.listPending(scope, whole)).tasks.length;
  } finally {
    await source[Symbol.asyncDispose]();
  }
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
    ...wishes,
    issuer,
    clientId: wishes.clientId ?? auth?.clientId ?? client?.clientId ?? null,
    // It belongs to the issuer in the settings and to no other.
    clientSecret:
      issuer !== null && issuer === auth?.issuer ? clientSecretOf(source, context) : null,
    scope: wishes.scope ?? auth?.scope ?? null,
    audience: auth?.audience ?? null,
  };
}

async function signInOnce(
  request: LoginRequest,
  context: SourceContext,
  challenge: Challenge | null,
): Promise<void> {
  const { signIn } = await import("./login/sign-in.ts");
  const { source, signal, timeoutMs, onEvent } = request;
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
      timeoutMs,
      signal,
      onEvent,
    },
    {
      records: openSignInRecords(context.signIns ?? ""),
      tokenStore: tokenStoreOf(context),
      whyInsecure: (address) => insecureBecause(address, context.allowInsecureHosts),
      now: Date.now,
    },
  );
}

/** Signed in, and yet refused: what is wrong is between the server and its issuer. */
function stillRefused(name: string, error: unknown): unknown {
  if (!(error instanceof SourceError) || error.code !== "source-refused") return error;
  return new SitrepError("source-refused", `You are signed in, but ${name} refuses the token.`, {
    hint: 'Its audience or scopes may be missing: --scope, or "audience" in the source\'s "auth".',
  });
}

async function signInAndAsk(request: LoginRequest, known: SourceContext): Promise<LoginDone> {
  const { source, signal } = request;
  const context = { ...known, signal };
  let signIns = 0;
  const work = (): Promise<number> =>
    countTasks(request, signIns === 0 ? { ...context, signIns: null } : context);
  const signIn = async (challenge: Challenge | null): Promise<void> => {
    await signInOnce(request, context, challenge);
    signIns += 1;
  };
  try {
    let pending = await withSignIn(work, signIn);
    if (signIns === 0 && wishesOf(request, context).issuer !== null) {
      // It answers everybody; who is named may see more.
      await signIn(null);
      pending = await work();
    }
    const status = signIns === 0 ? null : await signInStatusOf(source, context);
    return { source: source.name, signIn: status, pending };
  } catch (error) {
    if (signal.aborted) throw new SitrepError("cancelled", "The sign-in was cancelled.");
    throw signIns === 0 ? error : stillRefused(source.name, error);
  }
}

/**
 * Signs in and asks for the tasks. Throws `usage`, `sign-in-denied`, `sign-in-expired`, `sign-in-failed`, `issuer-changed`,
 * `issuer-unknown`, `client-unknown`, `cancelled`, and `SourceError`.
 */
export async function logIn(context: CommandContext, request: LoginRequest): Promise<LoginDone> {
  requireForPeople(request.source);
  return withSourceContext(context, (sources) => signInAndAsk(request, sources));
}
