// The monitor at login, by a real systemd of a user's own: `sitrep start --at-login`, and how it is taken back.

import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { builtFolder } from "../support/built.ts";
import { isRunning, monitorOf, type TestInstallation } from "../support/installation.ts";
import { install } from "../support/installed.ts";
import { lacksSystemd, logIn } from "../support/user-systemd.ts";
import { triesAll } from "../support/cases.ts";

const cli = [process.execPath, join(builtFolder, "cli.cjs")] as const;

const unitsOf = ({ home }: TestInstallation): string => join(home, ".config/systemd/user");

function unitOf(installation: TestInstallation): string {
  const { atLogin } = JSON.parse(installation.ok("status", "--json")) as { atLogin: string };
  return atLogin;
}

describe.skipIf(lacksSystemd !== null)("by a real systemd", () => {
  test("starts it now and at each login, as hooks do, says so, and ends it at the logout", async () => {
    const installation = await install({ monitor: false });
    const first = await logIn(installation);
    const started = first.run(...cli, "start", "--at-login");
    expect(started.stderr).toBe("");
    expect(started.stdout).toContain("The monitor runs.\nEach login starts it: ");
    const unit = unitOf(installation);
    expect(started.stdout).toContain(unit);
    expect(statSync(unit).mode & 0o777).toBe(0o644);
    expect(installation.ok("status")).toContain(`each login starts it: ${unit}`);
    const pid = await monitorOf(installation);
    const environment = readFileSync(`/proc/${pid}/environ`, "utf8");
    expect(environment).toContain(`SITREP_HOME=${installation.sitrepHome}`);
    expect(environment).not.toMatch(/INVOCATION_ID|SYSTEMD|JOURNAL/);
    const name = unit.split("/").at(-1) ?? "";
    expect(first.run("systemctl", "--user", "is-active", name).stdout).toBe("active\n");
    await first.logOut();
    expect(isRunning(pid)).toBe(false);
    const second = await logIn(installation);
    const next = await monitorOf(installation);
    expect(next).not.toBe(pid);
    expect(second.run("systemctl", "--user", "--failed", "--quiet").stdout).toBe("");
  });

  test.runIf(triesAll)(
    "is asked for twice, beside one that a hook started, and taken back with nothing left",
    async () => {
      const installation = await install();
      const pid = await monitorOf(installation);
      const { run } = await logIn(installation);
      expect(run(...cli, "start", "--at-login").stdout).toContain("The monitor ran already.");
      expect(run(...cli, "start", "--at-login").code).toBe(0);
      expect(installation.monitorPid()).toBe(pid);
      const stopped = run(...cli, "stop", "--at-login");
      expect(stopped.stdout).toBe(
        "No login starts the monitor any more.\nThe monitor is stopped.\n",
      );
      expect(unitOf(installation)).toBeNull();
      expect(run("find", unitsOf(installation), "!", "-type", "d").stdout).toBe("");
      expect(run(...cli, "stop", "--at-login").stdout).toContain("No login started the monitor.");
    },
  );

  test("goes with an uninstall; one whose command has gone fails no login", async () => {
    const installation = await install({ monitor: false });
    const first = await logIn(installation);
    expect(first.run(...cli, "start", "--at-login").code).toBe(0);
    const unit = unitOf(installation);
    installation.ok("stop");
    const bin = join(installation.sitrepHome, "data/bin");
    rmSync(bin, { recursive: true });
    await first.logOut();
    const second = await logIn(installation);
    expect(second.run("systemctl", "--user", "--failed", "--quiet").stdout).toBe("");
    expect(second.run(...cli, "uninstall", "--yes").code).toBe(0);
    expect(existsSync(unit)).toBe(false);
  });
});

test("where no systemd answers it says so, leaves nothing, and the monitor is started as ever", async () => {
  const installation = await install({ monitor: false });
  const empty = join(installation.home, "run");
  mkdirSync(empty, { mode: 0o700 });
  installation.env["XDG_RUNTIME_DIR"] = empty;
  const ran = installation.sitrep("start", "--at-login", "--json");
  expect(ran.code).toBe(1);
  const { error } = JSON.parse(ran.stderr) as { error: { code: string; hint: string } };
  expect(error.code).toBe("at-login-unavailable");
  expect(error.hint).toContain("the first hook of a session starts the monitor");
  expect(existsSync(unitsOf(installation))).toBe(false);
  expect(unitOf(installation)).toBeNull();
  expect(installation.ok("start")).toContain("The monitor runs.");
});

test("where nothing is installed it says so", async () => {
  const installation = await install({ monitor: false });
  installation.ok("uninstall", "--yes");
  const ran = installation.sitrep("start", "--at-login");
  expect(ran.stderr).toContain("Nothing is installed that a login could start.");
});
