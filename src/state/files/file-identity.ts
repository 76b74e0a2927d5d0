// Which file has a name: another one under the same name is another database, or another lock.

import { statSync } from "node:fs";

/** Empty where there is none. */
export function fileIdentity(file: string): string {
  const stats = statSync(file, { throwIfNoEntry: false });
  return stats === undefined ? "" : `${stats.dev}:${stats.ino}`;
}

/** In bytes; 0 where there is none. */
export const fileSize = (file: string): number =>
  statSync(file, { throwIfNoEntry: false })?.size ?? 0;
