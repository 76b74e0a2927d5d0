import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { loadOwnConfig, loadHookSettings } from "../../config/command-config.ts";
import { projectFileName } from "../../config/folders.ts";
import { findReferences, secretLocation } from "../../config/secrets.ts";
import { failureReason, isSignInFailure, signInVerb } from "../../core/brief/source-lines.ts";
import type { SourceView } from "../../core/brief/source-view.ts";
import { messageOf, SitrepError } from "../../core/errors.ts";
import { findOwnership } from "../../core/task/owners.ts";
import { canTranslate, unknownFix, unknownTexts } from "../../core/task/unknown-words.ts";
import { ageText, agoText } from "../../core/time.ts";
import { shellWord } from "../../install/hook-entries.ts";
import { locateBd } from "../../sources/files/beads-program.ts";
import { locateProgram } from "../../sources/locate-program.ts";
import type { ListedSource } from "../../sources/source-pool.ts";
import { createScope } from "../program/verb-context.ts";
import {
  readCachedViews,
  listWithSignIns,
  listProjectSources,
  type ListedWithSignIn,
} from "../source/lookup.ts";
import { editing } from "./fix-commands.ts";
import {
  manualFix,
  failed,
  ok,
  safeFix,
  waiting,
  warning,
  type Check,
  type Finding,
  type Fix,
} from "./finding.ts";
import type { DoctorContext } from "./doctor-context.ts";

const fileOf = ({ context, project }: DoctorContext, from: ListedSource["from"]): string =>
  from === "project" ? join(project.worktree, projectFileName) : context.configFile;

/** A sign-in failure needs the user; for any other failure, a refresh asks the server again. */
function failureFix(doctor: DoctorContext, { config, from }: ListedSource, code: string): Fix {
  const { sitrep } = doctor.commands;
  const signIn = signInVerb(code);
  if (signIn !== null) return manualFix(sitrep(...signIn, config.name));
  if (isSignInFailure(code)) return editing(fileOf(doctor, from));
  return safeFix(sitrep("refresh", "--project", doctor.project.worktree));
}

/** The name to set when no person in a source is known to be the user; null if one is, or if it lists no people. */
function unknownSelf(
  { context }: DoctorContext,
  { source, people = {}, notes }: SourceView,
): string | null {
  const names = Object.keys(people);
  const known = { names, me: notes.me ?? [], likely: [] };
  const { me } = loadHookSettings(context, loadOwnConfig(context));
  const { isKnown, maybe } = findOwnership({ me, people: new Map([[source, known]]) }, source, []);
  return names.length === 0 || isKnown ? null : (maybe ?? "NAME");
}

function checkSource(
  doctor: DoctorContext,
  views: readonly SourceView[],
  one: ListedWithSignIn,
): Finding {
  const { sitrep } = doctor.commands;
  const { config, signIn } = one;
  if (!config.enabled) return ok("disabled in its settings");
  const view = views.find(({ source }) => source === config.name);
  const now = Date.now();
  if (view?.failure != null) {
    const { code, nextTryAt } = view.failure;
    const words = failureReason(code);
    // A refresh before that time would ignore the server's Retry-After.
    return code === "source-rate-limited" && nextTryAt > now
      ? waiting(`${words}; next attempt in ${ageText(nextTryAt - now)}`)
      : warning(words, failureFix(doctor, one, code));
  }
  const isOver = signIn !== null && !signIn.isRenewed && (signIn.expiresAt ?? now) < now;
  if (signIn?.isRefused === true || isOver) {
    const why = isOver ? "the sign-in has expired" : "the sign-in was refused";
    return warning(why, manualFix(sitrep("login", config.name)));
  }
  if (view === undefined || view.fetchedAt === null) return ok("not read yet");
  const name = unknownSelf(doctor, view);
  if (name === null) return ok(`read ${agoText(view.fetchedAt, now)}`);
  return warning("your name in this source is unknown", manualFix(sitrep("me", name)));
}

export async function checkSources(doctor: DoctorContext): Promise<Check[]> {
  const scope = createScope(doctor.project);
  const views = readCachedViews(doctor.context, scope, 0);
  const sources = await listWithSignIns(doctor.context, scope);
  return sources.map((one) => ({
    name: `source ${one.config.name}`,
    ...checkSource(doctor, views, one),
  }));
}

export function checkPrograms(doctor: DoctorContext): Finding {
  const { context } = doctor;
  const scope = createScope(doctor.project);
  const programs = listProjectSources(context, scope).filter(
    ({ config }) => config.command !== undefined,
  );
  const given = { neutral: context.folders.state, path: context.env["PATH"] ?? "" };
  const places: string[] = [];
  for (const { config, from } of programs) {
    try {
      const { command, cwd } =
        config.type === "file"
          ? locateBd(config, scope, given.path)
          : locateProgram(config, scope, given);
      places.push(`${config.name}: ${command} in ${cwd}`);
    } catch (error) {
      const hint = error instanceof SitrepError ? (error.hint ?? "") : "";
      return failed(`${messageOf(error)} ${hint}`.trim(), editing(fileOf(doctor, from)));
    }
  }
  return ok(places.length === 0 ? "no source runs a local program" : places.join("; "));
}

export function checksText({ context, project }: DoctorContext): Finding {
  const scope = createScope(project);
  const types = new Map(
    listProjectSources(context, scope).map(({ config }) => [config.name, config.type]),
  );
  const found = readCachedViews(context, scope).flatMap(({ source, tasks }) =>
    unknownTexts(tasks).map((text) => ({
      type: types.get(source) ?? "mcp",
      text: `${source}: ${text}`,
    })),
  );
  if (found.length === 0) return ok("every status, priority and due date is recognized");
  const type = found.find((one) => canTranslate(one.type))?.type;
  const words = `${found.map(({ text }) => text).join("; ")}. ${unknownFix(type ?? "file")}`;
  return type === undefined ? ok(words) : warning(words, editing(context.configFile));
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

export function checkSecrets({ context, project }: DoctorContext): Finding {
  const { secrets, tokens, signIns } = context.files;
  const named = listProjectSources(context, createScope(project)).flatMap(({ config }) =>
    findReferences(config).flatMap((text) => secretLocation("file", text) ?? []),
  );
  const files = [...[secrets, tokens, signIns].flatMap(filesIn), ...named];
  const open = process.platform === "win32" ? [] : files.filter(isOpen);
  if (open.length === 0) return ok("only you can read them");
  return failed(
    `other users can read ${open.join(", ")}: change any secret that was exposed`,
    safeFix(`chmod 600 ${open.map(shellWord).join(" ")}`),
  );
}
