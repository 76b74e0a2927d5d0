// Kills and crowds, again and again: whatever was cut short, what was acknowledged is there and the next one works.
// SITREP_ROUNDS sets how often each is tried: 1000 takes hours.

import { spawn } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { readInstallation } from "../../src/config/installation.ts";
import { readObject } from "../../src/core/read.ts";
import { noteStart } from "../../src/state/live/lease.ts";
import { openForReading, openForWriting } from "../../src/state/sqlite/sqlite.ts";
import { openTaskStore } from "../../src/store/task-store.ts";
import { builtFolder } from "../support/built.ts";
import {
  contextOf,
  isRunning,
  monitorOf,
  prepareInstallation,
  sessionStartInput,
  toolInput,
} from "../support/installation.ts";
import { install } from "../support/installed.ts";
import { findTool } from "../support/settings-machine.ts";
import { startWorker } from "../support/store-processes.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { eventually } from "../support/waiting.ts";

const asked = Number(process.env["SITREP_ROUNDS"] ?? 0);
/** How often: so many times quickly, or as often as was asked for, up to `most`. */
const rounds = (quick: number, most = Infinity): number =>
  asked > 0 ? Math.min(asked, most) : quick;
const longest = 4 * 3_600_000;

function requireSound(file: string): void {
  const db = openForReading(file, 5000);
  expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
  db.close();
}

test(
  "F4: kill -9 of the store's writer at any moment loses and duplicates no acknowledged task",
  async () => {
    const file = join(temporaryFolder(), "tasks.db");
    const acknowledged: string[] = [];
    for (let round = 0; round < rounds(15); round += 1) {
      const worker = await startWorker("add-for-ever", file, "/work/shop-api");
      worker.go();
      const reading = (async () => {
        for (let id = await worker.nextLine(); id !== null; id = await worker.nextLine()) {
          acknowledged.push(id);
        }
      })();
      await sleep(20 + Math.random() * 150);
      await worker.kill();
      await reading;
      // What the kill left half of a line is not an acknowledgement.
      while (acknowledged.length > 0 && !/^TASK-\d+$/.test(acknowledged.at(-1) ?? "")) {
        acknowledged.pop();
      }
    }
    requireSound(file);
    const about = { source: "embedded", clock: () => new Date(), author: null };
    await using store = await openTaskStore(file, about);
    const stored = new Set((await store.list("/work/shop-api")).map(({ id }) => id));
    expect(acknowledged.length).toBeGreaterThan(rounds(15));
    expect(acknowledged.filter((id) => !stored.has(id))).toEqual([]);
    expect(new Set(acknowledged).size).toBe(acknowledged.length);
  },
  longest,
);

test(
  "F4: kill -9 of the monitor at any moment leaves the cache sound, and the next monitor has the tasks",
  async () => {
    const installation = await install();
    const file = join(installation.home, "config-quick.json");
    writeFileSync(file, JSON.stringify({ refresh: { heartbeatSeconds: 0.3 } }));
    for (let round = 0; round < rounds(5); round += 1) {
      const pid = await monitorOf(installation);
      installation.ok("task", "add", `Survive kill ${round}`);
      await sleep(Math.random() * 400);
      process.kill(pid, "SIGKILL");
      installation.ok("start");
      const id = `session-${round}`;
      const input = sessionStartInput(installation, { session_id: id });
      const env = { CLAUDE_CODE_SESSION_ID: id };
      const ran = await installation.hook(installation.commands().sessionStart, input, env);
      expect(contextOf(ran)).toMatch(/Survive kill \d/);
      installation.ok("task", "done", String(round + 1));
    }
    installation.ok("stop");
    requireSound(join(installation.state, "cache.db"));
  },
  longest,
);

