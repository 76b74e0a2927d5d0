// What `sitrep login` and `logout` do: a person signs in for a source, or out of it.

import { openCacheForReading } from "../cache/cache-file.ts";
import { readSourceViews } from "../cache/task-views.ts";
import type { Challenge } from "../auth/login/challenge.ts";
import { openSignInRecords, tokenKeyOf } from "../auth/login/sign-in-record.ts";
import type { SignInRecord } from "../auth/login/sign-in-record.ts";
import type { SignInEvent, SignInWishes } from "../auth/login/sign-in.ts";
import type { Revocation } from "../auth/login/person-grant.ts";
import { withSignIn } from "../auth/login/step-up.ts";
import { insecureBecause, isForPeople, originOf } from "../config/source-config.ts";
import type { SourceConfig } from "../config/source-config.ts";
import { isSignInFailure } from "../core/brief/source-lines.ts";
import { SitrepError } from "../core/errors.ts";
import type { ProjectScope } from "../core/ports.ts";
import { SourceError } from "../core/source-error.ts";
import type { CliWorld } from "./cli-world.ts";
import { openConfigured } from "./open-source.ts";
import { clientSecretOf, keeperOf, personAuthOf, signInOf, signInStatusOf } from "./person.ts";
import type { SignInStatus } from "./person.ts";
import { sourcesOf, withSourceWorld } from "./source-admin.ts";
import type { SourceWorld } from "./source-sign-in.ts";

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
  probe?: (world: SourceWorld) => Promise<unknown>;
}

const askMs = 60_000;

/** Asks for the tasks once, over a connection of its own. Throws `SourceError`. */
async function countTasks(
  { source: config, scope, signal, probe }: LoginRequest,
  world: SourceWorld,
): Promise<number> {
  if (probe !== undefined) {
    await probe(world);
    return 0;
  }
  const { source } = openConfigured({ ...config, retries: 0 }, scope, world);
  try {
    const whole = AbortSignal.any([signal, AbortSignal.timeout(askMs)]);
    return (await source.listPending(scope, whole)).tasks.length;
  } finally {
    await source[Symbol.asyncDispose]();
  }
}

/** The command line, then the settings, then what an earlier command line said. */
function wishesOf({ source, wishes }: LoginRequest, world: SourceWorld): SignInWishes {
  const auth = personAuthOf(source);
  const before = openSignInRecords(world.signIns ?? "").get(source.name, originOf(source));
  const named = before?.isNamed === true ? before.issuer : null;
  const issuer = wishes.issuer ?? auth?.issuer ?? named;
  const isSame = issuer === null || before === null || before.issuer === issuer;
  const client = isSame && before?.client?.from !== "registered" ? before?.client : null;
  return {
    ...wishes,
    issuer,
    clientId: wishes.clientId ?? auth?.clientId ?? client?.clientId ?? null,
    // It belongs to the issuer in the settings and to no other.
    clientSecret: issuer !== null && issuer === auth?.issuer ? clientSecretOf(source, world) : null,
    scope: wishes.scope ?? auth?.scope ?? null,
    audience: auth?.audience ?? null,
  };
}

