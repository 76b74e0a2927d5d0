// What `doctor` looks at in sources: whether they answer, and whether others can read their secrets. It asks no server.

import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { placeOf } from "../config/secrets.ts";
import { failureWords, signInLine } from "../core/brief/source-lines.ts";
import type { Located } from "../git/repository.ts";
import { readCache, type CommandContext } from "../config/context.ts";
import { codeOf, messageOf, SitrepError } from "../core/errors.ts";
import { placeProgram } from "../sources/program-place.ts";
import { scopeIn } from "./options.ts";
import { unknownFix, unknownTexts } from "../core/unknown-words.ts";
import { cachedViews, failuresOf, sourcesOf } from "./sources.ts";

/** What a check has found. */
export interface Finding {
  state: "ok" | "warning" | "failed";
  detail: string;
  /** The way out; absent when all is well. */
  fix?: string;
}

export const ok = (detail: string): Finding => ({ state: "ok", detail });
export const warning = (detail: string, fix: string): Finding => ({
  state: "warning",
  detail,
  fix,
});
export const failed = (detail: string, fix: string): Finding => ({ state: "failed", detail, fix });

function isReadable(context: CommandContext): boolean {
  try {
    return readCache(context, () => true);
  } catch (error) {
    return codeOf(error) === "database-missing";
  }
}

function checkSources(context: CommandContext, project: Located): Finding {
  const names = sourcesOf(context, scopeIn(project)).map(({ config }) => config.name);
  // A cache that cannot be read is found by the check of the cache.
  const failing = failuresOf(context, scopeIn(project)).filter(({ source }) =>
    names.includes(source),
  );
  const [first] = failing;
  if (first === undefined) {
    return isReadable(context)
      ? ok(`${names.join(", ")}: no failure at the last look`)
      : warning(
          `${names.join(", ")}: not known how they are, since the cache cannot be read`,
          "sitrep source test",
        );
  }
  const { source, code } = first;
  const words = failing.map((one) => `${one.source} ${failureWords(one.code)}`);
  return warning(words.join("; "), signInLine(source, code) ?? `sitrep source test ${source}`);
}

/** The programs of sources: which they are and where they start. Nothing is started. */
function checkPrograms(context: CommandContext, project: Located): Finding {
  const scope = scopeIn(project);
  const programs = sourcesOf(context, scope).filter(({ config }) => config.command !== undefined);
  const given = { neutral: context.folders.state, path: context.env["PATH"] ?? "" };
  const places: string[] = [];
  for (const { config } of programs) {
    try {
      const { command, cwd } = placeProgram(config, scope, given);
      places.push(`${config.name}: ${command} in ${cwd}`);
    } catch (error) {
      const hint = error instanceof SitrepError ? error.hint : undefined;
      return failed(messageOf(error), hint ?? `sitrep source test ${config.name}`);
    }
  }
  return ok(places.length === 0 ? "no source is a program" : places.join("; "));
}

/** What sources say of their tasks and is none of our words, from what is cached. */
function checkWords(context: CommandContext, project: Located): Finding {
  const found = cachedViews(context, scopeIn(project)).flatMap(({ source, tasks }) =>
    unknownTexts(tasks).map((text) => `${source}: ${text}`),
  );
  if (found.length === 0) return ok("every status, priority and due date is known");
  return warning(found.join("; "), unknownFix);
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
function checkSecrets(context: CommandContext, project: Located): Finding {
  const { secrets, tokens, signIns } = context.files;
  const named = sourcesOf(context, scopeIn(project)).flatMap(({ config: { auth, env } }) =>
    [auth?.secret ?? "", ...Object.values(env)].flatMap((text) => placeOf("file", text) ?? []),
  );
  const files = [...[secrets, tokens, signIns].flatMap(filesIn), ...named];
  const open = process.platform === "win32" ? [] : files.filter(isOpen);
  if (open.length === 0) return ok("for nobody else's eyes");
  return failed(
    `other users can read ${open.join(", ")}`,
    `chmod 600 ${open.map((file) => `'${file}'`).join(" ")}, and change what somebody may have read`,
  );
}

/** By their names, in the order in which one thing needs the other. */
export const sourceChecks = {
  sources: checkSources,
  programs: checkPrograms,
  words: checkWords,
  secrets: checkSecrets,
} as const;
