// `sitrep allow` and `deny`: whether a project's own file may name servers and commands.

import { dirname } from "node:path";
import { openCacheForShortWrite } from "../state/cache/cache-file.ts";
import { addRequest } from "../state/cache/requests.ts";
import { decide, projectFileName, readProjectFile } from "../config/project-file.ts";
import type { ProjectFile } from "../config/project-file.ts";
import { SitrepError } from "../core/errors.ts";
import type { ProjectScope } from "../core/ports.ts";
import { wakeMonitor } from "../state/live/lease.ts";
import type { CommandContext } from "../config/context.ts";
import { cleanText } from "../core/fence.ts";
import { scopeOf } from "./options.ts";
import { print, printJson } from "./terminal.ts";

/** Throws `usage` when the project has none. */
function projectFileOf(context: CommandContext, { path }: ProjectScope): ProjectFile {
  const found = readProjectFile(path, context.files.allowed);
  if (found !== null) return found;
  throw new SitrepError("usage", `There is no ${projectFileName} in ${path}.`);
}

/** What is to be said of a project's file that does nothing; null when there is none, or it is allowed. */
export function inertFile(context: CommandContext, { path }: ProjectScope): string | null {
  const found = readProjectFile(path, context.files.allowed);
  if (found === null || found.trust === "allowed") return null;
  if (found.mistake !== null) return `${found.file} does nothing: ${found.mistake}`;
  const why = {
    changed: "it was edited since it was allowed",
    denied: "it is denied",
    unknown: "",
  };
  const because = why[found.trust] === "" ? "" : ` (${why[found.trust]})`;
  return `${found.file} does nothing until it is allowed${because}: sitrep allow`;
}

/** Tells a monitor that runs; without one the next refresh finds out. */
function requestRefresh(context: CommandContext, project: string): void {
  try {
    const db = openCacheForShortWrite(context.files.cache, 1000);
    try {
      addRequest(db, { kind: "refresh", project }, Date.now());
    } finally {
      db.close();
    }
    wakeMonitor(context.files.live);
  } catch {
    // No cache, or none that can be written: there is no monitor to be told.
  }
}

/** Throws `config-invalid` when a content is to be allowed that is not understood. */
function decideOn(context: CommandContext, found: ProjectFile, isAllowed: boolean): void {
  decide(found, context.files.allowed, isAllowed);
  requestRefresh(context, dirname(found.file));
}

interface TrustOptions {
  project?: string;
  dryRun?: boolean;
  json?: boolean;
}

/** Nothing may be hidden behind what comes before it. */
const whole = 4000;

/** Everything that it would start, contact, or send. */
function describe({ sources }: ProjectFile): string[] {
  return sources.flatMap(({ name, url, command, args, env, auth }) => {
    const does =
      command === undefined
        ? `contacts ${url ?? "nobody"}`
        : `starts ${[command, ...args].join(" ")}`;
    const secrets = [auth?.secret, ...Object.values(env)].filter((text) => text?.startsWith("${"));
    const sends = secrets.length === 0 ? "" : `, with ${secrets.join(", ")}`;
    const issuer = auth !== undefined && "issuer" in auth ? auth.issuer : undefined;
    const signsIn = issuer === undefined ? "" : `, signs in at ${cleanText(issuer, 200)}`;
    return [`  ${name} ${cleanText(does, whole)}${cleanText(sends, whole)}${signsIn}`];
  });
}

export function runAllow(context: CommandContext, options: TrustOptions): void {
  const found = projectFileOf(context, scopeOf(context, options));
  if (options.dryRun !== true) decideOn(context, found, true);
  const { file, sources, mistake } = found;
  if (options.json === true) {
    return printJson({ file, allowed: options.dryRun !== true, sources, mistake });
  }
  if (mistake !== null) print(`${file}: ${mistake}`);
  else print([`${file} names:`, ...describe(found)].join("\n"));
  if (options.dryRun !== true)
    print("Allowed. After an edit it is inert until it is allowed again.");
}

export function runDeny(context: CommandContext, options: TrustOptions): void {
  const found = projectFileOf(context, scopeOf(context, options));
  decideOn(context, found, false);
  if (options.json === true) printJson({ file: found.file, allowed: false });
  else print(`${found.file} is denied: nothing that it names is started or contacted.`);
}
