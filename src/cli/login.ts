// `sitrep login|logout`: people sign in for a task source, and out of it.

import { SitrepError } from "../core/errors.ts";
import type { ProjectScope } from "../core/ports.ts";
import { ageWords } from "../core/time.ts";
import type { CommandContext } from "../config/context.ts";
import { environmentForOthers } from "../sources/settle-environment.ts";
import { logIn } from "../sources/auth/log-in.ts";
import type { LoginDone, LoginWishes } from "../sources/auth/log-in.ts";
import { logOut } from "../sources/auth/log-out.ts";
import type { LogoutDone } from "../sources/auth/log-out.ts";
import { peopleSources, requireForPeople } from "../sources/auth/people-sources.ts";
import { findSource } from "../sources/source-list.ts";
import { refreshProject } from "../sources/local-tasks.ts";
import { scopeOf } from "./scope.ts";
import { browserMs, cancelBySignal, openScreen } from "./sign-in-screen.ts";
import type { ScreenOptions } from "./sign-in-screen.ts";
import { asWhom, forHowLong } from "./sign-in-words.ts";
import { print, printJson } from "./terminal.ts";

export interface LoginOptions extends ScreenOptions {
  project?: string;
  issuer?: string;
  clientId?: string;
  scope?: string;
  device?: boolean;
  port?: string;
}

function wishesOf(options: LoginOptions): LoginWishes {
  const port = options.port === undefined ? null : Number(options.port);
  if (port !== null && !(Number.isInteger(port) && port > 0 && port < 65_536)) {
    throw new SitrepError("usage", `--port is no port: ${options.port}`);
  }
  const { issuer = null, clientId = null, scope = null } = options;
  return { issuer, clientId, scope, port, grant: options.device === true ? "device" : null };
}

/** The sources to sign in for: the one that is named, those that need it, or the only one. */
async function chosenSources(
  context: CommandContext,
  scope: ProjectScope,
  name: string | undefined,
) {
  if (name !== undefined) {
    const source = findSource(context, scope, name);
    requireForPeople(source);
    return [source];
  }
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
      ? "No source of this project has a server that a person could sign in to."
      : `None needs a sign-in now. Which one? ${names.join(", ")}`,
    { hint: names.length === 0 ? "sitrep source add --help" : `sitrep login ${names[0] ?? ""}` },
  );
}

function wordsOf({ signIn, source, pending }: LoginDone): string {
  const tasks = `${pending} pending ${pending === 1 ? "task" : "tasks"}`;
  if (signIn === null) return `${source} needs no sign-in: it gave ${tasks}.`;
  const words = `${asWhom(signIn)} (${signIn.issuer}), ${forHowLong(signIn, Date.now())}`;
  return `Signed in to ${source}${words}. ${tasks}.`;
}

export async function runLogin(
  context: CommandContext,
  name: string | undefined,
  options: LoginOptions,
): Promise<void> {
  const scope = scopeOf(context, options);
  const wishes = wishesOf(options);
  const signal = cancelBySignal();
  for (const source of await chosenSources(context, scope, name)) {
    using screen = openScreen(source.name, options, environmentForOthers(context));
    const request = { scope, source, wishes, timeoutMs: browserMs, signal, onEvent: screen.show };
    // oxlint-disable-next-line no-await-in-loop -- a person does one after the other
    const done = await logIn(context, request);
    screen[Symbol.dispose]();
    if (options.json === true) print(JSON.stringify({ event: "signed-in", ...done }));
    else print(wordsOf(done));
  }
  await refreshProject(context, scope);
}

function logoutWords({
  source,
  subject,
  issuer,
  revoked,
  failed,
  expiresAt,
}: LogoutDone): string[] {
  const who = asWhom({ subject, label: "" }).replace(" as ", "");
  const done =
    revoked.length === 0 ? "" : `; ${issuer} has revoked the ${revoked.join(" and the ")}`;
  const lines = [`Signed out of ${source}${who === "" ? "" : ` (${who})`}${done}.`];
  for (const { what, code } of failed) {
    const why = code === "not-offered" ? "it revokes no such tokens" : code;
    const left = expiresAt === null ? 0 : expiresAt - Date.now();
    const end =
      what === "access token" && left > 0 ? ` It ends by itself in ${ageWords(left)}.` : "";
    lines.push(`The ${what} was not revoked at ${issuer} (${why}); it is forgotten here.${end}`);
  }
  return lines;
}

export async function runLogout(
  context: CommandContext,
  name: string | undefined,
  options: { project?: string; json?: boolean },
): Promise<void> {
  const scope = scopeOf(context, options);
  const signedIn = (await peopleSources(context, scope)).filter(({ signIn }) => signIn !== null);
  if (name === undefined && signedIn.length > 1) {
    const names = signedIn.map(({ source }) => source.name);
    throw new SitrepError("usage", `Out of which one? ${names.join(", ")}`, {
      hint: `sitrep logout ${names[0] ?? ""}`,
    });
  }
  const source = name === undefined ? signedIn[0]?.source : findSource(context, scope, name);
  const done = source === undefined ? null : await logOut(context, source);
  if (options.json === true) return printJson({ signedOut: done !== null, ...done });
  if (done === null) return print("Nobody was signed in.");
  for (const line of logoutWords(done)) print(line);
}
