// The Dockerfile's steps by hand, where there is no Docker: what it copies is built by its command, and the program in the image
// starts as its user with a folder that it cannot write.

import { execFileSync, spawn } from "node:child_process";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import { copiedNames, root, valuesOf } from "../support/deployed.ts";
import { temporaryFolder } from "../support/temporary.ts";

const listOf = (name: string): string[] => JSON.parse(valuesOf(name, 1)[0] ?? "[]") as string[];

/** The build stage; gives its dist/. The dependencies are linked in place of `npm ci`. */
function buildStage(): string {
  const folder = temporaryFolder();
  for (const name of copiedNames(0))
    cpSync(join(root, name), join(folder, name), { recursive: true });
  const [install, build = ""] = valuesOf("RUN", 0);
  expect(install).toMatch(/^npm ci /);
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  const env = { PATH: `${dirname(process.execPath)}:${process.env["PATH"]}`, HOME: folder };
  execFileSync("sh", ["-ec", build], { cwd: folder, env });
  return join(folder, "dist");
}

/** The second stage: a folder that only its owner can write, a state folder, and a PATH with `sitrep`, node and `env`. */
function runtimeStage(dist: string) {
  const top = temporaryFolder();
  const [app, state, bin] = [join(top, "opt"), join(top, "state"), join(top, "bin")];
  cpSync(dist, app, { recursive: true });
  for (const folder of [state, bin]) mkdirSync(folder);
  // The user may not be able to enter the folder of the tests' own Node.
  copyFileSync(process.execPath, join(bin, "node"));
  symlinkSync(join(app, "cli.cjs"), join(bin, "sitrep"));
  chmodSync(top, 0o755);
  for (const name of readdirSync(app, { recursive: true, encoding: "utf8" })) {
    const file = join(app, name);
    chmodSync(file, name.endsWith("cli.cjs") || !name.includes(".") ? 0o555 : 0o444);
  }
  chmodSync(app, 0o555);
  chmodSync(state, 0o700);
  const [uid = 0, gid = 0] = (valuesOf("USER", 1)[0] ?? "").split(":").map(Number);
  const isRoot = process.getuid?.() === 0;
  if (isRoot) chownSync(state, uid, gid);
  const as = isRoot ? { uid, gid } : {};
  const env = { PATH: `${bin}:/usr/bin:/bin`, HOME: "/nonexistent", SITREP_HOME: state };
  return { app, state, options: { ...as, env, cwd: state } };
}

test("the image's program serves as its own user, from a folder that it cannot write, and ends cleanly", async () => {
  const { app, options } = runtimeStage(buildStage());
  const [program = ""] = listOf("ENTRYPOINT");
  const run = (...args: string[]): string =>
    execFileSync(program, args, { ...options, encoding: "utf8" });
  const key = run("serve", "key", "add", "ada", "--user", "ada", "--organization", "acme").trim();
  const child = spawn(program, [...listOf("CMD"), "--port", "0"], options);
  onTestFinished(() => void child.kill("SIGKILL"));
  const ended = new Promise((resolve) => child.once("close", resolve));
  const lines = createInterface({ input: child.stderr })[Symbol.asyncIterator]();
  const started = JSON.parse(String((await lines.next()).value)) as { address: string };
  const url = started.address.replace("0.0.0.0", "127.0.0.1");
  const headers = { authorization: `Bearer ${key}` };
  expect((await fetch(`${url}/tasks?project=shop-api`, { headers })).status).toBe(200);

  const check = JSON.parse(
    /CMD (\[.*\])$/.exec(valuesOf("HEALTHCHECK", 1)[0] ?? "")?.[1] ?? "[]",
  ) as string[];
  const [node = "", ...args] = check.map((one) => one.replace("127.0.0.1:8080", new URL(url).host));
  execFileSync(node, args, options);
  const touch = ["-c", `touch ${join(app, "written")}`];
  expect(() => execFileSync("sh", touch, { ...options, stdio: "ignore" })).toThrow("failed");
  child.kill("SIGTERM");
  expect(await ended).toBe(0);
  expect(() => execFileSync(node, args, { ...options, stdio: "ignore" })).toThrow("failed");
});
