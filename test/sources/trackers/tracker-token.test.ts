// Tokens that gh and glab keep: which program is run, with what, and where its token goes.

import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { issueText } from "../../../src/core/read.ts";
import { SourceConfig } from "../../../src/config/source-config.ts";
import {
  programToken,
  parseTokenProgram,
  findTokenPrograms,
} from "../../../src/sources/tracker-token.ts";
import { temporaryFolder } from "../../support/temporary.ts";
import { project, sourceAt, startTracker, token } from "../../support/trackers.ts";
import { signal } from "../../support/recorded-responses.ts";

/** A folder with a program that writes its arguments and its environment beside itself. */
function folderWith(name: string, body = `echo ${token}`): string {
  const folder = temporaryFolder();
  const file = join(folder, name);
  writeFileSync(
    file,
    `#!/bin/sh\nprintf '%s\\n' "$@" > "${folder}/args"\n/usr/bin/env > "${folder}/env"\n${body}\n`,
  );
  chmodSync(file, 0o755);
  return folder;
}

const place = (env: Record<string, string>, inProject = "/work/shop") => ({
  source: "github",
  folder: temporaryFolder(),
  env,
  project: inProject,
});
const gh = { program: "gh", host: "github.com" } as const;

test("gh is asked for the token of one host, and its environment has no variable with a token", async () => {
  const folder = folderWith("gh");
  const env = {
    PATH: folder,
    HOME: "/home/ada",
    GH_TOKEN: "other",
    GITHUB_TOKEN: "other",
    GH_CONFIG_DIR: "/etc/gh",
  };
  expect(await programToken(gh, place(env), false)).toBe(token);
  expect(readFileSync(join(folder, "args"), "utf8").split("\n")).toEqual([
    "auth",
    "token",
    "--hostname",
    "github.com",
    "",
  ]);
  const seen = readFileSync(join(folder, "env"), "utf8");
  expect(seen).not.toContain("other");
  expect(seen).toContain("HOME=/home/ada");
  expect(seen).toContain("GH_CONFIG_DIR=/etc/gh");
});

test("glab is asked with its own options", async () => {
  const folder = folderWith("glab");
  await programToken(
    { program: "glab", host: "gitlab.acme.example" },
    place({ PATH: folder }),
    false,
  );
  expect(readFileSync(join(folder, "args"), "utf8").split("\n").slice(0, 5)).toEqual([
    "config",
    "get",
    "token",
    "--host",
    "gitlab.acme.example",
  ]);
});

test("the token is cached, and requested again after a refusal", async () => {
  const folder = folderWith(
    "gh",
    `n=$(cat "$(dirname "$0")/n" 2>/dev/null); echo "x$n" > "$(dirname "$0")/n"; echo "tok$n"`,
  );
  const around = place({ PATH: `${folder}:/usr/bin:/bin` });
  const ask = (isAfterRefusal: boolean) => programToken(gh, around, isAfterRefusal);
  expect([await ask(false), await ask(false), await ask(true)]).toEqual(["tok", "tok", "tokx"]);
});

test.each([
  ["has no token", "exit 1"],
  ["has no token", "echo"],
  ["has no token", "echo 'two words'"],
])(
  "a program that %s is reported as a missing secret, with the way to sign in: %s",
  async (what, body) => {
    const env = { PATH: folderWith("gh", body) };
    await expect(programToken(gh, place(env), false)).rejects.toMatchObject({
      code: "secret-missing",
      message: expect.stringContaining(what) as string,
      hint: expect.stringContaining("gh auth login --hostname github.com") as string,
    });
  },
);

test("a program that does not answer is killed after 5 s", async () => {
  const env = { PATH: `${folderWith("gh", "exec sleep 30")}:/usr/bin:/bin` };
  await expect(programToken(gh, place(env), false)).rejects.toMatchObject({
    code: "secret-missing",
    message: "github: gh did not answer within 5000 ms.",
  });
}, 15_000);

test("a program in the repository is not run, whatever the PATH says", async () => {
  const repository = temporaryFolder();
  const bin = join(repository, "bin");
  mkdirSync(bin);
  writeFileSync(join(bin, "gh"), `#!/bin/sh\ntouch ${repository}/ran\necho ${token}\n`);
  chmodSync(join(bin, "gh"), 0o755);
  for (const path of [bin, "bin", "."]) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await expect(programToken(gh, place({ PATH: path }, repository), false)).rejects.toMatchObject({
      code: "secret-missing",
    });
  }
  expect(existsSync(join(repository, "ran"))).toBe(false);
  expect(findTokenPrograms(bin, repository)).toEqual([]);
  expect(findTokenPrograms(bin, "/elsewhere")).toEqual(["gh"]);
});

describe("the token of a tracker's program", () => {
  test("is sent to its host, as a bearer token", async () => {
    const fake = await startTracker("github", 1);
    const { hostname } = new URL(fake.origin);
    const auth = { type: "bearer", secret: `\${gh:${hostname}}` };
    const more = { preset: "github", with: { repository: "o/r" }, auth };
    const source = sourceAt(fake.origin, more, { PATH: folderWith("gh") });
    expect((await source.listOpen(project, signal)).tasks).toHaveLength(1);
    expect(fake.asked[0]?.headers.authorization).toBe(`Bearer ${token}`);
  });

  test.each([
    ["https://api.github.com", "${gh:github.com}", null],
    ["https://github.acme.example/api/v3", "${gh:github.acme.example}", null],
    [
      "https://evil.example",
      "${gh:github.com}",
      "auth.secret: the token of github.com is not sent to evil.example",
    ],
    [
      "https://api.github.com.evil.example",
      "${gh:github.com}",
      "auth.secret: the token of github.com is not sent to",
    ],
    ["https://gitlab.com/api/v4", "${gh:GitLab.com; rm}", "auth.secret: must be a reference"],
  ])("for %s as %s is checked against the host", (url, secret, mistake) => {
    const found = SourceConfig.safeParse({
      name: "x",
      type: "json",
      preset: "github",
      url,
      auth: { type: "bearer", secret },
    });
    expect(found.success ? "valid" : issueText(found.error)).toContain(mistake ?? "valid");
  });

  test("can be requested only by a sign-in", () => {
    const source = {
      name: "x",
      type: "mcp",
      command: "x",
      preset: "github",
      env: { GITHUB_TOKEN: "${gh:github.com}" },
    };
    expect(SourceConfig.safeParse(source).success).toBe(false);
    expect(parseTokenProgram("${env:GITHUB_TOKEN}")).toBeNull();
  });
});
