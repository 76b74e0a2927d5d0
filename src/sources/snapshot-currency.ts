// Whether the cache has the embedded store's tasks as they are now, so that a look at them need not read the store.

import { lastChangeAt } from "../store/last-change.ts";

/** The one organisation of the store on this machine. */
const localOrganization = "";

/** `fetchedAt`: of the snapshot, epoch milliseconds. False also where that cannot be told. */
export function isCurrent(file: string, project: string, fetchedAt: number | null): boolean {
  try {
    return fetchedAt !== null && fetchedAt >= lastChangeAt(file, localOrganization, project);
  } catch {
    return false;
  }
}
