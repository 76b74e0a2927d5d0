// Our hook entries for tests of settings files, and functions that read such files.

import { gateCommand, hookEntries } from "../../src/install/hook-entries.ts";
import type { HookEntry } from "../../src/install/hook-entries.ts";
import { planInstall, planUninstall } from "../../src/install/settings-hooks.ts";
import { codeOf } from "../../src/core/errors.ts";

export const gatesFolder = "/home/ana/it's/state/sitrep/gates";
export const allEntries: HookEntry[] = hookEntries(({ name }) => ({
  command: gateCommand(`${gatesFolder}/${name}.sh`),
}));

/** Three entries in two events: they cover every case in a file and keep it short enough to read. */
export const ourEntries: HookEntry[] = allEntries.filter(({ group }) =>
  /\/(?:session-start|pre-tool-use|git-call)\.sh/.test(group.hooks[0]?.command ?? ""),
);
export const isOurs = (command: string): boolean => command.includes("/state/sitrep/gates/");

export const settingsPath = "/home/ana/.claude/settings.json";

export const install = (text: string | null, entries: readonly HookEntry[] = ourEntries): string =>
  planInstall(settingsPath, text, entries, isOurs);
export const uninstall = (text: string): string => planUninstall(settingsPath, text, isOurs);

export type Json = Record<string, unknown>;

/** Parses a text as Claude Code does. */
export const parsed = (text: string): Json => JSON.parse(text.replace(/^\uFEFF/, "")) as Json;

/** Adds our groups after all others in parsed settings: the expected result of an install. */
export function withOurs(settings: Json): Json {
  const hooks: Json = { ...(settings["hooks"] as Json | undefined) };
  for (const { event, group } of ourEntries) {
    hooks[event] = [...((hooks[event] as unknown[] | undefined) ?? []), group];
  }
  return { ...settings, hooks };
}

/** True if `after` is `before` with one piece inserted. */
export function isOneInsertion(before: string, after: string): boolean {
  let same = 0;
  while (same < before.length && before[same] === after[same]) same += 1;
  // The piece may begin with the text that follows it, so earlier places also match. It is enough to test the last one.
  return after.length > before.length && after.endsWith(before.slice(same));
}

export interface ThrownFailure {
  /** `ok` if nothing was thrown. */
  code: string;
  message: string;
  cause?: unknown;
}

/** Returns the error that `work` throws. */
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
