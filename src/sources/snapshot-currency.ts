// Tells whether the cache has the embedded store's current tasks, so that the store need not be read.

import { readLastChangeAt } from "../store/last-change.ts";

/** The only organization of the store on this machine. */
const localOrganization = "";

/** `fetchedAt`: of the snapshot, epoch milliseconds. False if unknown. */
export function isCurrent(file: string, project: string, fetchedAt: number | null): boolean {
  try {
    return fetchedAt !== null && fetchedAt >= readLastChangeAt(file, localOrganization, project);
  } catch {
    return false;
  }
}
