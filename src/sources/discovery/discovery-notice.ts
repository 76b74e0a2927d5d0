// The line that tells a person once in each project about tasks that no source shows. The monitor saves it; a hook shows it.

import type { StateFiles } from "../../config/folders.ts";
import { readInstallation } from "../../config/installation.ts";
import type { Config } from "../../config/schema.ts";
import type { ProjectScope } from "../../core/ports.ts";
import { locate } from "../../git/repository.ts";
import { hasOpenTasks, readNotice, saveNotice } from "../../state/cache/discovery-notices.ts";
import type { Sqlite } from "../../state/sqlite/sqlite.ts";
import { listSources } from "../source-pool.ts";
import type { FoundSource } from "./found-source.ts";

const maxNamed = 3;

/** True for a file with open tasks, and for a place whose tasks are unknown until it is asked. */
export const isWorthOffering = ({ kind, open, add }: FoundSource): boolean =>
  add !== null && (kind !== "file" || (open !== null && open.length > 0));

export function offerText({ kind, what, open }: FoundSource): string {
  if (kind !== "file") return kind === "server" ? `tasks of ${what}` : what;
  return `${open?.length ?? 0} open task${open?.length === 1 ? "" : "s"} in ${what}`;
}

/** `12 open tasks in TODO.md and GitHub issues of acme/shop-api` */
export function offerListText(places: readonly FoundSource[]): string {
  const rest = places.length > maxNamed + 1 ? places.length - maxNamed : 0;
  const words = places.slice(0, places.length - rest).map(offerText);
  if (rest > 0) words.push(`${rest} other places`);
  return [words.slice(0, -1).join(", "), words.at(-1)].filter(Boolean).join(" and ");
}

/** A sentence about the places that are worth offering; null for none. */
export function discoveryText(places: readonly FoundSource[]): string | null {
  const offered = places.filter(isWorthOffering);
  if (offered.length === 0) return null;
  const isOne = offered.length === 1 && offered[0]?.open?.length === 1;
  return `${offerListText(offered)} ${isOne ? "is" : "are"} not shown yet.`;
}

interface NoteDeps {
  db: Sqlite;
  files: StateFiles;
  config: Config;
  /** Epoch milliseconds. */
  now: number;
}

/** Saves the line of a project without open tasks for its next session, until a person has read it or was asked. */
export async function refreshDiscoveryNotice(
  { db, files, config, now }: NoteDeps,
  { path, name }: ProjectScope,
): Promise<void> {
  const kept = readNotice(db, path);
  if (kept.isShown || kept.isAsked || hasOpenTasks(db, path)) return;
  // Loaded only now: most projects have tasks, and the parsers take memory.
  const { discoverSources } = await import("./discover-sources.ts");
  const scope = { path, name, branch: locate(path)?.branch ?? null, trees: [path] };
  const known = listSources(config, files, scope).map((one) => one.config);
  const names = listSources(config, files, null).map((one) => one.config.name);
  const installation = readInstallation(files.installation);
  // A session's PATH is not trusted.
  const env = { PATH: installation?.env["PATH"] };
  const words = discoveryText(await discoverSources(scope, { env, known, names }));
  // Not `install` with the plugin, which already has the hooks.
  const command = installation?.plugin !== undefined ? "sitrep source discover" : "sitrep install";
  const line = words === null ? null : `Sitrep: ${words} To add them: ${command}`;
  if (line !== kept.line) saveNotice(db, path, { ...kept, line }, now);
}
