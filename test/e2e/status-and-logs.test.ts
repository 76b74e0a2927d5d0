// What a person sees of the processes: status, also while it changes, and logs.

import { spawn, spawnSync } from "node:child_process";
import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
  rmSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { appendFailure } from "../../src/hooks/failure-log.ts";
import { builtFolder } from "../support/built.ts";
import { monitorOf, prepareInstallation, runShell } from "../support/installation.ts";
import { install } from "../support/installed.ts";
import { startMisbehavingServer } from "../support/misbehaving-server.ts";
import { hasScript, onTerminal } from "../support/on-terminal.ts";
import { eventually } from "../support/waiting.ts";

const cli = join(builtFolder, "cli.cjs");

interface QueryResult {
  what: string;
  fetchedAt: number | null;
  failure: { code: string; nextTryAt: number } | null;
  lastFailure: { code: string; at: number } | null;
  nextTryAt: number | null;
}

describe("sitrep status", () => {
  test.runIf(process.platform === "linux")(
    "shows the memory and processor time of the monitor",
    async () => {
      const installation = await install();
      const pid = await monitorOf(installation);
      const { monitor } = JSON.parse(installation.ok("status", "--json")) as {
        monitor: { use: { residentBytes: number; processorMs: number; upMs: number } };
      };
      const kilobytes = Number(
        /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1],
      );
      const { residentBytes, processorMs, upMs } = monitor.use;
      expect(Math.abs(residentBytes / 1024 / kilobytes - 1)).toBeLessThan(0.5);
      expect(processorMs).toBeGreaterThan(0);
      expect(upMs).toBeGreaterThan(0);
      expect(upMs).toBeLessThan(120_000);
      expect(installation.ok("status")).toMatch(
        /running, process \d+, version [\d.]+, for \d+ (?:s|min), \d+ MiB, \d+\.\d % of a core$/m,
      );
    },
  );

  test("promises only when it is true that the next session starts the monitor", async () => {
    const installation = await install({ monitor: false });
    const monitorLine = (): string =>
      /^Monitor +(.*)$/m.exec(installation.ok("status"))?.[1] ?? "none";
    expect(monitorLine()).toBe("not running; the next session starts it");
    installation.ok("off");
    expect(monitorLine()).toBe("not running while Sitrep is off");
    installation.ok("on");
    installation.ok("uninstall", "--yes");
    expect(monitorLine()).toBe("not running; sessions do not start it");
    rmSync(join(installation.state, "cache.db"));
    expect(installation.ok("status")).toMatch(/^Cache +none yet$/m);
  });

  test("shows for each source its last response, its last failure and its next refresh", async () => {
    const installation = await install({ monitor: false });
    let status = 500;
    const server = await startMisbehavingServer((_request, response) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify({ tasks: [], total: 0 }));
    });
    const sources = [{ name: "team", type: "task-tracking", url: server.origin }];
    const file = join(installation.sitrepHome, "config.json");
    writeFileSync(file, JSON.stringify({ sources, refresh: { heartbeatSeconds: 0.3 } }));
    const team = () => {
      const { responses } = JSON.parse(installation.ok("status", "--json")) as {
        responses: QueryResult[];
      };
      return responses.find(({ what }) => what === "tasks from team");
    };
    // Without blocking the server, which is in this process.
    const refresh = () =>
      runShell(`'${process.execPath}' '${cli}' refresh`, {
        cwd: installation.project.folder,
        env: installation.env,
      });
    expect((await refresh()).code).toBe(1);
    const failing = team();
    expect(failing).toMatchObject({ fetchedAt: null, failure: { code: "source-failed" } });
    expect(failing?.lastFailure?.code).toBe("source-failed");
    expect(failing?.nextTryAt).toBe(failing?.failure?.nextTryAt);
    status = 200;
    expect((await refresh()).code).toBe(0);
    expect(team()).toMatchObject({ failure: null, nextTryAt: null });
    expect(team()?.lastFailure).toEqual(failing?.lastFailure);
    installation.ok("start");
    await eventually(() => expect(team()?.nextTryAt).toBeGreaterThan(Date.now()));
    const words = installation.ok("status").replaceAll(/\s+/g, " ");
    expect(words).toMatch(
      /tasks from team fresh read \d+ s ago, 0 open, failed \d+ s ago \(source-failed\), next refresh in \d+ (?:s|min)/,
    );
  });

  test.each([[[]], [["--json"]]])("refuses --watch without a terminal: with %j", (more) => {
    const ran = prepareInstallation().sitrep("status", "--watch", ...more);
    expect([ran.code, ran.stdout]).toEqual([2, ""]);
    expect(ran.stderr).toContain("--watch needs a terminal.");
  });

  test.runIf(hasScript)(
    "is redrawn with --watch until Ctrl-C, which restores the terminal",
    async () => {
      const installation = await install();
      await monitorOf(installation);
      const shown = await onTerminal(installation, "status --watch", {
        // Ctrl-C at the second drawing.
        acts: [
          ["running, process", ""],
          ["running, process", "\u0003"],
        ],
      });
      const { code, screen, isRestored } = shown;
      expect(code).toBe(130);
      expect(screen.startsWith("\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[H")).toBe(true);
      expect(screen.endsWith("\u001b[?7h\u001b[?25h\u001b[?1049l")).toBe(true);
      expect(screen.split("\u001b[H").length).toBeGreaterThan(2);
      expect(isRestored).toBe(true);
    },
  );
});

