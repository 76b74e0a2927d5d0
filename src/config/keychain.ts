// The system's keychain, through @napi-rs/keyring where that is installed and the keychain works. It may ask a person to
// unlock it, for as long as it likes; therefore a process of its own asks it, with a deadline. The secret goes through
// pipes, never through arguments or variables.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { SitrepError } from "../core/errors.ts";
import { parseObject, readString } from "../core/read.ts";

/** The file name of the addon beside a bundle. */
export const keychainAddonName = "keyring.node";

/** The addon beside the bundle, or of the installed package; null where there is none for this machine. */
export function findKeychainAddon(folder: string): string | null {
  for (const file of [join(folder, keychainAddonName), join(folder, "..", keychainAddonName)]) {
    if (existsSync(file)) return file;
  }
  const { createRequire } = process.getBuiltinModule("node:module");
  const { platform, arch } = process;
  const kinds = platform === "linux" ? ["-gnu", "-musl"] : platform === "win32" ? ["-msvc"] : [""];
  for (const kind of kinds) {
    try {
      const inPackage = createRequire(join(folder, "x.cjs")).resolve("@napi-rs/keyring");
      return createRequire(inPackage).resolve(`@napi-rs/keyring-${platform}-${arch}${kind}`);
    } catch {
      // Optional: for another machine, or not installed.
    }
  }
  return null;
}

/** One secret of one server. */
export interface KeychainEntry {
  readonly name: string;
  readonly origin: string;
}

export interface Keychain {
  /** Null where there is no such secret. Throws `keychain-failed`: locked, not there for this session, or broken. */
  get(entry: KeychainEntry): string | null;
  /** True when it is kept, and can be read again; false where the keychain fails. */
  set(entry: KeychainEntry, secret: string): boolean;
  /** True when it is not there any more; false where the keychain fails. */
  forget(entry: KeychainEntry): boolean;
}

const patienceMs = 5000;
const longestSecret = 64 * 1024;

/** On Linux the Secret Service alone: the kernel's own keyring forgets at the next start. */
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

const neededVariables = [
  "HOME",
  "USER",
  "LOGNAME",
  "XDG_RUNTIME_DIR",
  "DBUS_SESSION_BUS_ADDRESS",
  "SystemRoot",
  "USERPROFILE",
];

const failed = (how: string): SitrepError =>
  new SitrepError("keychain-failed", `The keychain of this machine ${how}.`, {
    hint: "It may be locked, or not be there outside a desktop session.",
  });

/** What `work` gives, or where the keychain fails, `otherwise`. */
function orElse<T>(otherwise: T, work: () => T): T {
  try {
    return work();
  } catch {
    return otherwise;
  }
}

/** `addon`: of `findKeychainAddon`. */
export function openKeychain(addon: string): Keychain {
  const env = Object.fromEntries(
    neededVariables.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
  /** Throws `keychain-failed`. What the addon says of it is not passed on. */
  const ask = (verb: string, { name, origin }: KeychainEntry, secret?: string): string | null => {
    const { status, stdout, signal } = spawnSync(process.execPath, ["-e", program, addon], {
      input: JSON.stringify({ verb, account: `${name} ${origin}`, secret }),
      env,
      encoding: "utf8",
      timeout: patienceMs,
      killSignal: "SIGKILL",
      maxBuffer: 2 * longestSecret,
      windowsHide: true,
    });
    const answer = status === 0 ? parseObject(stdout) : null;
    if (answer === null) throw failed(signal === null ? "fails" : "does not answer");
    return readString(answer["secret"]) ?? null;
  };
  return {
    get: (entry) => ask("get", entry),
    set: (entry, secret) => orElse(false, () => ask("set", entry, secret) === secret),
    forget: (entry) => orElse(false, () => ask("forget", entry) === null),
  };
}
