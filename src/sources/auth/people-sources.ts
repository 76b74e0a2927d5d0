// The sources that people sign in for, and where they need to.

import { openCacheForReading } from "../../state/cache/cache-file.ts";
import { readSourceViews } from "../../state/cache/task-views.ts";
import { isForPeople } from "../../config/source-address.ts";
import type { SourceConfig } from "../../config/source-config.ts";
import { isSignInFailure } from "../../core/brief/source-lines.ts";
import { SitrepError } from "../../core/errors.ts";
import type { ProjectScope } from "../../core/ports.ts";
import type { CommandContext } from "../../config/context.ts";
import { signInStatusOf } from "./person.ts";
import type { SignInStatus } from "./person.ts";
import { sourcesOf } from "../source-list.ts";
import { withSourceContext } from "../source-context.ts";

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

export interface PeopleSource {
  source: SourceConfig;
  /** Null where nobody is signed in. */
  signIn: SignInStatus | null;
  /** True where it is set to have people sign in and nobody is, or where it refused last. */
  isNeeded: boolean;
}

/** Names of the sources that the server refused last. */
function refusingSources(context: CommandContext, scope: ProjectScope): Set<string> {
  try {
    const db = openCacheForReading(context.files.cache, 1000);
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
export async function peopleSources(
  context: CommandContext,
  scope: ProjectScope,
): Promise<PeopleSource[]> {
  const refusing = refusingSources(context, scope);
  const sources = sourcesOf(context, scope)
    .map(({ config }) => config)
    .filter((source) => source.enabled && isForPeople(source));
  return withSourceContext(context, (known) =>
    Promise.all(
      sources.map(async (source) => {
        const signIn = await signInStatusOf(source, known);
        const isMissing = source.auth !== undefined && signIn === null;
        return { source, signIn, isNeeded: isMissing || refusing.has(source.name) };
      }),
    ),
  );
}
