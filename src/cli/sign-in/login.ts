import { canPersonSignIn } from "../../config/source-address.ts";
import type { SourceConfig } from "../../config/source-config.ts";
import { isSignInFailure } from "../../core/brief/source-lines.ts";
import { SitrepError } from "../../core/errors.ts";
import type { ProjectScope } from "../../core/ports.ts";
import type { CommandContext } from "../../config/context.ts";
import { readSignInStatus, type SignInStatus } from "../../sources/auth/person.ts";
import {
  listSourceFailures,
  findSource,
  listProjectSources,
  withSourceContext,
} from "../source/lookup.ts";
import type { ScreenOptions } from "./login-screen.ts";
import { cancelBySignal, logIn, type LoginDone, type LoginChoices } from "./sign-in.ts";
import { refreshProject } from "../../sources/local-tasks.ts";
import { locateScope, type Run } from "../program/verb-context.ts";
import { asWhom, forHowLong } from "./signed-in-as.ts";
import { countText, print, printJson } from "../terminal/terminal.ts";

interface PeopleSource {
  source: SourceConfig;
  signIn: SignInStatus | null;
  /** True when the source needs a sign-in and has none, or when its last refresh failed with a sign-in error. */
  isNeeded: boolean;
}

export async function peopleSources(
  context: CommandContext,
  scope: ProjectScope,
): Promise<PeopleSource[]> {
  const refused = listSourceFailures(context, scope).filter(({ code }) => isSignInFailure(code));
  const refusing = new Set(refused.map(({ source }) => source));
  const sources = listProjectSources(context, scope)
    .map(({ config }) => config)
    .filter((source) => source.enabled && canPersonSignIn(source));
  return withSourceContext(context, (known) =>
    Promise.all(
      sources.map(async (source) => {
        const signIn = await readSignInStatus(source, known);
        const isMissing = source.auth !== undefined && signIn === null;
        return { source, signIn, isNeeded: isMissing || refusing.has(source.name) };
      }),
    ),
  );
}

interface LoginOptions extends ScreenOptions {
  project?: string;
  issuer?: string;
  clientId?: string;
  scope?: string;
  device?: boolean;
  port?: string;
}

function wishesOf(options: LoginOptions): LoginChoices {
  const port = options.port === undefined ? null : Number(options.port);
  if (port !== null && !(Number.isInteger(port) && port > 0 && port < 65_536)) {
    throw new SitrepError("usage", `--port must be 1 to 65535, not "${options.port}".`);
  }
  const { issuer = null, clientId = null, scope = null } = options;
  return { issuer, clientId, scope, port, grant: options.device === true ? "device" : null };
}

/** Returns the named source, else those that need a sign-in, else the only one. Throws `usage` otherwise. */
async function chosenSources(
  context: CommandContext,
  scope: ProjectScope,
  name: string | undefined,
) {
  if (name !== undefined) return [findSource(context, scope, name)];
  const all = await peopleSources(context, scope);
  const needy = all.filter(({ isNeeded }) => isNeeded);
  if (needy.length > 0) return needy.map(({ source }) => source);
  const known = all.filter(({ source, signIn }) => signIn !== null || source.auth !== undefined);
  const [only, ...others] = known.length > 0 ? known : all;
  if (only !== undefined && others.length === 0) return [only.source];
  const names = all.map(({ source }) => source.name);
  throw new SitrepError(
    "usage",
    names.length === 0
      ? "No source in this project supports signing in as a user."
      : `No source needs a sign-in now. Name one of: ${names.join(", ")}`,
    { hint: names.length === 0 ? "sitrep source add --help" : `sitrep login ${names[0] ?? ""}` },
  );
}

function wordsOf({ signIn, source, pending }: LoginDone): string {
  const tasks = countText(pending, "open task");
  if (signIn === null) return `${source} needs no sign-in. ${tasks}.`;
  const words = `${asWhom(signIn)} (${signIn.issuer}), ${forHowLong(signIn, Date.now())}`;
  return `Signed in to ${source}${words}. ${tasks}.`;
}

export const runLogin: Run<[string | undefined], LoginOptions> = async (context, name, options) => {
  const scope = locateScope(context, options);
  const wishes = wishesOf(options);
  const signal = cancelBySignal();
  for (const source of await chosenSources(context, scope, name)) {
    // oxlint-disable-next-line no-await-in-loop -- a user signs in to one at a time
    const done = await logIn(context, { scope, source, wishes, signal }, options);
    if (options.json === true) printJson({ event: "signed-in", ...done }, true);
    else print(wordsOf(done));
  }
  await refreshProject(context, scope);
};