test(
  "F5, F45: kill -9 of a hook at any moment leaves no lock, and the next session reads everything",
  async () => {
    const installation = await install();
    installation.ok("task", "add", "Fix the till");
    const { sessionStart, preToolUse } = installation.commands();
    const start = (command: string, id: string, input: object): (() => Promise<void>) => {
      const child = spawn("/bin/sh", ["-c", command], {
        cwd: installation.project.folder,
        env: {
          ...installation.env,
          CLAUDE_PROJECT_DIR: installation.project.folder,
          CLAUDE_CODE_SESSION_ID: id,
        },
        stdio: ["pipe", "ignore", "ignore"],
        detached: true,
      });
      child.stdin.on("error", () => undefined);
      child.stdin.end(JSON.stringify(input));
      const ended = once(child, "exit");
      return async () => {
        try {
          process.kill(-(child.pid ?? 0), "SIGKILL");
        } catch {
          // It was done before.
        }
        await ended;
      };
    };
    for (let round = 0; round < Math.ceil(rounds(32) / 16); round += 1) {
      for (let ms = 0; ms <= 150; ms += 10) {
        const id = `killed-${round}-${ms}`;
        const kill = start(
          sessionStart,
          id,
          sessionStartInput(installation, { session_id: id, cwd: installation.project.folder }),
        );
        const call = start(preToolUse, id, toolInput(installation, { session_id: id }));
        await sleep(ms);
        await Promise.all([kill(), call()]);
      }
      const id = `next-${round}`;
      const input = sessionStartInput(installation, { session_id: id });
      const ran = await installation.hook(sessionStart, input, { CLAUDE_CODE_SESSION_ID: id });
      expect(contextOf(ran)).toContain("Fix the till");
    }
    installation.ok("task", "add", "Server on fire", "--priority", "urgent");
    installation.ok("stop");
    requireSound(join(installation.state, "cache.db"));
  },
  longest,
);

test(
  "F1, F2: 50 hooks at once all read the tasks, beside a writer and without a monitor",
  async () => {
    const installation = await install();
    installation.ok("task", "add", "Fix the till");
    const { sessionStart } = installation.commands();
    const crowd = async (name: string): Promise<(string | null)[]> =>
      Promise.all(
        Array.from({ length: 50 }, async (_, index) => {
          const id = `${name}-${index}`;
          const input = sessionStartInput(installation, { session_id: id });
          const ran = await installation.hook(sessionStart, input, { CLAUDE_CODE_SESSION_ID: id });
          return contextOf(ran);
        }),
      );
    const without = (texts: (string | null)[]): (string | null)[] =>
      texts.filter((text) => text?.includes("Fix the till") !== true);
    const db = openForWriting(join(installation.state, "cache.db"), {
      timeoutMs: 5000,
      synchronous: "NORMAL",
    });
    onTestFinished(() => void db.close());
    for (let round = 0; round < rounds(1, 20); round += 1) {
      const crowded = { is: true };
      const writing = (async () => {
        for (; crowded.is; await sleep(2)) db.exec("UPDATE projects SET last_seen = last_seen + 1");
      })();
      expect(without(await crowd(`beside-${round}`))).toEqual([]);
      crowded.is = false;
      await writing;
      installation.ok("stop");
      noteStart(installation.live, Date.now() + 60_000);
      expect(without(await crowd(`alone-${round}`))).toEqual([]);
      installation.ok("start");
    }
  },
  longest,
);

test(
  "F9: a long-lived reader keeps the write-ahead log from shrinking only until it closes",
  async () => {
    const installation = await install();
    const cache = join(installation.state, "cache.db");
    const log = `${cache}-wal`;
    const reader = openForReading(cache, 1000);
    reader.exec("BEGIN; SELECT count(*) FROM projects");
    reader.prepare("SELECT count(*) FROM projects").get();
    const writer = openForWriting(cache, { timeoutMs: 5000, synchronous: "NORMAL" });
    onTestFinished(() => void writer.close());
    writer.exec("CREATE TABLE filler (text TEXT)");
    const add = writer.prepare("INSERT INTO filler VALUES (?)");
    for (let index = 0; index < 20; index += 1) add.run("x".repeat(1024 * 1024));
    writer.exec("DROP TABLE filler");
    expect(readFileSync(log).length).toBeGreaterThan(16 * 1024 * 1024);
    reader.close();
    await eventually(() => expect(readFileSync(log).length).toBeLessThan(1024 * 1024), 200);
  },
  longest,
);

test(
  "F72: kill -9 of an installer at any moment leaves the old settings or the new ones",
  async () => {
    const { env, project, settingsFile, ok } = prepareInstallation();
    const others = `{\n  "model": "opus",\n  "hooks": {}\n}\n`;
    const folder = join(project.folder, ".claude");
    ok("install", "--yes", "--no-monitor");
    writeFileSync(settingsFile, others);
    ok("install", "--yes", "--no-monitor");
    const installed = readFileSync(settingsFile, "utf8");
    const seen = new Set<string>();
    for (let round = 0; round < rounds(15, 500); round += 1) {
      writeFileSync(settingsFile, others);
      const child = spawn(
        process.execPath,
        [join(builtFolder, "cli.cjs"), "install", "--yes", "--no-monitor"],
        { cwd: project.folder, env, stdio: "ignore" },
      );
      const ended = once(child, "exit");
      await sleep(100 + Math.random() * 700);
      child.kill("SIGKILL");
      await ended;
      const text = readFileSync(settingsFile, "utf8");
      expect([others, installed]).toContain(text);
      seen.add(text);
    }
    ok("install", "--yes", "--no-monitor");
    expect(readFileSync(settingsFile, "utf8")).toBe(installed);
    expect(readdirSync(folder).filter((name) => name.includes(".draft"))).toEqual([]);
  },
  longest,
);

