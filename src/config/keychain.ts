// A keychain may ask a person and wait forever, so a child process with a deadline reads it; secrets go through pipes.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { SitrepError } from "../core/errors.ts";
import { parseObject, readString } from "../core/read.ts";

export const keychainAddonName = "keyring.node";

/** The addon beside the bundle, or the installed package's; null when there is none for this machine. */
export function findKeychainAddon(folder: string): string | null {
  const places = [join(folder, keychainAddonName), join(folder, "..", keychainAddonName)];
  const beside = places.find((file) => existsSync(file));
  if (beside !== undefined) return beside;
  const { createRequire } = process.getBuiltinModule("node:module");
  const { platform, arch } = process;
  const kinds = platform === "linux" ? ["-gnu", "-musl"] : platform === "win32" ? ["-msvc"] : [""];
  for (const kind of kinds) {
    try {
      const inPackage = createRequire(join(folder, "x.cjs")).resolve("@napi-rs/keyring");
      return createRequire(inPackage).resolve(`@napi-rs/keyring-${platform}-${arch}${kind}`);
    } catch {}
  }
  return null;
}

interface KeychainEntry {
  readonly name: string;
  readonly origin: string;
}

export interface Keychain {
  /** Null when there is no such secret. Throws `keychain-failed`: locked, unavailable in this session, or broken. */
  get(entry: KeychainEntry): string | null;
  set(entry: KeychainEntry, secret: string): boolean;
  forget(entry: KeychainEntry): boolean;
}

const timeoutMs = 5000;
const maxResponseLength = 128 * 1024;

/** On Linux only the Secret Service: the kernel's keyring forgets when the machine restarts. */
const program = `
const { Entry } = require(process.argv[1]);
let text = "";
process.stdin.on("data", (part) => (text += part)).on("end", () => {
  const { verb, account, secret } = JSON.parse(text);
  const entry = new Entry("sitrep", account, { linux: { store: "secret-service" } });
  if (verb === "set") entry.setPassword(secret);
  if (verb === "forget") entry.deletePassword();
  process.stdout.write(JSON.stringify({ secret: entry.getPassword() }));
});`;

const neededVariables =
  "HOME USER LOGNAME XDG_RUNTIME_DIR DBUS_SESSION_BUS_ADDRESS SystemRoot USERPROFILE".split(" ");

function succeeds(work: () => boolean): boolean {
  try {
    return work();
  } catch {
    return false;
  }
}

export function openKeychain(addon: string): Keychain {
  /** Throws `keychain-failed`, without the addon's own words. */
  const ask = (verb: string, { name, origin }: KeychainEntry, secret?: string): string | null => {
    const { status, stdout, signal } = spawnSync(process.execPath, ["-e", program, addon], {
      input: JSON.stringify({ verb, account: `${name} ${origin}`, secret }),
      env: Object.fromEntries(neededVariables.map((one) => [one, process.env[one]])),
      encoding: "utf8",
      timeout: timeoutMs,
      killSignal: "SIGKILL",
      maxBuffer: maxResponseLength,
      windowsHide: true,
    });
    const response = status === 0 ? parseObject(stdout) : null;
    if (response !== null) return readString(response["secret"]) ?? null;
    const how = signal === null ? "failed" : "did not respond";
    throw new SitrepError("keychain-failed", `This machine's keychain ${how}.`, {
      hint: "It may be locked, or unavailable outside a desktop session.",
    });
  };
  return {
    get: (entry) => ask("get", entry),
    set: (entry, secret) => succeeds(() => ask("set", entry, secret) === secret),
    forget: (entry) => succeeds(() => ask("forget", entry) === null),
  };
}
