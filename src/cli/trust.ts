import { dirname, resolve } from "node:path";
import type { CommandContext } from "../config/context.ts";
import { projectFileName } from "../config/folders.ts";
import { decide, readProjectFile, type ProjectFile } from "../config/project-file.ts";
import { SitrepError } from "../core/errors.ts";
import type { ProjectScope } from "../core/ports.ts";
import { cleanText } from "../core/quote.ts";
import { sendMonitorRequest } from "../monitor/monitor-control.ts";
import { locateScope, type ProjectOptions } from "./program/verb-context.ts";
import { confirm, isWatched, print, printJson, printResult } from "./terminal/terminal.ts";

/** Throws `usage` when the project has no such file. */
function projectFileOf(context: CommandContext, options: ProjectOptions): ProjectFile {
  const { path } = locateScope(context, options);
  const found = readProjectFile(path, context.files.allowed);
  if (found !== null) return found;
  throw new SitrepError("usage", `There is no ${projectFileName} in ${path}.`);
}

/** Says why a project's file has no effect; null when it is allowed, or does not exist. */
export function inertFile(context: CommandContext, { path }: ProjectScope): string | null {
  const found = readProjectFile(path, context.files.allowed);
  if (found === null || found.trust === "allowed") return null;
  const { file, trust, mistake } = found;
  if (mistake !== null) return `${file} does nothing: ${mistake}`;
  const because = { changed: " (it was edited)", denied: " (it is denied)", unknown: "" }[trust];
  return `${file} does nothing until it is allowed${because}: sitrep allow`;
}

/** Throws `config-invalid` when `isAllowed` is true for a file that is invalid. */
function decideOn(context: CommandContext, found: ProjectFile, isAllowed: boolean): void {
  decide(found, context.files.allowed, isAllowed);
  // If the monitor is not running, it reads the decision when it starts.
  sendMonitorRequest(context, { kind: "refresh", project: dirname(found.file) });
}

/** Longer than the file may be, so that nothing can hide in text that is cut off. */
const uncut = 300_000;
const shown = (text: string): string => cleanText(text, uncut);

const isGiven = (value: unknown): boolean =>
  typeof value === "object" && value !== null ? Object.keys(value).length > 0 : value !== false;

/** Lists everything that a file would start, contact and send, with every setting. */
function describe({ sources, file }: ProjectFile): string[] {
  return sources.flatMap(({ name, url, command, args, enabled, ...rest }) => {
    const { env, auth, cwd } = rest;
    const does =
      command === undefined
        ? `contacts ${url ?? "nobody"}`
        : `starts ${[command, ...args].map(shown).join(" ")}`;
    const secrets = [auth?.secret, ...Object.values(env)].filter((text) => text?.startsWith("${"));
    const sends = secrets.length === 0 ? "" : `, with ${secrets.join(", ")}`;
    const issuer = auth !== undefined && "issuer" in auth ? auth.issuer : undefined;
    const signsIn = issuer === undefined ? "" : `, signs in at ${issuer}`;
    const folder = command === undefined ? {} : { cwd: resolve(dirname(file), cwd ?? "") };
    const off = enabled ? {} : { enabled };
    const settings = Object.entries({ ...rest, ...folder, ...off }).filter(
      ([key, value]) => key === "enabled" || isGiven(value),
    );
    return [
      `  ${name} ${shown(`${does}${sends}${signsIn}`)}`,
      ...settings.map(([key, value]) => `    ${key}: ${shown(JSON.stringify(value))}`),
    ];
  });
}

interface AllowOptions extends ProjectOptions {
  dryRun?: boolean;
  yes?: boolean;
}

/** Throws `usage` when it cannot ask, because of --json or without a terminal. */
async function mayAllow({ yes, dryRun, json }: AllowOptions): Promise<boolean> {
  if (dryRun === true) return false;
  if (yes === true) return true;
  if (json === true || !isWatched()) {
    throw new SitrepError("usage", "Cannot ask for confirmation here. Nothing was allowed.", {
      hint: "Review what it contains (sitrep allow --dry-run), then: sitrep allow --yes",
    });
  }
  return confirm("Allow all of this?", false);
}

export async function runAllow(context: CommandContext, options: AllowOptions): Promise<void> {
  const found = projectFileOf(context, options);
  const { file, sources, mistake } = found;
  const words = mistake === null ? [`${file} names:`, ...describe(found)] : [`${file}: ${mistake}`];
  if (options.json !== true) print(...words);
  const allowed = mistake === null ? await mayAllow(options) : options.dryRun !== true;
  if (allowed) decideOn(context, found, true);
  if (options.json === true) return printJson({ file, allowed, sources, mistake });
  if (allowed) return print("Allowed. If it is edited, it must be allowed again.");
  if (options.dryRun !== true) print("Nothing was allowed.");
}

export function runDeny(context: CommandContext, options: ProjectOptions): void {
  const found = projectFileOf(context, options);
  decideOn(context, found, false);
  const { file } = found;
  const words = `Denied ${file}: nothing in it will be started or contacted.`;
  printResult(options, { file, allowed: false }, words);
}
