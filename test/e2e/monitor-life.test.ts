// The monitor as a process: one at a time, detached, gone when it has no reason to stay, and never in anybody's way.

import { spawn, spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readInstallation } from "../../src/config/installation.ts";
import { processStart } from "../../src/config/process-identity.ts";
import { openCache } from "../../src/state/cache/cache-file.ts";
import { isStarting, noteStart, takeLease } from "../../src/state/live/lease.ts";
import { tryLock } from "../../src/state/sqlite/exclusive-lock.ts";
import { monitorVariables } from "../../src/monitor/launch.ts";
import {
  contextOf,
  isRunning,
  monitorOf,
  sessionStartInput,
  toolInput,
} from "../support/installation.ts";
import { install } from "../support/installed.ts";
import type { TestInstallation } from "../support/installation.ts";
import { answering, startMisbehavingServer } from "../support/misbehaving-server.ts";
import { triesAll } from "../support/cases.ts";

function installed({ state }: TestInstallation) {
  const found = readInstallation(join(state, "installation.json"));
  if (found === null) throw new Error("nothing is installed");
  return found;
}

/** Starts the monitor's executable as a hook does and waits for its end, if it ends by itself. */
function startProcess(installation: TestInstallation): { pid: number; ended: Promise<number> } {
  const { node, folder } = installed(installation);
  const child = spawn(
    node,
    [join(folder, "monitor.cjs"), "monitor", "--state", installation.state],
    {
      env: { ...installation.env },
      stdio: "ignore",
      detached: true,
    },
  );
  const ended = new Promise<number>((resolve) => child.on("exit", (code) => resolve(code ?? -1)));
  child.unref();
  return { pid: child.pid ?? 0, ended };
}

const log = ({ state }: TestInstallation): string =>
  readFileSync(join(state, "logs/monitor.log"), "utf8");

function configure(installation: TestInstallation, refresh: object): void {
  const file = join(installation.sitrepHome, "config.json");
  writeFileSync(file, JSON.stringify({ refresh: { heartbeatSeconds: 0.3, ...refresh } }));
}

/** SIGSTOP: what a system call of it was at is done by then. */
async function stopProcess(pid: number): Promise<void> {
  process.kill(pid, "SIGSTOP");
  await expect.poll(() => readFileSync(`/proc/${pid}/stat`, "utf8")).toMatch(/\) T /);
}

