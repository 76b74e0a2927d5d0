import type { CommandContext } from "../../config/context.ts";
import { canPersonSignIn, sourceOrigin } from "../../config/source-address.ts";
import type { SourceConfig } from "../../config/source-config.ts";
import { SitrepError } from "../../core/errors.ts";
import type { ProjectScope } from "../../core/ports.ts";
import { SourceError } from "../../core/source-error.ts";
import { joinScopes, signInAndRetry, type Challenge } from "../../sources/auth/login/challenge.ts";
import { openSignInRecords } from "../../sources/auth/login/sign-in-record.ts";
import type { SignInOptions } from "../../sources/auth/login/sign-in-user.ts";
import {
  readClientSecret,
  findPersonAuth,
  createPersonDeps,
  readSignInStatus,
  openTokenStore,
  type SignInStatus,
} from "../../sources/auth/person.ts";
import { openConfigured } from "../../sources/configured-server.ts";
import type { SourceContext } from "../../sources/credentials.ts";
import { environmentForOthers } from "../../sources/environment-protocols.ts";
import { withSourceContext } from "../source/lookup.ts";
import { browserMs, openLoginScreen, type ScreenOptions } from "./login-screen.ts";

/** Throws `usage` for a source that users do not sign in to. */
function requireForPeople(source: SourceConfig): void {
  if (canPersonSignIn(source)) return;
  const { name, auth, command } = source;
  if (auth !== undefined) {
    const who = auth.type === "oidc" ? `as the service account ${auth.clientId}` : "automatically";
    throw new SitrepError("usage", `${name} signs in ${who}, with ${auth.secret ?? "a secret"}.`, {
      hint: `To set a new secret: sitrep source secret ${name}`,
    });
  }
  const why =
    command === undefined ? "is on this machine" : "is a program that handles its own sign-in";
  throw new SitrepError("usage", `${name} ${why}, so you do not need to sign in.`, {
    hint: `"sitrep source test ${name}" shows whether it works.`,
  });
}

/** Options from the command line; the settings and the server supply the others. */
export type LoginChoices = Partial<
  Pick<SignInOptions, "issuer" | "clientId" | "scope" | "grant" | "port">
>;

export interface LoginDone {
  source: string;
  signIn: SignInStatus | null;
  pending: number;
}

interface LoginRequest {
  scope: ProjectScope;
  source: SourceConfig;
  wishes: LoginChoices;
  signal: AbortSignal;
  /** The call to make when the source cannot list tasks yet. Throws `SourceError`. */
  probe?: (context: SourceContext) => Promise<unknown>;
}

const askMs = 60_000;

/** Lists the tasks once, over a separate connection; 0 after a `probe`. Throws `SourceError`. */
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
  return (await source.listOpen(scope, whole)).tasks.length;
}

/** The command line overrides the settings, and those override the command line of an earlier sign-in. */
function wishesOf({ source, wishes }: LoginRequest, context: SourceContext): SignInOptions {
  const auth = findPersonAuth(source);
  const before = openSignInRecords(context.signIns ?? "").get(source.name, sourceOrigin(source));
  const named = before?.isNamed === true ? before.issuer : null;
  const issuer = wishes.issuer ?? auth?.issuer ?? named;
  const isSame = issuer === null || before === null || before.issuer === issuer;
  const client = isSame && before?.client?.from !== "registered" ? before?.client : null;
  // The secret belongs to the issuer in the settings: never send it to another.
  const hasSecret = issuer !== null && issuer === auth?.issuer;
  return {
    issuer,
    grant: wishes.grant ?? null,
    port: wishes.port ?? null,
    clientId: wishes.clientId ?? auth?.clientId ?? client?.clientId ?? null,
    clientSecret: hasSecret ? readClientSecret(source, context) : null,
    scope: wishes.scope ?? auth?.scope ?? null,
    audience: auth?.audience ?? null,
  };
}

async function signInOnce(
  request: LoginRequest,
  context: SourceContext,
  onEvent: ReturnType<typeof openLoginScreen>["show"],
  challenge: Challenge | null,
): Promise<void> {
  const { signInUser } = await import("../../sources/auth/login/sign-in-user.ts");
  const wishes = wishesOf(request, context);
  const { name, url, whyInsecure } = createPersonDeps(request.source, context);
  // Request the missing scopes in addition to those in the settings.
  const isWider = wishes.scope !== null && challenge?.error === "insufficient_scope";
  const scope = isWider ? joinScopes(wishes.scope, challenge.scope) : wishes.scope;
  const { signal } = request;
  await signInUser(
    { ...wishes, scope, name, url, challenge, timeoutMs: browserMs, signal, onEvent },
    {
      records: openSignInRecords(context.signIns ?? ""),
      tokenStore: openTokenStore(context),
      whyInsecure,
    },
  );
}

/** The error for a server that refuses a new token from its own issuer: the two disagree. */
function stillRefused(name: string, error: unknown): unknown {
  if (!(error instanceof SourceError) || error.code !== "source-refused") return error;
  return new SitrepError("source-refused", `You are signed in, but ${name} refuses the token.`, {
    hint: 'It may lack an audience or scopes: use --scope, or "audience" in the source\'s "auth".',
  });
}

/** Throws `usage`, `sign-in-*`, `issuer-*`, `client-unknown`, `cancelled`, and `SourceError`. */
export async function logIn(
  context: CommandContext,
  request: LoginRequest,
  options: ScreenOptions,
): Promise<LoginDone> {
  const { source, signal } = request;
  requireForPeople(source);
  using screen = openLoginScreen(source.name, options, environmentForOthers(context));
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
      let pending = await signInAndRetry(work, signIn);
      if (signIns === 0 && wishesOf(request, sources).issuer !== null) {
        // The server answers without a sign-in, but may show more tasks to a signed-in user.
        await signIn(null);
        pending = await work();
      }
      const status = signIns === 0 ? null : await readSignInStatus(source, sources);
      return { source: source.name, signIn: status, pending };
    } catch (error) {
      if (signal.aborted) throw new SitrepError("cancelled", "The sign-in was cancelled.");
      throw signIns === 0 ? error : stillRefused(source.name, error);
    }
  });
}

/** Aborts at the first Ctrl-C; a second one ends the program as usual. */
export function cancelBySignal(): AbortSignal {
  const controller = new AbortController();
  for (const one of ["SIGINT", "SIGTERM"]) process.once(one, () => controller.abort());
  return controller.signal;
}