/** An installation that has only logs. */
function aLogged() {
  const installation = prepareInstallation();
  const logs = join(installation.state, "logs");
  mkdirSync(logs, { recursive: true, mode: 0o700 });
  const write = (name: string, fields: object): void =>
    appendFileSync(join(logs, name), `${JSON.stringify(fields)}\n`);
  return { ...installation, logs, write };
}

interface Logged {
  time: string;
  log: string;
  level: string;
  message: string;
  code?: string;
}

const parsed = (text: string): Logged[] =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Logged);

describe("sitrep logs", () => {
  test("merges all logs by time, rotated ones too, from --since on", () => {
    const { write, ok } = aLogged();
    const now = Date.now();
    const ago = (minutes: number): number => now - minutes * 60_000;
    write("monitor.log.2", { level: 30, time: ago(50), pid: 1, msg: "first" });
    write("monitor.log.1", { level: 40, time: ago(40), pid: 1, code: "ENOSPC", msg: "third" });
    write("monitor.log", { level: 30, time: ago(3), pid: 1, source: "a\u001b[31mb", msg: "last" });
    write("hooks.log", { at: ago(45), event: "SessionStart", code: "git-timeout" });
    write("mcp.log", { time: new Date(ago(20)).toISOString(), pid: 2, msg: "tool call" });
    write("mcp.log", { msg: "without a time" });
    write("hooks.log", { at: ago(3000), event: "PreToolUse", code: "git-failed" });
    const all = parsed(ok("logs", "--json"));
    expect(all.map(({ log, level, message }) => [log, level, message])).toEqual([
      ["monitor", "info", "first"],
      ["hooks", "warn", "SessionStart failed"],
      ["monitor", "warn", "third"],
      ["mcp", "info", "tool call"],
      ["monitor", "info", "last"],
    ]);
    expect(all[0]?.time).toBe(new Date(ago(50)).toISOString());
    expect(parsed(ok("logs", "--json", "--since", "30m"))).toHaveLength(2);
    expect(parsed(ok("logs", "--json", "--since", "3d"))).toHaveLength(6);
    const since = new Date(ago(42)).toISOString();
    const lines = ok("logs", "--since", since).trimEnd().split("\n");
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d monitor warn {2}third code=ENOSPC$/);
    expect(lines[2]).not.toContain("\u001b");
  });

  test("reports that nothing was logged, and refuses a --since that it cannot read", () => {
    const { ok, sitrep } = aLogged();
    expect(ok("logs")).toMatch(/^Nothing has been logged since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.$/m);
    expect(ok("logs", "--json")).toBe("");
    const ran = sitrep("logs", "--since", "yesterday");
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain('--since takes 30m, 2h, 3d or a timestamp, not "yesterday".');
  });

  test("loses no line with -f when logs are rotated, shows new logs, and ends with 130 at Ctrl-C", async () => {
    const { project, env, logs, write } = aLogged();
    appendFailure(join(logs, "hooks.log"), { at: Date.now(), event: "E", code: "c-0" });
    const options = { cwd: project.folder, env } as const;
    const child = spawn(process.execPath, [cli, "logs", "-f", "--json"], options);
    onTestFinished(() => void child.kill("SIGKILL"));
    let text = "";
    child.stdout.on("data", (part: Buffer) => (text += part.toString("utf8")));
    const codes = (): string[] => parsed(text).map(({ code = "" }) => code);
    await eventually(() => expect(codes()).toEqual(["c-0"]));
    // Enough for two rotations, and later a line that is written in two halves.
    const most = 12_000;
    for (let at = 1; at <= most; at += 1) {
      appendFailure(join(logs, "hooks.log"), { at: Date.now(), event: "E", code: `c-${at}` });
      // oxlint-disable-next-line no-await-in-loop -- the reader polls meanwhile
      if (at % 500 === 0) await sleep(100);
    }
    write("mcp.log", { time: new Date().toISOString(), code: "new log", msg: "started" });
    appendFileSync(join(logs, "monitor.log"), `{"level":30,"time":${Date.now()},"code":"half`);
    await sleep(600);
    appendFileSync(join(logs, "monitor.log"), ' and half","msg":"x"}\n');
    renameSync(join(logs, "monitor.log"), join(logs, "monitor.log.1"));
    const wanted = [...Array.from({ length: most + 1 }, (_one, at) => `c-${at}`), "new log"];
    await eventually(() => expect(codes().length).toBeGreaterThan(wanted.length));
    expect(new Set(codes())).toEqual(new Set([...wanted, "half and half"]));
    expect(codes()).toHaveLength(wanted.length + 1);
    const ended = new Promise((resolve) => child.on("exit", resolve));
    child.kill("SIGINT");
    expect(await ended).toBe(130);
  });

  test("ends with -f when its output is closed", () => {
    const { project, env, write } = aLogged();
    for (const at of [1, 2, 3]) write("mcp.log", { time: Date.now(), msg: `line ${at}` });
    // Writes until the command has ended: it notices a closed pipe only when it prints.
    const feed = `while sleep 1; do printf '{"time":%s000,"msg":"later"}\\n' "$(date +%s)" >>"$SITREP_HOME/state/logs/mcp.log"; done`;
    const line = `{ ${feed}; } >/dev/null 2>&1 & '${process.execPath}' '${cli}' logs -f | head -n 1; code=$?; kill $!; exit $code`;
    const options = { cwd: project.folder, env, encoding: "utf8", timeout: 30_000 } as const;
    const ran = spawnSync("/bin/sh", ["-c", line], options);
    expect(ran.stdout).toContain("line 1");
    expect([ran.status, ran.stderr]).toEqual([0, ""]);
  });
});
