// Measures an idle `sitrep watch` on a terminal made by `script`, while a monitor refreshes: its share of a core over a minute,
// child processes included, and its memory compared with bare Node. Linux only. Run it after a build.

import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { builtFolder } from "../test/support/built.ts";
import { plainGitEnvironment, repositoryAt } from "../test/support/repository.ts";

const seconds = Number(process.env["SITREP_SECONDS"] ?? 60);
const limits = { percentOfCore: 1, mibOverNode: 60 };

const root = realpathSync(mkdtempSync(join(tmpdir(), "sitrep-watch-")));
const folder = join(root, "shop-api");
const env = {
  ...plainGitEnvironment,
  HOME: root,
  SITREP_HOME: join(root, "home"),
  TZ: "UTC",
  TERM: "xterm-256color",
};
const cli = join(builtFolder, "cli.cjs");
const sitrep = (...args: string[]): string =>
  execFileSync(process.execPath, [cli, ...args], { cwd: folder, env, encoding: "utf8" });

/** Starts Node on a terminal. Returns its process id, and a function that ends it. */
async function onTerminal(name: string, command: string): Promise<[pid: number, end: () => void]> {
  const file = join(root, `${name}.pid`);
  const whole = `stty cols 120 rows 40; echo $$ >'${file}'; exec '${process.execPath}' ${command}`;
  const child = spawn("script", ["-qec", whole, "/dev/null"], { cwd: folder, env });
  child.stdout.resume();
  // oxlint-disable-next-line no-await-in-loop -- waits for the file
  while (!existsSync(file)) await sleep(50);
  await sleep(3000);
  return [Number(readFileSync(file, "utf8")), () => void child.kill("SIGKILL")];
}

/** Clock ticks of 10 ms used by the process and its ended children. */
function ticksOf(pid: number): number {
  const [, fields = ""] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ");
  return fields
    .split(" ")
    .slice(11, 15)
    .reduce((sum, one) => sum + Number(one), 0);
}

const mibOf = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;

async function measure() {
  mkdirSync(folder);
  const { git, commit } = repositoryAt(folder);
  git("init", "-q", "-b", "main");
  commit("README.md", "# Shop API\n", "Begin");
  for (let at = 0; at < 20; at += 1) sitrep("task", "add", `Task ${at} of a longer backlog`);
  sitrep("start");
  const [bare, endBare] = await onTerminal("bare", "-e 'process.stdin.setRawMode(true).resume()'");
  const [watch, endWatch] = await onTerminal("watch", `'${cli}' watch`);
  const before = ticksOf(watch);
  await sleep(seconds * 1000);
  const percentOfCore = (ticksOf(watch) - before) / seconds;
  const result = { percentOfCore, mibOverNode: mibOf(watch) - mibOf(bare), nodeMib: mibOf(bare) };
  endWatch();
  endBare();
  return result;
}

try {
  const { percentOfCore, mibOverNode, nodeMib } = await measure();
  const figures = [
    `${percentOfCore.toFixed(2)} % of a core over ${seconds} s (at most ${limits.percentOfCore})`,
    `${mibOverNode.toFixed(1)} MiB over Node's ${nodeMib.toFixed(1)} (at most ${limits.mibOverNode})`,
  ];
  process.stdout.write(`${figures.join("\n")}\n`);
  const isWithin = percentOfCore <= limits.percentOfCore && mibOverNode <= limits.mibOverNode;
  process.exitCode = isWithin ? 0 : 1;
} finally {
  sitrep("stop");
  rmSync(root, { recursive: true, force: true });
}
