// The real client, 2.1.329: news during the session, once to each session, by every entry that is installed.

import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openCacheForReading } from "../../src/state/cache/cache-file.ts";
import { readSession } from "../../src/state/cache/sessions.ts";
import { readDeliveries } from "../../src/state/cache/deliveries.ts";
import { prepareInstallation } from "../support/installation.ts";
import { install } from "../support/installed.ts";
import type { TestInstallation } from "../support/installation.ts";
import { bash, runClaude } from "./claude.ts";
import type { Session } from "./claude.ts";
import { countIn, textsOf } from "./fake-messages-api.ts";
import type { MessagesRequest } from "./fake-messages-api.ts";

const done = { text: "done" };
const fire = "Server on fire";
const added = "hook additional context";

const last = ({ requests }: Session): MessagesRequest | undefined => requests.at(-1);

/** Waits until that many pending news with a text are laid out. */
async function sheetsOut(
  installation: TestInstallation,
  ending: string,
  needle: string,
  count = 1,
): Promise<void> {
  const waiting = (): string[] =>
    readdirSync(installation.live).filter((name) => {
      if (!name.endsWith(ending)) return false;
      try {
        return readFileSync(join(installation.live, name), "utf8").includes(needle);
      } catch {
        return false;
      }
    });
  await expect.poll(() => waiting().length, { timeout: 20_000 }).toBe(count);
}

function cacheOf<T>(
  installation: TestInstallation,
  read: (db: ReturnType<typeof openCacheForReading>) => T,
): T {
  const db = openCacheForReading(join(installation.state, "cache.db"), 1000);
  try {
    return read(db);
  } finally {
    db.close();
  }
}

/** The n-th call is made when every one of `count` sessions has come to it. */
function meeting(count: number, act: () => Promise<void>): () => Promise<void> {
  let arrived = 0;
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return async () => {
    arrived += 1;
    if (arrived === count) {
      await act();
      open();
    }
    await opened;
  };
}

describe("quiet tool calls", () => {
  test("add no text over thirty calls", async () => {
    const session = await runClaude(await install(), {
      script: (_, index) => (index <= 30 ? bash(`echo call ${index}`) : done),
    });
    expect(session.requests).toHaveLength(31);
    expect(countIn(last(session), `PreToolUse:Bash ${added}`)).toBe(0);
    expect(textsOf(last(session)).split("Sitrep").length - 1).toBe(1);
  });
});

describe("two sessions at once", () => {
  test("each get the news of an urgent task once, in the request after the same call", async () => {
    const installation = await install();
    const meet = meeting(2, async () => {
      installation.ok("task", "add", fire, "--priority", "urgent");
      await sheetsOut(installation, ".news", fire, 2);
    });
    const script = async (_: MessagesRequest, index: number) => {
      if (index === 8) await meet();
      return index <= 16 ? bash(`echo call ${index}`) : done;
    };
    const sessions = await Promise.all([
      runClaude(installation, { script }),
      runClaude(installation, { script }),
    ]);
    for (const session of sessions) {
      const first = session.requests.findIndex((request) => countIn(request, fire) > 0) + 1;
      expect(first).toBe(9);
      expect(countIn(last(session), fire)).toBe(1);
      expect(countIn(last(session), "Another session is in this worktree")).toBe(1);
    }
  });
});

describe("an optional hook", () => {
  test("delivers news with a prompt, without a tool call", async () => {
    const installation = await install();
    installation.ok("install", "--yes", "--prompts");
    const session = await runClaude(installation, {
      prompts: ["hello", "again", "once more"],
      script: async (_, index) => {
        if (index === 1) {
          installation.ok("task", "add", fire, "--priority", "urgent");
          await sheetsOut(installation, ".news", fire);
        }
        return done;
      },
    });
    expect(countIn(session.requests[1], fire)).toBe(1);
    expect(countIn(last(session), fire)).toBe(1);
    expect(textsOf(last(session))).toContain(`UserPromptSubmit ${added}: Sitrep, `);
  });

  test("gives a subagent three lines of its own", async () => {
    const installation = await install();
    installation.ok("task", "add", "Add OIDC login", "--priority", "high");
    const session = await runClaude(installation, {
      args: ["--allowedTools=Agent,Task"],
      script: (request, index) => {
        if (index !== 1) return done;
        const names = (request.tools ?? []) as { name?: string }[];
        const tool = names.some((one) => one.name === "Agent") ? "Agent" : "Task";
        const input = {
          description: "Look around",
          prompt: "Look around.",
          subagent_type: "general-purpose",
        };
        return { calls: [{ tool, input }] };
      },
    });
    const own = session.requests.find((request) => countIn(request, `SubagentStart ${added}`) > 0);
    expect(textsOf(own)).toMatch(
      /SubagentStart hook additional context: Sitrep\..*\nThe session's next task: TASK-001 high: .*\nGit: /,
    );
  });

  test("records the end of a session, and its texts are kept", async () => {
    const installation = await install();
    const session = await runClaude(installation, { script: () => done });
    const { sessionId } = session;
    await expect
      .poll(() => cacheOf(installation, (db) => readSession(db, sessionId)?.endedAt ?? null), {
        timeout: 10_000,
      })
      .not.toBeNull();
    const [delivered] = cacheOf(installation, (db) => readDeliveries(db, sessionId, 10));
    expect(textsOf(session.requests[0])).toContain(delivered?.text ?? "(not kept)");
    expect(installation.ok("last", "--session", sessionId)).toContain(
      delivered?.text ?? "(not kept)",
    );
  });

  test("prints one output if two settings files name it", async () => {
    const installation = await install();
    const settings = readFileSync(installation.settingsFile, "utf8");
    const twice = settings.replaceAll(/ 2>\/dev\/null \|\| :"/g, ' 2>/dev/null || : # again"');
    expect(twice).not.toBe(settings);
    writeFileSync(join(installation.project.folder, ".claude/settings.json"), twice);
    const session = await runClaude(installation, { script: () => done });
    expect(countIn(session.requests[0], "Sitrep ")).toBe(1);
  });
});

describe("a guard that a person switched on", () => {
  test("makes Claude Code ask, and without a confirmation the commit is not made", async () => {
    const installation = prepareInstallation();
    const config = { refresh: { heartbeatSeconds: 0.3 }, guards: { commit: true } };
    writeFileSync(join(installation.sitrepHome, "config.json"), JSON.stringify(config));
    installation.ok("install", "--yes");
    const commit = "git -c user.name=a -c user.email=a@b commit --allow-empty -m x";
    const session = await runClaude(installation, {
      script: (_, index) => (index === 1 ? bash(commit) : done),
    });
    expect(installation.project.git("rev-list", "--count", "HEAD").trim()).toBe("1");
    expect(textsOf(last(session))).not.toContain("hook error");
    expect(session.debug + textsOf(last(session))).toContain("the protected branch main");
  });

  test("allows a commit on another branch", async () => {
    const installation = prepareInstallation();
    const config = { refresh: { heartbeatSeconds: 0.3 }, guards: { commit: true } };
    writeFileSync(join(installation.sitrepHome, "config.json"), JSON.stringify(config));
    installation.ok("install", "--yes");
    installation.project.git("checkout", "-q", "-b", "login");
    const commit = "git -c user.name=a -c user.email=a@b commit --allow-empty -m x";
    await runClaude(installation, {
      script: (_, index) => (index === 1 ? bash(commit) : done),
    });
    expect(installation.project.git("rev-list", "--count", "HEAD").trim()).toBe("2");
  });
});
