// Our entries as a test of settings files uses them, and what such a file holds.

import { gateCommand, hookEntries } from "../../src/install/hook-entries.ts";
import type { HookEntry } from "../../src/install/hook-entries.ts";
import { planInstall, planUninstall } from "../../src/install/settings-hooks.ts";
import { codeOf } from "../../src/core/errors.ts";

export const gatesFolder = "/home/ana/it's/state/sitrep/gates";
export const allEntries: HookEntry[] = hookEntries(({ name }) => ({
  command: gateCommand(`${gatesFolder}/${name}.sh`),
}));

/** Three of them in two events: every case that there is in a file, and short enough to be read. */
export const ourEntries: HookEntry[] = allEntries.filter(({ group }) =>
  /\/(?:session-start|pre-tool-use|git-call)\.sh/.test(group.hooks[0]?.command ?? ""),
);
export const isOurs = (command: string): boolean => command.includes("/state/sitrep/gates/");

export const settingsPath = "/home/ana/.claude/settings.json";

export const install = (text: string | null, entries: readonly HookEntry[] = ourEntries): string =>
  planInstall(settingsPath, text, entries, isOurs);
export const uninstall = (text: string): string => planUninstall(settingsPath, text, isOurs);

export type Json = Record<string, unknown>;

/** What the client reads out of a text. */
export const parsed = (text: string): Json => JSON.parse(text.replace(/^\uFEFF/, "")) as Json;

/** The settings with our groups after all others, by way of `JSON.parse`: what an install has to come to. */
export function withOurs(settings: Json): Json {
  const hooks: Json = { ...(settings["hooks"] as Json | undefined) };
  for (const { event, group } of ourEntries) {
    hooks[event] = [...((hooks[event] as unknown[] | undefined) ?? []), group];
  }
  return { ...settings, hooks };
}

/** True when `after` is `before` with one piece put in. */
export function isOneInsertion(before: string, after: string): boolean {
  let same = 0;
  while (same < before.length && before[same] === after[same]) same += 1;
  // The piece may begin with what follows it, so any earlier place counts as well; the farthest is enough.
  return after.length > before.length && after.endsWith(before.slice(same));
}

export interface ThrownFailure {
  /** `ok` when nothing was thrown. */
  code: string;
  message: string;
  cause?: unknown;
}

/** What `work` throws. */
export function failureOf(work: () => unknown): ThrownFailure {
  try {
    work();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const { message, cause } = error;
    return { code: codeOf(error), message, ...(cause === undefined ? {} : { cause }) };
  }
  return { code: "ok", message: "" };
}