describe("only one monitor runs:", () => {
  test.runIf(triesAll)(
    "F23: of twenty monitors started at once one stays, and the others end",
    async () => {
      const installation = await install({ monitor: false });
      const started = Array.from({ length: 20 }, () => startProcess(installation));
      const pid = await monitorOf(installation);
      const losers = started.filter((one) => one.pid !== pid);
      expect(losers).toHaveLength(19);
      expect(await Promise.all(losers.map((one) => one.ended))).toEqual(losers.map(() => 0));
      expect(isRunning(pid)).toBe(true);
    },
  );

  test("after a kill the next monitor starts", async () => {
    const installation = await install();
    const before = await monitorOf(installation);
    process.kill(before, "SIGKILL");
    installation.ok("start");
    expect(await monitorOf(installation)).not.toBe(before);
  });

  test("a monitor that runs clears the back-off of a failed start", async () => {
    const installation = await install();
    await monitorOf(installation);
    noteStart(installation.live, Date.now() + 60_000);
    await expect.poll(() => isStarting(installation.live, Date.now())).toBe(false);
  });

  test("F26: start replaces a stuck monitor whose lease is hours ahead", async () => {
    const installation = await install();
    const wedged = await monitorOf(installation);
    await stopProcess(wedged);
    const ahead = new Date(Date.now() + 3 * 3_600_000);
    utimesSync(join(installation.live, "monitor.alive"), ahead, ahead);
    installation.ok("start");
    expect(await monitorOf(installation)).not.toBe(wedged);
    expect(isRunning(wedged)).toBe(false);
  });

  test("F26: start replaces a monitor that is stuck in a write", async () => {
    const installation = await install({ monitor: false });
    const { node, folder } = installed(installation);
    const wedged = spawn("sleep", ["60"], { stdio: "ignore" });
    const pid = wedged.pid ?? 0;
    const lock = tryLock(join(installation.state, "monitor.lock"));
    const db = openCache(join(installation.state, "cache.db"));
    db.exec("BEGIN IMMEDIATE");
    wedged.once("exit", () => {
      db.close();
      lock?.[Symbol.dispose]();
    });
    const identity = { pid, processStart: processStart(pid) ?? "", version: "0", startedAt: 0 };
    takeLease(installation.live, identity, Date.now() - 1);
    const ran = await installation.hook(`'${node}' '${folder}/cli.cjs' start`, {});
    expect(ran).toMatchObject({ code: 0, stdout: "Started the monitor.\n", stderr: "" });
    expect(await monitorOf(installation)).not.toBe(pid);
    expect(isRunning(pid)).toBe(false);
  });

  test.runIf(triesAll)(
    "a successor takes a new lock file after the first was deleted, and only one monitor stays",
    async () => {
      const installation = await install();
      const before = await monitorOf(installation);
      rmSync(join(installation.state, "monitor.lock"));
      const beside = startProcess(installation);
      await expect.poll(() => isRunning(before)).toBe(false);
      const after = await monitorOf(installation);
      expect(after).not.toBe(before);
      // Whichever of the two it is, by now the other has seen that.
      await expect.poll(() => beside.pid === after || !isRunning(beside.pid)).toBe(true);
      rmSync(join(installation.state, "monitor.lock"), { force: true });
      installation.ok("stop");
      expect(isRunning(after)).toBe(false);
    },
  );

  test("A40, F24: another process with the recorded pid is left alone", async () => {
    const installation = await install();
    const pid = await monitorOf(installation);
    process.kill(pid, "SIGSTOP");
    const innocent = spawn("sleep", ["60"], { stdio: "ignore" });
    const file = join(installation.live, "monitor.alive");
    const lease = JSON.parse(readFileSync(file, "utf8")) as object;
    writeFileSync(file, JSON.stringify({ ...lease, pid: innocent.pid }));
    const past = new Date(Date.now() - 60_000);
    spawnSync("touch", ["-d", past.toISOString(), file]);
    expect(await startProcess(installation).ended).toBe(0);
    const ran = installation.sitrep("stop");
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain("could not confirm that any process holds it");
    expect(isRunning(innocent.pid ?? 0)).toBe(true);
    innocent.kill();
    process.kill(pid, "SIGCONT");
  });
});

describe("the process of the monitor", () => {
  test("F22, F35: the monitor keeps no pipe of its starter, has `monitor` in its command line, and runs in /", async () => {
    const installation = await install({ monitor: false });
    await installation.hook(installation.commands().sessionStart, sessionStartInput(installation));
    const pid = await monitorOf(installation);
    const ends = [0, 1, 2].map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
    expect(ends).toEqual(["/dev/null", "/dev/null", "/dev/null"]);
    expect(readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0")).toContain("monitor");
    expect(readlinkSync(`/proc/${pid}/cwd`)).toBe("/");
    const session = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ")[3];
    expect(session).toBe(String(pid));
  });

  test("has the environment of the installation, not of the session", async () => {
    const installation = await install({ monitor: false });
    await installation.hook(installation.commands().sessionStart, sessionStartInput(installation), {
      SITREP_HOME: "/tmp/elsewhere",
      NODE_EXTRA_CA_CERTS: "/tmp/evil.pem",
      NODE_TLS_REJECT_UNAUTHORIZED: "0",
      HTTPS_PROXY: "http://127.0.0.1:9",
      ANTHROPIC_API_KEY: "secret-canary",
      TASK_CACHE_TTL: "1",
      PATH: "/tmp/evil:/usr/bin:/bin",
      HOME: "/tmp/evil-home",
    });
    const pid = await monitorOf(installation);
    const environment = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").filter(Boolean);
    expect(environment.toSorted()).toEqual(
      Object.entries({ ...installation.env, ...monitorVariables })
        .map(([name, value]) => `${name}=${value}`)
        .toSorted(),
    );
  });

  test("F25, F46: the monitor opens no sockets", async () => {
    const installation = await install();
    const pid = await monitorOf(installation);
    const inodes = readdirSync(`/proc/${pid}/fd`).map((fd) => {
      try {
        return readlinkSync(`/proc/${pid}/fd/${fd}`);
      } catch {
        return "";
      }
    });
    expect(inodes.filter((target) => target.startsWith("socket:"))).toEqual([]);
  });

  test("F39: the monitor stays below its memory limit", async () => {
    const installation = await install();
    const status = readFileSync(`/proc/${await monitorOf(installation)}/status`, "utf8");
    const kilobytes = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]);
    expect(kilobytes).toBeLessThan(120 * 1024);
  });
});

