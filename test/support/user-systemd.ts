// A systemd of a user's own for a test, as a login starts it: real, in namespaces and a cgroup of its own.

import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Ran, TestInstallation } from "./installation.ts";
import { eventually } from "./waiting.ts";

const program = "/lib/systemd/systemd";
const hierarchies = ["/sys/fs/cgroup/systemd", "/sys/fs/cgroup/unified", "/sys/fs/cgroup"].filter(
  (folder) => existsSync(join(folder, "cgroup.procs")),
);

/** Why there is none here; null where there is. */
export const lacksSystemd: string | null =
  process.platform !== "linux" || process.getuid?.() !== 0
    ? "only root makes the namespaces"
    : existsSync(program) && existsSync("/usr/bin/systemctl")
      ? null
      : "no systemd is installed";

/** As on a machine that it has booted; the cgroups begin at the one that the shell is in. */
const inNamespaces = `
mount -t tmpfs none /run && mkdir -p /run/systemd/system
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then mount -t cgroup2 none /sys/fs/cgroup
else
  mount -t tmpfs none /sys/fs/cgroup && mkdir /sys/fs/cgroup/systemd /sys/fs/cgroup/unified
  mount -t cgroup2 none /sys/fs/cgroup/unified
  mount -t cgroup -o none,name=systemd none /sys/fs/cgroup/systemd
fi
exec ${program} --user`;

function removeCgroup(folder: string): void {
  for (const one of readdirSync(folder, { withFileTypes: true }))
    if (one.isDirectory()) removeCgroup(join(folder, one.name));
  rmdirSync(folder);
}

/** What it was started to be; each program is run beside it. */
export interface UserSystemd {
  /** Runs a program as somebody who has logged in. */
  run: (...words: string[]) => Ran;
  /** Ends it as a logout does. */
  logOut: () => Promise<void>;
}

/** Logs the installation's person in. */
export async function logIn({ home, env, project }: TestInstallation): Promise<UserSystemd> {
  const runtime = join(home, "run");
  mkdirSync(runtime, { recursive: true, mode: 0o700 });
  const name = `sitrep-test-${process.pid}-${statSync(home).ino}`;
  const own = hierarchies.map((folder) => join(folder, name));
  const enter = own.map((folder) => `mkdir -p ${folder} && echo $$ > ${folder}/cgroup.procs;`);
  const script = `${enter.join(" ")} exec unshare --mount --cgroup /bin/sh -c '${inNamespaces}'`;
  const all = { ...env, XDG_RUNTIME_DIR: runtime };
  const child = spawn("/bin/sh", ["-c", script], { cwd: "/", env: all, stdio: "ignore" });
  const ended = new Promise((resolve) => child.on("exit", resolve));
  const run = (...words: string[]): Ran => {
    const started = performance.now();
    const args = ["--target", String(child.pid), "--mount", "--cgroup", "--", "/bin/sh", "-c"];
    const inProject = [`cd "$0" && exec "$@"`, project.folder, ...words];
    const options = { env: all, encoding: "utf8" } as const;
    const ran = spawnSync("nsenter", [...args, ...inProject], options);
    const { status: code, stdout, stderr } = ran;
    return { code, stdout, stderr, ms: performance.now() - started };
  };
  const logOut = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
    await ended;
  };
  onTestFinished(async () => {
    await logOut();
    await eventually(() => own.filter((folder) => existsSync(folder)).forEach(removeCgroup));
  });
  await eventually(() => {
    const { stdout, stderr } = run("systemctl", "--user", "is-system-running");
    if (!/running|degraded/.test(stdout)) throw new Error(`systemd is not up: ${stdout}${stderr}`);
  }, 100);
  return { run, logOut };
}
