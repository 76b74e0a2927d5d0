import { describe, expect, test } from "vitest";
import { SourceConfig } from "../../../src/config/source-config.ts";
import { parseRemote, readRemotes, findRepositoryOn } from "../../../src/git/remote.ts";
import { jsonPresets } from "../../../src/sources/presets/json/json-presets.ts";
import { findTrackers, trackerSource } from "../../../src/sources/trackers.ts";
import { temporaryRepository } from "../../support/repository.ts";

const around = (env: Record<string, string> = {}, programs: string[] = []) => ({ env, programs });
const origin = (url: string) => [{ name: "origin", url }];

describe("the address of a remote", () => {
  test.each([
    ["git@github.com:o/r.git", { host: "github.com", path: "o/r" }],
    ["github.com:o/r", { host: "github.com", path: "o/r" }],
    ["https://user:pass@GitHub.com/o/r.git/", { host: "github.com", path: "o/r" }],
    [
      "ssh://git@gitlab.acme.example:2222/group/sub/p.git",
      { host: "gitlab.acme.example", path: "group/sub/p" },
    ],
    ["/srv/git/r.git", null],
    ["../r", null],
    ["file:///srv/o/r", null],
    ["https://github.com/o", null],
    ["https://github.com/../r", null],
    ["https://github.com/o/r?x", null],
    ["git@github.com:o/r\u001b[2J", null],
  ])("is parsed: %s", (url, place) => {
    expect(parseRemote(url)).toEqual(place);
  });

  test("is read for all remotes, and a fork takes its issues from upstream", () => {
    const { folder: path, git } = temporaryRepository();
    git("remote", "add", "origin", "git@github.com:ada/r.git");
    git("remote", "add", "upstream", "https://github.com/o/r.git");
    git("remote", "add", "mirror", "git@gitlab.com:ada/m.git");
    expect(readRemotes(path)).toEqual([
      { name: "origin", url: "git@github.com:ada/r.git" },
      { name: "upstream", url: "https://github.com/o/r.git" },
      { name: "mirror", url: "git@gitlab.com:ada/m.git" },
    ]);
    expect([findRepositoryOn(path, "github.com"), findRepositoryOn(path, "gitlab.com")]).toEqual([
      "o/r",
      "ada/m",
    ]);
    expect(findRepositoryOn(path, "codeberg.org")).toBeNull();
  });
});

describe("the trackers of remotes", () => {
  test.each([
    ["git@github.com:o/r.git", "github", "https://api.github.com", false],
    ["git@github.acme.example:o/r.git", "github", "https://github.acme.example/api/v3", true],
    ["https://gitlab.com/g/s/p.git", "gitlab", "https://gitlab.com/api/v4", false],
    ["https://gitlab.acme.example/g/p", "gitlab", "https://gitlab.acme.example/api/v4", true],
    ["https://codeberg.org/o/r", "gitea", "https://codeberg.org/api/v1", false],
    ["https://forgejo.acme.example/o/r", "gitea", "https://forgejo.acme.example/api/v1", true],
  ])("with %s: the tracker is %s", (url, preset, api, isGuessed) => {
    expect(findTrackers(origin(url), around())).toMatchObject([
      { preset, url: api, isGuessed, tokenWays: [] },
    ]);
  });

  test("have no entry for an unknown host", () => {
    expect(findTrackers(origin("git@git.acme.example:o/r.git"), around())).toEqual([]);
  });

  test("list upstream before origin, and each repository once", () => {
    const remotes = [
      ...origin("git@github.com:ada/r.git"),
      { name: "upstream", url: "git@github.com:o/r.git" },
      { name: "again", url: "https://github.com/o/r" },
    ];
    expect(findTrackers(remotes, around()).map(({ repository }) => repository)).toEqual([
      "o/r",
      "ada/r",
    ]);
  });

  test("offer a variable's token only to the host that the variable belongs to", () => {
    const env = { GITHUB_TOKEN: "x", GITLAB_TOKEN: "x" };
    const far = around(env, ["gh"]);
    expect(findTrackers(origin("git@github.com:o/r"), far)[0]?.tokenWays).toEqual([
      { kind: "env", variable: "GITHUB_TOKEN" },
      { kind: "program", program: "gh", host: "github.com" },
    ]);
    expect(findTrackers(origin("git@github.evil.example:o/r"), far)[0]?.tokenWays).toEqual([
      { kind: "program", program: "gh", host: "github.evil.example" },
    ]);
    expect(findTrackers(origin("git@gitlab.evil.example:o/r"), far)[0]?.tokenWays).toEqual([]);
  });

  test("include Linear or Todoist by their keys, without a repository", () => {
    const found = findTrackers([], around({ LINEAR_API_KEY: "x", TODOIST_API_TOKEN: "x" }));
    expect(found).toMatchObject([
      { preset: "linear", repository: null, remote: null },
      { preset: "todoist", repository: null },
    ]);
  });

  test("are valid sources for this project only, with each of their ways to sign in", () => {
    const remotes = [
      ...origin("git@github.com:o/r"),
      { name: "two", url: "https://gitlab.acme.example/g/p" },
      { name: "three", url: "https://codeberg.org/o/r" },
    ];
    const env = { GITHUB_TOKEN: "x", CODEBERG_TOKEN: "x", LINEAR_API_KEY: "x", TODOIST_TOKEN: "x" };
    const found = findTrackers(remotes, around(env, ["gh", "glab"]));
    const made = found.flatMap((tracker) =>
      [null, ...tracker.tokenWays].map((way) =>
        SourceConfig.parse(trackerSource(tracker, way, "/work/shop")),
      ),
    );
    expect(made.map(({ name, auth }) => `${name} ${auth?.secret ?? ""}`)).toEqual(
      [
        "github ",
        "github ${env:GITHUB_TOKEN}",
        "github ${gh:github.com}",
        "gitea ",
        "gitea ${env:CODEBERG_TOKEN}",
        "gitlab ",
        "gitlab ${glab:gitlab.acme.example}",
        "linear ",
        "linear ${env:LINEAR_API_KEY}",
        "todoist ",
        "todoist ${env:TODOIST_TOKEN}",
      ].toSorted((one, other) => order(one) - order(other)),
    );
    expect(made.every(({ projects }) => projects?.[0] === "/work/shop")).toBe(true);
  });
});

const order = (text: string): number =>
  ["github", "gitlab", "gitea", "linear", "todoist"].indexOf(text.split(" ")[0] ?? "");

test("every tracker that discovery finds has a preset", () => {
  const names = jsonPresets.map(({ name }) => name);
  expect(names).toEqual(["github", "gitlab", "gitea", "linear", "jira", "todoist"]);
});