async function signInOnce(
  request: LoginRequest,
  world: SourceWorld,
  challenge: Challenge | null,
): Promise<void> {
  const { signIn } = await import("../auth/login/sign-in.ts");
  const { source, signal, timeoutMs, onEvent } = request;
  const wishes = wishesOf(request, world);
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
      records: openSignInRecords(world.signIns ?? ""),
      keeper: keeperOf(world),
      whyInsecure: (address) => insecureBecause(address, world.allowInsecureHosts),
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

async function signInAndAsk(request: LoginRequest, world: SourceWorld): Promise<LoginDone> {
  const { source } = request;
  let signIns = 0;
  const work = (): Promise<number> =>
    countTasks(request, signIns === 0 ? { ...world, signIns: null } : world);
  const signIn = async (challenge: Challenge | null): Promise<void> => {
    await signInOnce(request, world, challenge);
    signIns += 1;
  };
  try {
    let pending = await withSignIn(work, signIn);
    if (signIns === 0 && wishesOf(request, world).issuer !== null) {
      // It answers everybody; who is named may see more.
      await signIn(null);
      pending = await work();
    }
    const status = signIns === 0 ? null : await signInStatusOf(source, world);
    return { source: source.name, signIn: status, pending };
  } catch (error) {
    throw signIns === 0 ? error : stillRefused(source.name, error);
  }
}

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

/**
 * Signs in and asks for the tasks. Throws `usage`, `sign-in-denied`, `sign-in-expired`, `sign-in-failed`, `issuer-changed`,
 * `issuer-unknown`, `client-unknown`, `cancelled`, and `SourceError`.
 */
export async function logIn(world: CliWorld, request: LoginRequest): Promise<LoginDone> {
  requireForPeople(request.source);
  return withSourceWorld(world, (sources) => signInAndAsk(request, sources));
}

export interface PeopleSource {
  source: SourceConfig;
  /** Null where nobody is signed in. */
  signIn: SignInStatus | null;
  /** True where it is set to have people sign in and nobody is, or where it refused last. */
  isNeeded: boolean;
}

/** Names of the sources that the server refused last. */
function refusingSources(world: CliWorld, scope: ProjectScope): Set<string> {
  try {
    const db = openCacheForReading(world.files.cache, 1000);
    try {
      const limits = { freshMs: 0, expireMs: 0 };
      const which = { project: scope.path, branch: null, now: Date.now(), limits, most: 0 };
      const refusing = readSourceViews(db, which).filter(
        ({ failure }) => failure !== null && isSignInFailure(failure.code),
      );
      return new Set(refusing.map(({ source }) => source));
    } finally {
      db.close();
    }
  } catch {
    // Without a cache nothing has been refused yet.
    return new Set();
  }
}

/** The sources of a project that a person can sign in for. */
export async function peopleSources(world: CliWorld, scope: ProjectScope): Promise<PeopleSource[]> {
  const refusing = refusingSources(world, scope);
  const sources = sourcesOf(world, scope)
    .map(({ config }) => config)
    .filter((source) => source.enabled && isForPeople(source));
  return withSourceWorld(world, (known) =>
    Promise.all(
      sources.map(async (source) => {
        const signIn = await signInStatusOf(source, known);
        const isMissing = source.auth !== undefined && signIn === null;
        return { source, signIn, isNeeded: isMissing || refusing.has(source.name) };
      }),
    ),
  );
}

export interface LogoutDone extends Revocation {
  source: string;
  issuer: string;
  subject: string;
  /** When what could not be revoked ends by itself; null where that is not known. Epoch milliseconds. */
  expiresAt: number | null;
}

async function endSignIn(
  source: SourceConfig,
  record: SignInRecord,
  world: SourceWorld,
): Promise<LogoutDone> {
  const { name, url = "" } = source;
  const { revokeSignIn } = await import("../auth/login/person-grant.ts");
  const key = tokenKeyOf(record);
  const keeper = keeperOf(world);
  const kept = key === null ? null : await keeper.get(key);
  const ended = await revokeSignIn(record, keeper, {
    name,
    url,
    whyInsecure: (address) => insecureBecause(address, world.allowInsecureHosts),
    clientSecret: () => clientSecretOf(source, world),
  });
  openSignInRecords(world.signIns ?? "").forget(name, originOf(source));
  const { issuer, person } = record;
  const expiresAt = kept?.expiresAt ?? null;
  return { source: name, issuer, subject: person?.subject ?? "", expiresAt, ...ended };
}

/** Null where nobody was signed in. What is kept is gone in any case. */
export async function logOut(world: CliWorld, source: SourceConfig): Promise<LogoutDone | null> {
  return withSourceWorld(world, async (sources) => {
    const record = signInOf(source, sources);
    if (record !== null) return endSignIn(source, record, sources);
    // A pin without a sign-in, of one that was begun and not finished.
    openSignInRecords(sources.signIns ?? "").forget(source.name, originOf(source));
    return null;
  });
}
