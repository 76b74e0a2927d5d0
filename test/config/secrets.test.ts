import { chmodSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { forgetSecret, resolveSecret } from "../../src/config/secrets.ts";
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
  test("is found by whoever reads no environment, once a command has kept it", () => {
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

  test("is not found for another origin when its record is put in that one's place", () => {
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

  test("is replaced when the variable has another", () => {
    const kept = folder();
    resolveSecret(kept, use, env);
    resolveSecret(kept, use, { LINEAR_TOKEN: "new" });
    expect(resolveSecret(kept, use, null)).toBe("new");
  });

  test("is kept where nobody else can read it, and not used when somebody can", () => {
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

  test("is its text without white space around it", () => {
    expect(resolveSecret(folder(), inFile(0o600), null)).toBe("lin_5f2c");
  });

  test("is not used when others can read it, or when there is none", () => {
    expect(failureOf(() => resolveSecret(folder(), inFile(0o644), null)).code).toBe(
      "secret-unsafe",
    );
    expect(failureOf(() => resolveSecret(folder(), inFile(0o600, " "), null)).code).toBe(
      "secret-missing",
    );
  });
});
