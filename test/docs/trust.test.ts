// What SECURITY.md says of what is sent and how long things are kept is so.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { handoffKeptMs } from "../../src/core/handoff/handoff.ts";
import { keptDays, maxRows } from "../../src/state/cache/statistics.ts";
import { changesKeptMs } from "../../src/store/task-history.ts";
import { builtFolder } from "../support/built.ts";
import { read } from "./documents.ts";

/** Documentation, schemas, examples, and the servers that presets know by their addresses. */
const known = [
  "api.github.com",
  "api.linear.app",
  "api.todoist.com",
  "app.todoist.com",
  "code.claude.com",
  "docs.jsonata.org",
  "github.com",
  "gitlab.com",
  "id.acme.example",
  "id.example",
  "json-schema.org",
  "kysely.dev",
  "mcp.linear.app",
  "raw.githubusercontent.com",
  "tasks.acme.example",
  "www.apple.com",
  "www.postgresql.org",
];

test("no program contains the address of a service that it could report to, or of a model", () => {
  const hosts = readdirSync(builtFolder)
    .filter((name) => /\.c?js$/.test(name))
    .flatMap((name) => {
      const text = readFileSync(join(builtFolder, name), "utf8");
      return [...text.matchAll(/\b(?:https?|wss?):\/\/([a-z0-9-]+(?:\.[a-z0-9-]+)+)/g)];
    })
    .map(([, host = ""]) => host)
    .filter((host) => host !== "127.0.0.1");
  expect([...new Set(hosts)].filter((host) => !known.includes(host))).toEqual([]);
  expect(hosts).toContain("mcp.linear.app");
});

describe("the promises in SECURITY.md are kept:", () => {
  const page = read("SECURITY.md");
  const days = (ms: number): number => ms / 86_400_000;
  const rows = new Map<string, number>(maxRows.map(([table, , , most]) => [table, most]));

  test.each([
    ["What sessions were given, word for word", keptDays.deliveries, rows.get("deliveries")],
    ["The sessions, and what each one knows", keptDays.sessions, rows.get("sessions")],
    ["What changed in tasks", keptDays.changes, rows.get("task_changes")],
    ["The state of each working tree", keptDays.git, rows.get("git_states")],
    ["Where a session stopped", days(handoffKeptMs), 20],
    ["Changes of your own tasks", days(changesKeptMs), null],
  ])("%s", (what, kept, most) => {
    const row = page.split("\n").find((line) => line.startsWith(`| ${what}`)) ?? "";
    expect(row).toContain(`${kept} days`);
    expect(row).toContain(most?.toLocaleString("en") ?? "");
  });
});
