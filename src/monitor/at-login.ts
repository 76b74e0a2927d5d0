// Has systemd or launchd start the monitor when a person logs in, where they asked for it. The monitor leaves when idle as ever,
// and a hook starts it again; neither of the two does.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import type { CommandContext } from "../config/context.ts";
import { findFolders, type Environment } from "../config/folders.ts";
import { SitrepError } from "../core/errors.ts";
import { replaceFile } from "../state/files/replace-file.ts";
import { launchdPlist, systemdUnit, type LoginStart } from "./login-unit.ts";

/** Who is logged in, with which environment, and whose state folder it is about. */
interface Login {
  readonly env: Environment;
  readonly state: string;
  readonly platform: NodeJS.Platform;
}

const homeOf = ({ env }: Login): string => env["HOME"] || homedir();

/** One state folder is where it is without being told; each other has a name of its own. */
function nameOf(login: Login): string {
  const { env, state, platform } = login;
  const usual = findFolders({}, platform, homeOf({ ...login, env })).state;
  if (state === usual) return "sitrep-monitor";
  return `sitrep-monitor-${createHash("sha256").update(state).digest("hex").slice(0, 8)}`;
}

/** What is written: the unit or plist, and for systemd the link that puts it among what a login starts. */
function filesOf(login: Login): { file: string; link: string | null } {
  const name = nameOf(login);
  if (login.platform === "darwin") {
    const file = join(homeOf(login), "Library", "LaunchAgents", `${name}.plist`);
    return { file, link: null };
  }
  const own = login.env["XDG_CONFIG_HOME"];
  const config = own !== undefined && isAbsolute(own) ? own : join(homeOf(login), ".config");
  const units = join(config, "systemd", "user");
  const file = join(units, `${name}.service`);
  return { file, link: join(units, "default.target.wants", `${name}.service`) };
}

const loginOf = ({ env, folders: { state } }: CommandContext): Login => ({
  env,
  state,
  platform: process.platform,
});

/** The unit or plist that starts the monitor at login, or null. */
export function readAtLogin(context: CommandContext): string | null {
  const { file, link } = filesOf(loginOf(context));
  return [file, link ?? file].every((one) => existsSync(one)) ? file : null;
}

/** Takes the files away and asks nobody: for a monitor whose installation has gone. True when there were any. */
export function removeLoginFiles(login: Login): boolean {
  const found = Object.values(filesOf(login)).filter((file) => file !== null);
  const isThere = found.some((file) => existsSync(file));
  for (const file of found) rmSync(file, { force: true });
  return isThere;
}

const callTimeoutMs = 20_000;
const wayOut =
  "Without it the first hook of a session starts the monitor. As another user (su, sudo) nobody answers: log in as this one.";

function call(program: readonly string[], args: readonly string[], env: Environment): void {
  const file = program.find((one) => existsSync(one));
  const [known = ""] = program;
  if (file === undefined) throw unavailable(`There is no ${known} here.`);
  try {
    execFileSync(file, args, {
      env: { XDG_RUNTIME_DIR: `/run/user/${process.getuid?.() ?? 0}`, ...env, LC_ALL: "C" },
      encoding: "utf8",
      timeout: callTimeoutMs,
      stdio: ["ignore", "ignore", "pipe"],
    });
  } catch (error) {
    const [said = ""] = String((error as { stderr?: string }).stderr ?? "").split("\n");
    throw unavailable(`"${[file, ...args].join(" ")}" failed: ${said.slice(0, 200)}`, error);
  }
}

const unavailable = (what: string, cause?: unknown): SitrepError =>
  new SitrepError("at-login-unavailable", what, {
    hint: wayOut,
    ...(cause !== undefined && { cause }),
  });

const systemctls = ["/usr/bin/systemctl", "/bin/systemctl", "/run/current-system/sw/bin/systemctl"];
const systemctl = (env: Environment, ...args: string[]): void =>
  call(systemctls, ["--user", "--quiet", ...args], env);
const launchctl = (env: Environment, ...args: string[]): void =>
  call(["/bin/launchctl"], args, env);
const domain = (): string => `gui/${process.getuid?.() ?? 0}`;

/** The variables that say where things are. */
const placing = ["HOME", "SITREP_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"];

function startOf(login: Login, launcher: string): LoginStart {
  const set = placing.flatMap((name) => {
    const value = name === "HOME" ? homeOf(login) : login.env[name];
    return value ? [[name, value] as const] : [];
  });
  return { launcher, env: Object.fromEntries(set) };
}

/**
 * Writes the unit or plist and has it started now and at each login. `launcher`: the installed command. Gives the file. Throws
 * `at-login-unavailable` and leaves nothing.
 */
export function startAtLogin(context: CommandContext, launcher: string): string {
  const login = loginOf(context);
  const { file } = filesOf(login);
  const { env, platform } = login;
  if (platform === "win32") throw unavailable("Neither systemd nor launchd is on Windows.");
  const name = nameOf(login);
  const start = startOf(login, launcher);
  const isNew = readAtLogin(context) === null;
  // Asked before anything is written.
  if (platform === "darwin") launchctl(env, "print", domain());
  else systemctl(env, "show-environment");
  const text = platform === "darwin" ? launchdPlist(name, start) : systemdUnit(start);
  try {
    replaceFile(file, text, { mode: 0o644 });
    if (platform === "darwin") {
      if (isNew) launchctl(env, "bootstrap", domain(), file);
    } else {
      systemctl(env, "daemon-reload");
      systemctl(env, "enable", "--now", `${name}.service`);
    }
  } catch (error) {
    removeLoginFiles(login);
    throw error;
  }
  return file;
}

/** Takes it away again. False when there was nothing to take. */
export function stopAtLogin(context: CommandContext): boolean {
  const login = loginOf(context);
  if (readAtLogin(context) === null) return removeLoginFiles(login);
  const isRemoved = removeLoginFiles(login);
  try {
    if (login.platform === "darwin")
      launchctl(login.env, "bootout", `${domain()}/${nameOf(login)}`);
    else systemctl(login.env, "daemon-reload");
  } catch {
    // Nobody answers: the next login finds the file gone.
  }
  return isRemoved;
}
