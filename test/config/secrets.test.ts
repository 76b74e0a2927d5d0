import { chmodSync, existsSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openKeychain } from "../../src/config/keychain.ts";
import type { Keychain } from "../../src/config/keychain.ts";
import { forgetSecret, putSecret, resolveSecret } from "../../src/config/secrets.ts";
import { failureOf } from "../support/settings-entries.ts";
import { temporaryFolder } from "../support/temporary.ts";

const use = {
  source: "linear",
  origin: "https://mcp.linear.app",
  reference: "${env:LINEAR_TOKEN}",
};
const env = { LINEAR_TOKEN: "lin_5f2c" };
const folder = (): string => join(temporaryFolder(), "secrets");

describe("a secret behind a variable", () => {
  test("is found without the environment, once a command has kept it", () => {
    const kept = folder();
    expect(failureOf(() => resolveSecret(kept, use, null)).code).toBe("secret-missing");
    expect(resolveSecret(kept, use, env)).toBe("lin_5f2c");
    expect(resolveSecret(kept, use, null)).toBe("lin_5f2c");
    expect(resolveSecret(kept, use, {})).toBe("lin_5f2c");
    forgetSecret(kept, use);
    expect(failureOf(() => resolveSecret(kept, use, null)).code).toBe("secret-missing");
  });

  test.each([
    ["another origin", { origin: "https://evil.example" }],
    ["another source", { source: "jira" }],
    ["another variable", { reference: "${env:JIRA_TOKEN}" }],
  ])("is not found for %s", (_, difference) => {
    const kept = folder();
    resolveSecret(kept, use, env);
    expect(failureOf(() => resolveSecret(kept, { ...use, ...difference }, null)).code).toBe(
      "secret-missing",
    );
  });

  test("A28: a secret is not found for another origin whose record is put in its file", () => {
    const kept = folder();
    resolveSecret(kept, use, env);
    const evil = { ...use, origin: "https://evil.example" };
    resolveSecret(kept, evil, { LINEAR_TOKEN: "x" });
    const [one = "", two = ""] = readdirSync(kept).map((name) => join(kept, name));
    const texts = [one, two].map((file) => statSync(file).size);
    const record = JSON.stringify({ ...use, secret: "lin_5f2c" });
    for (const file of [one, two]) writeFileSync(file, record);
    expect(texts).toHaveLength(2);
    expect(failureOf(() => resolveSecret(kept, evil, null)).code).toBe("secret-missing");
  });

  test("is replaced when the variable changes", () => {
    const kept = folder();
    resolveSecret(kept, use, env);
    resolveSecret(kept, use, { LINEAR_TOKEN: "new" });
    expect(resolveSecret(kept, use, null)).toBe("new");
  });

  test("can be read by its owner only, and is not used otherwise", () => {
    const kept = folder();
    resolveSecret(kept, use, env);
    const [name = ""] = readdirSync(kept);
    expect(statSync(kept).mode & 0o777).toBe(0o700);
    expect(statSync(join(kept, name)).mode & 0o777).toBe(0o600);
    chmodSync(join(kept, name), 0o640);
    expect(failureOf(() => resolveSecret(kept, use, null)).code).toBe("secret-unsafe");
  });
});

describe("a secret in a file", () => {
  const inFile = (mode: number, text = "lin_5f2c\n") => {
    const file = join(temporaryFolder(), "token");
    writeFileSync(file, text, { mode });
    return { ...use, reference: `\${file:${file}}` };
  };

  test("is the file's text without surrounding white space", () => {
    expect(resolveSecret(folder(), inFile(0o600), null)).toBe("lin_5f2c");
  });

  test("A35: a secret's file is not used when others can read it, or when it is empty", () => {
    expect(failureOf(() => resolveSecret(folder(), inFile(0o644), null)).code).toBe(
      "secret-unsafe",
    );
    expect(failureOf(() => resolveSecret(folder(), inFile(0o600, " "), null)).code).toBe(
      "secret-missing",
    );
  });
});

/** A working keychain: the addon's interface over a file, used through the real process. */
function workingKeychain() {
  const place = temporaryFolder();
  const addon = join(place, "keyring.cjs");
  const store = JSON.stringify(join(place, "kept.json"));
  writeFileSync(
    addon,
    `const { existsSync, readFileSync, writeFileSync } = require("node:fs");
     const all = () => (existsSync(${store}) ? JSON.parse(readFileSync(${store}, "utf8")) : {});
     exports.Entry = class {
       constructor(service, account) { this.key = service + "|" + account; }
       setPassword(secret) { writeFileSync(${store}, JSON.stringify({ ...all(), [this.key]: secret })); }
       getPassword() { return all()[this.key] ?? null; }
       deletePassword() { const { [this.key]: _, ...rest } = all(); writeFileSync(${store}, JSON.stringify(rest)); }
     };`,
  );
  return { open: () => openKeychain(addon), store: join(place, "kept.json") };
}