describe("the monitor ends", () => {
  test("at sitrep stop, and removes its lease", async () => {
    const installation = await install();
    const pid = await monitorOf(installation);
    expect(installation.ok("stop")).toContain("Stopped the monitor.");
    await expect.poll(() => isRunning(pid)).toBe(false);
    expect(existsSync(join(installation.live, "monitor.alive"))).toBe(false);
    expect(installation.ok("stop")).toContain("The monitor was not running.");
    expect(log(installation)).toContain('"reason":"stopped"');
  });

  test("at SIGTERM, and removes its lease", async () => {
    const installation = await install();
    const pid = await monitorOf(installation);
    process.kill(pid, "SIGTERM");
    await expect.poll(() => isRunning(pid)).toBe(false);
    expect(existsSync(join(installation.live, "monitor.alive"))).toBe(false);
  });

  test("within two seconds of SIGTERM while a server hangs, with its last response written", async () => {
    const good = await startMisbehavingServer(
      answering({ tasks: [{ id: "G-1", title: "Good" }], total: 1 }),
    );
    const hanging = await startMisbehavingServer(() => undefined);
    const installation = await install({ monitor: false });
    const sources = [
      { name: "good", type: "task-tracking", url: good.origin },
      { name: "hanging", type: "task-tracking", url: hanging.origin },
      { name: "deaf", type: "mcp", preset: "linear", command: "/bin/sh", args: ["-c", "sleep 60"] },
    ];
    const file = join(installation.sitrepHome, "config.json");
    writeFileSync(file, JSON.stringify({ sources, refresh: { heartbeatSeconds: 0.3 } }));
    await installation.hook(installation.commands().sessionStart, sessionStartInput(installation));
    const pid = await monitorOf(installation);
    await expect.poll(() => hanging.requests.length).toBeGreaterThan(0);
    await expect.poll(() => installation.ok("brief")).toContain("Good");
    const begin = performance.now();
    process.kill(pid, "SIGTERM");
    await expect.poll(() => isRunning(pid), { interval: 10 }).toBe(false);
    expect(performance.now() - begin).toBeLessThan(2000);
    expect(existsSync(join(installation.live, "monitor.alive"))).toBe(false);
    expect(installation.ok("task", "list")).toContain("Good");
  });

  test("F34: the monitor ends when no session has been active for long, and not before", async () => {
    const installation = await install({ monitor: false });
    configure(installation, { idleMinutes: 0.03 });
    installation.ok("start");
    const pid = await monitorOf(installation);
    const { preToolUse } = installation.commands();
    const env = { CLAUDE_CODE_SESSION_ID: "session-1" };
    const begin = Date.now();
    while (Date.now() - begin < 3500) {
      await installation.hook(preToolUse, toolInput(installation), env);
      expect(isRunning(pid)).toBe(true);
    }
    await expect.poll(() => isRunning(pid)).toBe(false);
    expect(log(installation)).toContain('"reason":"idle"');
  });

  test("F28, F29: the monitor ends when its code is deleted, and when another version is installed", async () => {
    const installation = await install();
    const pid = await monitorOf(installation);
    const file = join(installation.state, "installation.json");
    const record = JSON.parse(readFileSync(file, "utf8")) as { folder: string };
    writeFileSync(file, JSON.stringify({ ...record, folder: `${record.folder}-next` }));
    await expect.poll(() => isRunning(pid)).toBe(false);
    writeFileSync(file, JSON.stringify(record));
    installation.ok("start");
    const next = await monitorOf(installation);
    rmSync(record.folder, { recursive: true });
    await expect.poll(() => isRunning(next)).toBe(false);
  });

  test("when its state folder is deleted", async () => {
    const installation = await install();
    const pid = await monitorOf(installation);
    // The monitor writes there until it sees that: `rm -r` may find a file more than it had listed, and is repeated then.
    rmSync(installation.state, { recursive: true, maxRetries: 10 });
    await expect.poll(() => isRunning(pid)).toBe(false);
  });
});

