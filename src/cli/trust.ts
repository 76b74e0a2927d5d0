// `sitrep allow` and `deny`: whether a project's own file may name servers and commands.

import { dirname } from "node:path";
import { decide, projectFileName, readProjectFile } from "../config/project-file.ts";
import type { ProjectFile } from "../config/project-file.ts";
import { SitrepError } from "../core/errors.ts";
import type { ProjectScope } from "../core/ports.ts";
import { requestOfMonitor } from "../monitor/monitor-control.ts";
import type { CommandContext } from "../config/context.ts";
import { cleanText } from "../core/quote.ts";
import { scopeOf, type ProjectOptions } from "./options.ts";
import { printResult } from "./terminal.ts";

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

/** Long enough that nothing is cut off: text could be hidden behind it. */
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

export function runAllow(
  context: CommandContext,
  options: ProjectOptions & { dryRun?: boolean },
): void {
  const found = projectFileOf(context, options);
  if (options.dryRun !== true) decideOn(context, found, true);
  const { file, sources, mistake } = found;
  const allowed = options.dryRun !== true;
  printResult(options, { file, allowed, sources, mistake }, [
    ...(mistake === null ? [`${file} names:`, ...describe(found)] : [`${file}: ${mistake}`]),
    ...(allowed ? ["Allowed. After an edit it is inert until it is allowed again."] : []),
  ]);
}

export function runDeny(context: CommandContext, options: ProjectOptions): void {
  const found = projectFileOf(context, options);
  decideOn(context, found, false);
  const { file } = found;
  const words = `${file} is denied: nothing that it names is started or contacted.`;
  printResult(options, { file, allowed: false }, words);
}