const processesOf = (state: string): string[] =>
  readdirSync("/proc").filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(state);
    } catch {
      return false;
    }
  });

test(
  "F33: repeated starts and stops leave no process and no file",
  async () => {
    const installation = await install();
    installation.ok("stop");
    const files = (): string[] =>
      readdirSync(installation.state, { recursive: true, encoding: "utf8" }).toSorted();
    const before = files();
    for (let cycle = 0; cycle < rounds(5, 100); cycle += 1) {
      installation.ok("start");
      installation.ok("stop");
    }
    expect(processesOf(installation.state)).toEqual([]);
    expect(files().filter((name) => !before.includes(name))).toEqual([]);
  },
  longest,
);

test(
  "F23: of 20 monitors started at once, one stays, round after round",
  async () => {
    const installation = await install();
    const found = readInstallation(join(installation.state, "installation.json"));
    for (let round = 0; round < rounds(3, 50); round += 1) {
      installation.ok("stop");
      const codes: unknown[] = [];
      for (let count = 0; count < 20; count += 1) {
        const child = spawn(
          found?.node ?? "",
          [join(found?.folder ?? "", "monitor.cjs"), "monitor", "--state", installation.state],
          { env: installation.env, stdio: "ignore", detached: true },
        );
        child.once("exit", (code) => codes.push(code));
      }
      await eventually(() => expect(codes).toHaveLength(19));
      await sleep(200);
      expect(codes).toEqual(Array.from({ length: 19 }, () => 0));
      expect(isRunning(installation.monitorPid() ?? 0)).toBe(true);
    }
  },
  longest,
);

const unshare = process.getuid?.() === 0 ? findTool("unshare") : null;

test.skipIf(unshare === null)(
  "F18: a home shared by two containers has one monitor, and no foreign process is killed",
  async () => {
    const installation = await install({ monitor: false });
    const { node = "", folder = "" } =
      readInstallation(join(installation.state, "installation.json")) ?? {};
    const program = [join(folder, "monitor.cjs"), "monitor", "--state", installation.state];
    const inside = spawn(
      unshare ?? "",
      ["--pid", "--fork", "--mount-proc", "--kill-child", node, ...program],
      { env: installation.env, stdio: "ignore", detached: true },
    );
    onTestFinished(() => void inside.kill("SIGKILL"));
    const lease = join(installation.live, "monitor.alive");
    await eventually(() => expect(existsSync(lease)).toBe(true));
    const holder = (): unknown =>
      readObject(JSON.parse(readFileSync(lease, "utf8")))?.["startedAt"];
    const first = holder();
    const outside = spawn(node, program, { env: installation.env, stdio: "ignore" });
    expect(await once(outside, "exit")).toEqual([0, null]);
    expect(holder()).toBe(first);
    expect(inside.exitCode).toBeNull();
  },
  longest,
);

test(
  "F15: a foreign or missing write-ahead log costs a session no more than the cache",
  async () => {
    const installation = await install();
    installation.ok("task", "add", "Fix the till");
    const cache = join(installation.state, "cache.db");
    const { sessionStart } = installation.commands();
    const brief = async (id: string): Promise<string> => {
      const input = sessionStartInput(installation, { session_id: id });
      const env = { CLAUDE_CODE_SESSION_ID: id };
      return contextOf(await installation.hook(sessionStart, input, env)) ?? "";
    };
    for (const spoil of [
      () => rmSync(`${cache}-wal`, { force: true }),
      () => copyFileSync("/bin/sh", `${cache}-wal`),
      () => writeFileSync(`${cache}-shm`, "x".repeat(32_768)),
    ]) {
      const pid = await monitorOf(installation);
      process.kill(pid, "SIGKILL");
      spoil();
      installation.ok("start");
      await eventually(async () =>
        expect(await brief(`s-${Math.random()}`)).toContain("Fix the till"),
      );
    }
  },
  longest,
);