const addonThat = (program: string): string => {
  const file = join(temporaryFolder(), "keyring.cjs");
  writeFileSync(file, program);
  return file;
};

describe("A49: a secret in the keychain", () => {
  // A new name each time: a keychain's response is remembered for a while.
  let names = 0;
  const inKeychain = () => ({ ...use, reference: `\${keychain:linear-${(names += 1)}}` });

  test("is stored and found for its origin only, and in no file of Sitrep", () => {
    const [kept, one, keychain] = [folder(), inKeychain(), workingKeychain()];
    expect(putSecret(kept, one, "lin_5f2c", keychain.open)).toEqual({ in: "keychain" });
    expect(resolveSecret(kept, one, null, keychain.open)).toBe("lin_5f2c");
    expect(existsSync(kept)).toBe(false);
    const evil = { ...one, origin: "https://evil.example" };
    expect(failureOf(() => resolveSecret(kept, evil, null, keychain.open)).code).toBe(
      "secret-missing",
    );
    expect(forgetSecret(kept, one, keychain.open)).toBe(true);
    expect(readFileSync(keychain.store, "utf8")).toBe("{}");
    // The remembered answer is dropped.
    expect(failureOf(() => resolveSecret(kept, one, null, keychain.open)).code).toBe(
      "secret-missing",
    );
  });

  test.each<[string, string, () => Keychain | null]>([
    ["is not installed", "secret-missing", () => null],
    ["fails", "keychain-failed", () => openKeychain(addonThat('throw new Error("no session")'))],
    [
      "does not store it",
      "secret-missing",
      () =>
        openKeychain(
          addonThat("exports.Entry = class { setPassword() {} getPassword() { return null; } };"),
        ),
    ],
  ])("is put in a file with mode 0600 when the keychain %s", (_, code, keychain) => {
    const [kept, one] = [folder(), inKeychain()];
    const place = putSecret(kept, one, "lin_5f2c", keychain);
    expect(place.in).toBe("file");
    expect(statSync(place.in === "file" ? place.file : "").mode & 0o777).toBe(0o600);
    expect(resolveSecret(kept, one, null, keychain)).toBe("lin_5f2c");
    forgetSecret(kept, one, keychain);
    expect(failureOf(() => resolveSecret(kept, one, null, keychain)).code).toBe(code);
  });

  test("may remain when the keychain fails, unless it was in a file", () => {
    const [kept, one] = [folder(), inKeychain()];
    const failing = (): Keychain => openKeychain(addonThat('throw new Error("no session")'));
    expect(forgetSecret(kept, one, failing)).toBe(false);
    putSecret(kept, one, "lin_5f2c", failing);
    expect(forgetSecret(kept, one, failing)).toBe(true);
    expect(forgetSecret(kept, use, failing)).toBe(true);
  });

  test("is an error after 5 s when a person leaves the keychain locked", () => {
    const one = inKeychain();
    const locked = () =>
      openKeychain(addonThat("Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)"));
    const started = performance.now();
    expect(failureOf(() => resolveSecret(folder(), one, null, locked))).toMatchObject({
      code: "keychain-failed",
      message: "linear: cannot read its secret. This machine's keychain did not respond.",
    });
    // The failure is remembered too.
    expect(failureOf(() => resolveSecret(folder(), one, null, locked)).code).toBe(
      "keychain-failed",
    );
    expect(performance.now() - started).toBeLessThan(9900);
  });
});

describe("a secret that a person enters", () => {
  test("is found without the variable, and is put into its file", () => {
    const kept = folder();
    putSecret(kept, use, "lin_5f2c");
    expect(resolveSecret(kept, use, null)).toBe("lin_5f2c");
    const file = join(temporaryFolder(), "token");
    const inFile = { ...use, reference: `\${file:${file}}` };
    putSecret(kept, inFile, "lin_5f2c");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(resolveSecret(kept, inFile, null)).toBe("lin_5f2c");
    chmodSync(file, 0o644);
    expect(failureOf(() => putSecret(kept, inFile, "other")).code).toBe("secret-unsafe");
    expect(readFileSync(file, "utf8")).toBe("lin_5f2c\n");
  });
});
