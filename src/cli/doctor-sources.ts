// What a check of `doctor` says.

import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { openCacheForReading } from "../state/cache/cache-file.ts";
import { readSourceViews } from "../state/cache/task-views.ts";
import { fileName } from "../config/secrets.ts";
import { failureWords, signInLine } from "../core/brief/source-lines.ts";
import type { SourceView } from "../core/brief/source-view.ts";
import type { Located } from "../git/repository.ts";
import type { CommandContext } from "../config/context.ts";
import { sourcesOf } from "./sources.ts";

/** What a check has found. */
export interface Finding {
  state: "ok" | "warning" | "failed";
  detail: string;
  /** The way out; absent when all is well. */
  fix?: string;
}

const scopeOf = ({ project, projectName }: Located) => ({ path: project, name: projectName });

/** None where there is no cache that can be read: that is another check's affair. */
function viewsOf(context: CommandContext, { project }: Located): SourceView[] {
  try {
    const db = openCacheForReading(context.files.cache, 1000);
    try {
      const limits = { freshMs: 0, expireMs: 0 };
      return readSourceViews(db, { project, branch: null, now: Date.now(), limits, most: 0 });
    } finally {
      db.close();
    }
  } catch {
    return [];
  }
}

export function checkSources(context: CommandContext, project: Located): Finding {
  const names = sourcesOf(context, scopeOf(project)).map(({ config }) => config.name);
  const views = viewsOf(context, project).filter(({ source }) => names.includes(source));
  const failing = views.flatMap(({ source, failure }) =>
    failure === null ? [] : [{ source, code: failure.code }],
  );
  const [first] = failing;
  if (first === undefined) {
    return { state: "ok", detail: `${names.join(", ")}: no failure at the last look` };
  }
  const { source, code } = first;
  return {
    state: "warning",
    detail: failing.map((one) => `${one.source} ${failureWords(one.code)}`).join("; "),
    fix: signInLine(source, code) ?? `sitrep source test ${source}`,
  };
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
  const named = sourcesOf(context, scopeOf(project)).flatMap(({ config: { auth, env } }) =>
    [auth?.secret ?? "", ...Object.values(env)].flatMap((text) => fileName(text) ?? []),
  );
  const files = [...[secrets, tokens, signIns].flatMap(filesIn), ...named];
  const open = process.platform === "win32" ? [] : files.filter(isOpen);
  if (open.length === 0) return { state: "ok", detail: "for nobody else's eyes" };
  return {
    state: "failed",
    detail: `other users can read ${open.join(", ")}`,
    fix: `chmod 600 ${open.map((file) => `'${file}'`).join(" ")}, and change what somebody may have read`,
  };
}
