// Notices of an SQLite store: that another program has written, which SQLite says of its own accord.

import type { Sqlite } from "../../state/sqlite/sqlite.ts";
import type { StoreNotice, StoreNotices } from "./connection.ts";

const everyMs = 1000;

/** A change that nothing more is known of. */
export const anyChange: StoreNotice = { organization: null, tasks: null, ofKeys: true };

/** `sqlite`: the connection that this process writes with, whose own writes are not told. */
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