describe("the data of the monitor", () => {
  test("F16: a successor takes over a cache that was replaced under the monitor", async () => {
    const installation = await install();
    const pid = await monitorOf(installation);
    const file = join(installation.state, "cache.db");
    copyFileSync(file, `${file}.copy`);
    renameSync(`${file}.copy`, file);
    await expect.poll(() => installation.monitorPid() !== pid).toBe(true);
    await monitorOf(installation);
  });

  test("F14, F15: a cache that is corrupted under the monitor is set aside and rebuilt, and sessions continue", async () => {
    const installation = await install();
    installation.ok("task", "add", "Survive the rubbish");
    installation.ok("stop");
    const file = join(installation.state, "cache.db");
    for (const suffix of ["-wal", "-shm"]) rmSync(file + suffix, { force: true });
    writeFileSync(file, "rubbish that is long enough to be taken for something");
    const { sessionStart } = installation.commands();
    const input = sessionStartInput(installation);
    const env = { CLAUDE_CODE_SESSION_ID: "session-1" };
    expect(contextOf(await installation.hook(sessionStart, input, env))).toContain(
      "cache cannot be read",
    );
    await monitorOf(installation);
    await expect
      .poll(async () => contextOf(await installation.hook(sessionStart, input, env)))
      .toContain("Survive the rubbish");
    expect(existsSync(join(installation.state, "quarantine/cache.db"))).toBe(true);
  });

  test("a change of the configuration reaches the next brief, and a mistake in it changes nothing", async () => {
    const installation = await install();
    await monitorOf(installation);
    installation.ok("task", "import", writeTasks(installation, 30));
    const { sessionStart } = installation.commands();
    const lines = async (): Promise<number> => {
      const input = sessionStartInput(installation, { source: "compact" });
      const env = { CLAUDE_CODE_SESSION_ID: "session-1" };
      const text = contextOf(await installation.hook(sessionStart, input, env)) ?? "";
      return text.split("\n").filter((line) => line.startsWith(" TASK")).length;
    };
    expect(await lines()).toBe(5);
    const file = join(installation.sitrepHome, "config.json");
    const refresh = { heartbeatSeconds: 0.3 };
    writeFileSync(file, JSON.stringify({ refresh, brief: { maxTasks: 2 } }));
    await expect.poll(lines).toBe(2);
    writeFileSync(file, JSON.stringify({ refresh, brief: { maxTasks: "many" } }));
    await expect.poll(() => log(installation)).toContain('"code":"config-invalid"');
    expect(await lines()).toBe(2);
    const ran = installation.sitrep("status");
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain("config.json: brief.maxTasks: ");
  });

  test.runIf(triesAll)("tasks that another program changed are read at the next tick", async () => {
    const installation = await install({ monitor: false });
    configure(installation, { schedule: "* * * * * *" });
    installation.ok("start");
    await installation.hook(installation.commands().sessionStart, sessionStartInput(installation));
    const store = join(installation.state, "tasks.db");
    installation.ok("task", "add", "Before");
    const script = join(installation.home, "rename.mts");
    const sqlite = join(import.meta.dirname, "../../src/state/sqlite/sqlite.ts");
    writeFileSync(
      script,
      `import { openForWriting } from ${JSON.stringify(sqlite)};
       const db = openForWriting(${JSON.stringify(store)}, { timeoutMs: 5000, synchronous: "FULL" });
       db.prepare("UPDATE tasks SET title = 'After'").run();`,
    );
    spawnSync(process.execPath, [script], { stdio: "inherit" });
    await expect.poll(() => installation.ok("brief"), { interval: 200 }).toContain("After");
  });
});

/** A file of numbered tasks to import. */
function writeTasks(installation: TestInstallation, count: number): string {
  const file = join(installation.home, "tasks.json");
  const tasks = Array.from({ length: count }, (_, index) => ({ title: `Task ${index}` }));
  writeFileSync(file, JSON.stringify(tasks));
  return file;
}
