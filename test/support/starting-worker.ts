// `starting-together.test.ts` runs this as a process, with the folder of a build. For each line `KIND FOLDER`, it
// creates the files of that kind in the folder, and prints the outcome and how many milliseconds it took.

import { existsSync, mkdirSync, writeSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { keepServerKey } from "../../src/config/server-keys.ts";
import { codeOf, messageOf } from "../../src/core/errors.ts";
import { openSharedLimit } from "../../src/http/rate-limit.ts";
import { installBuild } from "../../src/install/versions.ts";
import { machineClock } from "../../src/sources/auth/machine-clock.ts";
import { createTokenStore } from "../../src/sources/auth/token-store.ts";
import type { GrantedTokens } from "../../src/sources/auth/tokens.ts";
import { openCache, openOrRebuildCache } from "../../src/state/cache/cache-file.ts";
import { touchProject } from "../../src/state/cache/sessions.ts";
import { requireOwnFolder } from "../../src/state/files/own-folder.ts";
import { replaceFile } from "../../src/state/files/replace-file.ts";
import { noteStart } from "../../src/state/live/lease.ts";
import { tryLock } from "../../src/state/sqlite/exclusive-lock.ts";
import { openTaskStore } from "../../src/store/task-store.ts";
import { aNewTask } from "./builders.ts";

const tokenKey = {
  issuer: "https://issuer.example",
  clientId: "sitrep",
  subject: "",
  audience: "",
  origin: "https://tasks.example",
};

export const kinds: Record<string, (folder: string) => unknown> = {
  store: async (folder) => {
    await using store = await openTaskStore(join(folder, "tasks.db"), {
      source: "embedded",
      clock: () => new Date(),
      author: null,
    });
    await store.add("/work/shop-api", [aNewTask()]);
  },
  cache: (folder) => {
    const db = openCache(join(folder, "cache.db"));
    touchProject(db, "/work/shop-api", "shop-api", Date.now());
    db.close();
  },
  "cache of the monitor": (folder) =>
    openOrRebuildCache(join(folder, "cache.db"), () => undefined).close(),
  limits: (folder) => openSharedLimit(join(folder, "limits.db"))[Symbol.dispose](),
  lock: (folder) => {
    using lock = tryLock(join(folder, "install.lock"), 2000);
    if (lock === null) throw new Error("the lock was not free in time");
  },
  "state folder": (folder) => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    requireOwnFolder(folder, true);
  },
  gate: (folder) => replaceFile(join(folder, "gates/x.sh"), "exit 0\n", { mode: 0o600 }),
  "sign of a start": (folder) => noteStart(join(folder, "live"), Date.now() + 1000),
  token: async (folder) => {
    const store = createTokenStore({ folder, clock: machineClock, renewBeforeMs: 0 });
    const granted = { accessToken: "a", expiresInSeconds: 300, refreshToken: null, scope: null };
    const grant = (): Promise<GrantedTokens> =>
      existsSync(join(folder, "asked"))
        ? Promise.reject(new Error("it was asked for twice"))
        : writeFile(join(folder, "asked"), "").then(() => granted);
    await store.provider(tokenKey, grant).getToken();
  },
  version: (folder) => {
    installBuild(process.argv[2] ?? "", folder, "1.0.0");
  },
  "server key": (folder) =>
    keepServerKey(join(folder, "server-keys"), "key-1", `http://127.0.0.1:${process.pid}`),
};

const say = (line: string): void => void writeSync(1, `${line}\n`);

if (process.argv[1] === import.meta.filename) {
  say("ready");
  for await (const line of createInterface({ input: process.stdin })) {
    const [kind = "", folder = ""] = line.split("\t");
    const begin = performance.now();
    let code = "ok";
    try {
      await kinds[kind]?.(folder);
    } catch (error) {
      code = `${codeOf(error)}: ${messageOf(error)}`;
    }
    say(JSON.stringify({ code, ms: performance.now() - begin }));
  }
}
