import { statSync } from "node:fs";

const statsOf = (file: string) => statSync(file, { throwIfNoEntry: false });

/** A text that changes when another file, such as a new database or lock, takes this name. Empty if there is no file. */
export function fileIdentity(file: string): string {
  const stats = statsOf(file);
  return stats === undefined ? "" : `${stats.dev}:${stats.ino}`;
}

export const fileSize = (file: string): number => statsOf(file)?.size ?? 0;

export const readChangedAt = (file: string): number | undefined => statsOf(file)?.mtimeMs;
