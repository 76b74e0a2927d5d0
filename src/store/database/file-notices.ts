// Notices of an SQLite store: SQLite reports that another program has written, not what.

import type { Sqlite } from "../../state/sqlite/sqlite.ts";
import type { StoreNotice, StoreNotices } from "./connection.ts";

const everyMs = 1000;

export const anyChange: StoreNotice = { organization: null, tasks: null, ofKeys: true };

/** `sqlite`: this process's writing connection, whose own writes are not reported. */
export function watchFile(sqlite: Sqlite, onNotice: (notice: StoreNotice) => void): StoreNotices {
  const versionOf = sqlite.prepare<[], number>("PRAGMA data_version").pluck();
  let known = versionOf.get();
  function look(): boolean {
    try {
      const version = versionOf.get();
      if (version === known) return true;
      known = version;
    } catch {
      return false;
    }
    onNotice(anyChange);
    return true;
  }
  const timer = setInterval(look, everyMs).unref();
  return {
    hasOwn: false,
    caughtUp: async () => look(),
    [Symbol.asyncDispose]: async () => clearInterval(timer),
  };
}
