// What `doctor` looks at in sources: whether they answer, and whether others can read their secrets. It asks no server.

import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { projectFileName } from "../../config/folders.ts";
import { placeOf } from "../../config/secrets.ts";
import { configOf, settingsOf } from "../../config/command-config.ts";
import { failureWords, isSignInFailure, signInVerb } from "../../core/brief/source-lines.ts";
import type { SourceView } from "../../core/brief/source-view.ts";
import { whoseIn } from "../../core/task/ranking.ts";
import type { Located } from "../../git/repository.ts";
import { shellWord } from "../../install/entries.ts";
import type { CommandContext } from "../../config/context.ts";
import { messageOf, SitrepError } from "../../core/errors.ts";
import { ageWords, agoWords } from "../../core/time.ts";
import { placeProgram } from "../../sources/program-place.ts";
import type { ListedSource } from "../../sources/source-pool.ts";
import { scopeIn } from "../program/options.ts";
import { unknownFix, unknownTexts } from "../../core/task/unknown-words.ts";
import { cachedViews, listWithSignIns, sourcesOf } from "../source/sources.ts";
import type { Commands } from "./commands.ts";
import {
  byHand,
  failed,
  ok,
  safely,
  waiting,
  warning,
  type Check,
  type Finding,
  type Fix,
} from "./finding.ts";

/** Only a person can end a failure to sign in; after any other the server is asked again, but for one that asks to wait. */
function failureFix(
  { source, code, file }: { source: string; code: string; file: string },
  project: Located,
  { sitrep, edit }: Commands,
): Fix {
  const signIn = signInVerb(code);
  if (signIn === null && isSignInFailure(code)) return byHand(edit(file));
  return signIn === null
    ? safely(sitrep("refresh", "--project", project.worktree))
    : byHand(sitrep(...signIn, source));
}

type Listed = Awaited<ReturnType<typeof listWithSignIns>>[number];

/** A name to set where none of a source's people is known to be the person; null where one is, or it has no people. */
function strangerIn(
  context: CommandContext,
  { source, people = {}, notes }: SourceView,
): string | null {
  const names = Object.keys(people);
  const known = { names, me: notes.me ?? [], likely: notes.signedIn ?? [] };
  const { me } = settingsOf(context, configOf(context));
  const { isKnown, maybe } = whoseIn({ me, people: new Map([[source, known]]) }, source, []);
  return names.length === 0 || isKnown ? null : (maybe ?? "NAME");
}

function checkSource(
  context: CommandContext,
  project: Located,
  commands: Commands,
  { config: { name, enabled }, from, signIn }: Listed,
): Finding {
  if (!enabled) return ok("switched off by its settings");
  const view = cachedViews(context, scopeIn(project), 0).find(({ source }) => source === name);
  const failure = view?.failure ?? null;
  const now = Date.now();
  if (failure?.code === "source-rate-limited" && failure.nextTryAt > now) {
    const when = `it is asked again in ${ageWords(failure.nextTryAt - now)}`;
    return waiting(`${failureWords(failure.code)}; ${when}`);
  }
  if (failure !== null) {
    const where = { source: name, code: failure.code, file: fileOf(context, project, from) };
    const fix = failureFix(where, project, commands);
    return warning(failureWords(failure.code), fix);
  }
  const isOver = signIn !== null && !signIn.isRenewed && (signIn.expiresAt ?? now) < now;
  if (signIn?.isRefused === true || isOver) {
    const why = isOver ? "the sign-in has run out" : "the sign-in is refused";
    return warning(why, byHand(commands.sitrep("login", name)));
  }
  if (view === undefined || view.fetchedAt === null) return ok("not asked yet");
  const stranger = strangerIn(context, view);
  if (stranger === null) return ok(`read ${agoWords(view.fetchedAt, now)}`);
  return warning("nobody in it is known to be you", byHand(commands.sitrep("me", stranger)));
}

/** Each source by its name. No server is asked. */
export async function checkSources(
  context: CommandContext,
  project: Located,
  commands: Commands,
): Promise<Check[]> {
  const sources = await listWithSignIns(context, scopeIn(project));
  return sources.map((one) => ({
    name: `source ${one.config.name}`,
    ...checkSource(context, project, commands, one),
  }));
}

/** The file that a source is named in. */
const fileOf = (context: CommandContext, project: Located, from: ListedSource["from"]): string =>
  from === "project" ? join(project.worktree, projectFileName) : context.configFile;

/** The programs of sources: which they are and where they start. Nothing is started. */
export function checkPrograms(
  context: CommandContext,
  project: Located,
  { edit }: Commands,
): Finding {
  const scope = scopeIn(project);
  const programs = sourcesOf(context, scope).filter(({ config }) => config.command !== undefined);
  const given = { neutral: context.folders.state, path: context.env["PATH"] ?? "" };
  const places: string[] = [];
  for (const { config, from } of programs) {
    try {
      const { command, cwd } = placeProgram(config, scope, given);
      places.push(`${config.name}: ${command} in ${cwd}`);
    } catch (error) {
      const hint = error instanceof SitrepError ? (error.hint ?? "") : "";
      return failed(
        `${messageOf(error)} ${hint}`.trim(),
        byHand(edit(fileOf(context, project, from))),
      );
    }
  }
  return ok(places.length === 0 ? "no source is a program" : places.join("; "));
}

/** What sources say of their tasks and is none of our words, from what is cached. */
export function checkWords(context: CommandContext, project: Located, { edit }: Commands): Finding {
  const found = cachedViews(context, scopeIn(project)).flatMap(({ source, tasks }) =>
    unknownTexts(tasks).map((text) => `${source}: ${text}`),
  );
  if (found.length === 0) return ok("every status, priority and due date is known");
  return warning(`${found.join("; ")}. ${unknownFix}`, byHand(edit(context.configFile)));
}

const isOpen = (file: string): boolean =>
  ((statSync(file, { throwIfNoEntry: false })?.mode ?? 0) & 0o077) !== 0;

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder).map((name) => join(folder, name));
  } catch {
    return [];
  }
}

/** Files of ours, and those that settings name. */
export function checkSecrets(context: CommandContext, project: Located): Finding {
  const { secrets, tokens, signIns } = context.files;
  const named = sourcesOf(context, scopeIn(project)).flatMap(({ config: { auth, env } }) =>
    [auth?.secret ?? "", ...Object.values(env)].flatMap((text) => placeOf("file", text) ?? []),
  );
  const files = [...[secrets, tokens, signIns].flatMap(filesIn), ...named];
  const open = process.platform === "win32" ? [] : files.filter(isOpen);
  if (open.length === 0) return ok("for nobody else's eyes");
  return failed(
    `other users can read ${open.join(", ")}: change what somebody may have read`,
    safely(`chmod 600 ${open.map(shellWord).join(" ")}`),
  );
}
