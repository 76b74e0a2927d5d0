// The real client's own git snapshot, and what `sitrep cost` says that it costs.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Tiktoken } from "js-tiktoken/lite";
import o200k from "js-tiktoken/ranks/o200k_base";
import { describe, expect, test } from "vitest";
import { type TestInstallation } from "../support/installation.ts";
import { install } from "../support/installed.ts";
import type { MessagesRequest } from "./fake-messages-api.ts";
import { runClaude } from "./claude.ts";

const encoding = new Tiktoken(o200k);
const tokensOf = (text: string): number => encoding.encode(text, [], []).length;

const snapshotIn = ({ messages }: MessagesRequest): string | undefined =>
  messages
    .flatMap(({ content }) => (Array.isArray(content) ? (content as { text?: string }[]) : []))
    .map(({ text = "" }) => text)
    .find((text) => text.includes("# gitStatus"));

/** Every text in it that the setting could concern. */
const textOf = ({ messages, tools = [] }: MessagesRequest): string =>
  JSON.stringify([messages.filter(({ role }) => role === "user"), tools]);

const costOf = ({ ok }: TestInstallation) =>
  JSON.parse(ok("cost", "--json")) as {
    client: { gitSnapshot: boolean; snapshotTokens: number; instructionTokens: number };
  };

async function firstRequest(installation: TestInstallation): Promise<MessagesRequest> {
  const { requests } = await runClaude(installation, { script: () => ({ text: "done" }) });
  return requests[0] ?? { messages: [] };
}

describe("what the client spends on git itself", () => {
  test.each([
    ["a clean working tree", 0],
    ["twelve new files", 12],
    ["more than it lists whole", 200],
  ])("is what cost says, within a tenth: %s", async (_, files) => {
    const installation = await install({ monitor: false });
    const { project } = installation;
    for (const at of [1, 2, 3, 4, 5, 6]) {
      project.commit(`f${at}.txt`, "x\n", `Change number ${at} of the shop`);
    }
    for (let at = 0; at < files; at += 1) {
      writeFileSync(join(project.folder, `a new file, number ${at}.txt`), "x");
    }
    const snapshot = snapshotIn(await firstRequest(installation)) ?? "";
    const { client } = costOf(installation);
    expect(Math.abs(client.snapshotTokens / tokensOf(snapshot) - 1)).toBeLessThanOrEqual(0.1);
  });

  test("goes with the setting that is offered, its instructions too", async () => {
    const installation = await install({ monitor: false });
    const before = await firstRequest(installation);
    mkdirSync(join(installation.project.folder, ".claude"), { recursive: true });
    const file = join(installation.project.folder, ".claude/settings.json");
    writeFileSync(file, '{"includeGitInstructions": false}');
    const after = await firstRequest(installation);
    expect(snapshotIn(after)).toBeUndefined();
    const { client } = costOf(installation);
    expect(client.gitSnapshot).toBe(false);
    const saved = tokensOf(textOf(before)) - tokensOf(textOf(after));
    const rest = saved - tokensOf(snapshotIn(before) ?? "");
    expect(Math.abs(client.instructionTokens / rest - 1)).toBeLessThanOrEqual(0.15);
    expect(installation.ok("cost")).toContain("git snapshot is switched off here");
  });
});
