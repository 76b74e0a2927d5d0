// The real client, 2.1.329: what Sitrep adds stands at the end of a request and is never changed again, so that the
// prompt cache of everything before it holds. Of its own the client moves one mark, `cache_control`, which says how far
// to cache, from the last message of a request to that of the next; nothing else differs.

import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type TestInstallation } from "../support/installation.ts";
import { install } from "../support/installed.ts";
import { eventually } from "../support/waiting.ts";
import { bash, runClaude } from "./claude.ts";
import { countIn, textsOf } from "./fake-messages-api.ts";
import type { MessagesRequest, Reply } from "./fake-messages-api.ts";

const models = ["claude-opus-4-5", "claude-sonnet-4-5", "claude-haiku-4-5"] as const;
const done = { text: "done" };
const added = "hook additional context: ";

const write = (installation: TestInstallation, name: string): Reply => ({
  calls: [
    { tool: "Write", input: { file_path: join(installation.project.folder, name), content: "x" } },
  ],
});

/** Waits until there is such news for both sessions. */
const sheetsAreOut = (
  installation: TestInstallation,
  ending: string,
  needle: string,
): Promise<void> =>
  eventually(() => {
    const sheets = readdirSync(installation.live).filter((name) => name.endsWith(ending));
    const texts = sheets.map((name) => readFileSync(join(installation.live, name), "utf8"));
    expect(texts.filter((text) => text.includes(needle))).toHaveLength(2);
  });

function door(): { open: () => void; opened: Promise<void> } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open, opened };
}

/** A session of six requests: a brief, then news, a changed repository and another session's edit, each at a call. */
async function sixRequests(installation: TestInstallation, args: string[]) {
  const [third, written, answered] = [door(), door(), door()];
  const other = runClaude(installation, {
    script: async (_, index) => {
      if (index === 1) {
        await third.opened;
        return write(installation, "shared.ts");
      }
      written.open();
      await answered.opened;
      return done;
    },
  });
  const script = async (_: MessagesRequest, index: number): Promise<Reply> => {
    if (index === 1) {
      installation.ok("task", "add", "Server on fire", "--priority", "urgent");
      await sheetsAreOut(installation, ".news", "Server on fire");
      return bash("echo one");
    }
    if (index === 2) {
      installation.project.write("new.txt", "x");
      await sheetsAreOut(installation, ".git", "untracked");
      return bash("git log --oneline");
    }
    if (index === 3) {
      third.open();
      await written.opened;
      const file_path = join(installation.project.folder, "shared.ts");
      return { calls: [{ tool: "Read", input: { file_path } }] };
    }
    if (index === 4) return write(installation, "shared.ts");
    answered.open();
    return done;
  };
  const session = await runClaude(installation, { args, prompts: ["hello", "again"], script });
  await other;
  return session;
}

const without = (value: unknown, key: string): unknown =>
  JSON.parse(JSON.stringify(value, (name, item: unknown) => (name === key ? undefined : item)));

/** The messages as they are sent but for the mark, and but for the bracket that ends the list. */
const bytesOf = ({ messages }: MessagesRequest): string =>
  JSON.stringify(without(messages, "cache_control")).slice(0, -1);

/** The messages that hold the mark, counted from the end: 1 is the last. */
const marked = ({ messages }: MessagesRequest): number[] =>
  messages.flatMap((message, index) =>
    JSON.stringify(message).includes('"cache_control"') ? [messages.length - index] : [],
  );

const addedIn = (messages: MessagesRequest["messages"]): number => countIn({ messages }, added);

describe("the start of a conversation", () => {
  test.for(models)(
    "stays the same byte for byte over six requests and a resume: %s",
    async (model) => {
      const installation = await install();
      installation.ok("task", "add", "Add OIDC login", "--priority", "high");
      const args = ["--model", model];
      const session = await sixRequests(installation, args);
      installation.ok("task", "add", "Write the docs");
      const resumed = await runClaude(installation, {
        args: [...args, "--resume", session.sessionId],
        script: () => done,
      });
      expect(session.requests).toHaveLength(6);
      const requests = [...session.requests, ...resumed.requests];
      const last = textsOf(requests.at(-1));
      for (const told of [
        "Sitrep ",
        "Server on fire",
        "1 untracked",
        'shared.ts" was',
        "Write the docs",
      ])
        expect(last).toContain(told);
      for (const [index, request] of requests.entries()) {
        expect(marked(request)).toEqual([1]);
        const next = requests[index + 1];
        if (next === undefined) continue;
        expect(bytesOf(next).startsWith(bytesOf(request))).toBe(true);
        for (const part of ["model", "system", "tools"] as const)
          expect(JSON.stringify(next[part])).toBe(JSON.stringify(request[part]));
        // What is new of ours stands in what is new of the client's.
        const fresh = next.messages.slice(request.messages.length);
        expect(addedIn(next.messages)).toBe(addedIn(request.messages) + addedIn(fresh));
      }
      // The other session itself may be news at the fourth.
      const news = requests.map(({ messages }) => addedIn(messages.slice(-1)));
      expect(news.toSpliced(3, 1)).toEqual([1, 1, 1, 1, 0, 1]);
    },
  );
});
