import { statSync } from "node:fs";

const statsOf = (file: string) => statSync(file, { throwIfNoEntry: false });

/** Changes when another file takes this name: another database, or another lock. Empty where there is no file. */
export function fileIdentity(file: string): string {
  const stats = statsOf(file);
  return stats === undefined ? "" : `${stats.dev}:${stats.ino}`;
}

export const fileSize = (file: string): number => statsOf(file)?.size ?? 0;

export const readChangedAt = (file: string): number | undefined => statsOf(file)?.mtimeMs;
