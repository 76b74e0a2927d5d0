// `sitrep allow` and `deny`: whether a project's own file may name servers and commands.

import { dirname, resolve } from "node:path";
import { projectFileName } from "../config/folders.ts";
import { decide, readProjectFile } from "../config/project-file.ts";
import type { ProjectFile } from "../config/project-file.ts";
import { hasContent } from "../config/source-config.ts";
import { SitrepError } from "../core/errors.ts";
import type { ProjectScope } from "../core/ports.ts";
import { requestOfMonitor } from "../monitor/monitor-control.ts";
import type { CommandContext } from "../config/context.ts";
import { cleanText } from "../core/quote.ts";
import { scopeOf, type ProjectOptions } from "./program/options.ts";
import { confirm, isWatched, print, printJson, printResult } from "./terminal/terminal.ts";

/** Throws `usage` when the project has none. */
function projectFileOf(context: CommandContext, options: ProjectOptions): ProjectFile {
  const { path } = scopeOf(context, options);
  const found = readProjectFile(path, context.files.allowed);
  if (found !== null) return found;
  throw new SitrepError("usage", `There is no ${projectFileName} in ${path}.`);
}

/** What is to be said of a project's file that does nothing; null when there is none, or it is allowed. */
export function inertFile(context: CommandContext, { path }: ProjectScope): string | null {
  const found = readProjectFile(path, context.files.allowed);
  if (found === null || found.trust === "allowed") return null;
  if (found.mistake !== null) return `${found.file} does nothing: ${found.mistake}`;
  const because = {
    changed: " (it was edited since it was allowed)",
    denied: " (it is denied)",
    unknown: "",
  }[found.trust];
  return `${found.file} does nothing until it is allowed${because}: sitrep allow`;
}

/** Throws `config-invalid` when a content is to be allowed that is not understood. */
function decideOn(context: CommandContext, found: ProjectFile, isAllowed: boolean): void {
  decide(found, context.files.allowed, isAllowed);
  // Without a monitor, the next refresh finds out.
  requestOfMonitor(context, { kind: "refresh", project: dirname(found.file) });
}

/** Longer than the file may be: text could be hidden behind what is cut off. */
const whole = 300_000;

/** Everything that it would start, contact, send or give, with every setting as it stands. */
function describe({ sources, file }: ProjectFile): string[] {
  return sources.flatMap(({ name, url, command, args, enabled, ...rest }) => {
    const { env, auth, cwd } = rest;
    const does =
      command === undefined
        ? `contacts ${url ?? "nobody"}`
        : `starts ${[command, ...args].map((one) => cleanText(one, whole)).join(" ")}`;
    const secrets = [auth?.secret, ...Object.values(env)].filter((text) => text?.startsWith("${"));
    const sends = secrets.length === 0 ? "" : `, with ${secrets.join(", ")}`;
    const issuer = auth !== undefined && "issuer" in auth ? auth.issuer : undefined;
    const signsIn = issuer === undefined ? "" : `, signs in at ${cleanText(issuer, 200)}`;
    const folder = command === undefined ? {} : { cwd: resolve(dirname(file), cwd ?? "") };
    const off = enabled ? {} : { enabled };
    const settings = Object.entries({ ...rest, ...folder, ...off }).filter(
      ([key, value]) => key === "enabled" || hasContent(value),
    );
    return [
      `  ${name} ${cleanText(does, whole)}${cleanText(sends, whole)}${signsIn}`,
      ...settings.map(([key, value]) => `    ${key}: ${cleanText(JSON.stringify(value), whole)}`),
    ];
  });
}

export interface AllowOptions extends ProjectOptions {
  dryRun?: boolean;
  yes?: boolean;
}

/** True where a person has said so. Throws `usage` where nobody can be asked. */
async function mayAllow({ yes, dryRun, json }: AllowOptions): Promise<boolean> {
  if (dryRun === true) return false;
  if (yes === true) return true;
  if (json === true || !isWatched()) {
    throw new SitrepError("usage", "Nobody can be asked here, and nothing was allowed.", {
      hint: "Read what it names (sitrep allow --dry-run), and then: sitrep allow --yes",
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
  if (allowed) return print("Allowed. After an edit it is inert until it is allowed again.");
  if (options.dryRun !== true) print("Nothing was allowed.");
}

export function runDeny(context: CommandContext, options: ProjectOptions): void {
  const found = projectFileOf(context, options);
  decideOn(context, found, false);
  const { file } = found;
  const words = `${file} is denied: nothing that it names is started or contacted.`;
  printResult(options, { file, allowed: false }, words);
}
