// `sitrep allow` and `deny`: whether a project's own file may name servers and commands.

import { cleanText } from "../core/fence.ts";
import type { CommandContext } from "../config/context.ts";
import { decideOn, projectFileOf } from "./trust-project.ts";
import type { ProjectFile } from "./trust-project.ts";
import { scopeOf } from "./scope.ts";
import { print, printJson } from "./terminal.ts";

export interface TrustOptions {
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
