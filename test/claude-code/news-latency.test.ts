// The real client, 2.1.329: what others do is in the next tool call that is made two seconds later at most. Twenty tries
// each, with the settings that everybody has.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { prepareInstallation, type TestInstallation } from "../support/installation.ts";
import { bash, runClaude } from "./claude.ts";
import { eventually } from "../support/waiting.ts";
import { countIn, textsOf } from "./fake-messages-api.ts";
import type { Reply } from "./fake-messages-api.ts";

const tries = 20;
/** How long after it something is told at the next call. */
const limitMs = 2000;
const done = { text: "done" };

function installAsEverybody(): TestInstallation {
  const installation = prepareInstallation();
  writeFileSync(join(installation.sitrepHome, "config.json"), "{}");
  installation.ok("install", "--yes");
  return installation;
}

const write = (folder: string, name: string): Reply => ({
  calls: [{ tool: "Write", input: { file_path: join(folder, name), content: "x\n" } }],
});

/** Doors that one session opens and the other waits at. */
function doors(): { open: (name: string) => void; wait: (name: string) => Promise<void> } {
  const open = new Set<string>();
  return {
    open: (name) => void open.add(name),
    wait: (name) => eventually(() => expect(open).toContain(name), 5),
  };
}

describe("another session's edit of a file", () => {
  /** One session writes file after file, and the other the same one as soon as that is done. */
  function collide(installation: TestInstallation, folder: string, others: string) {
    const { open, wait } = doors();
    const first = runClaude(installation, {
      cwd: folder,
      script: async (_, index) => {
        open(`written ${index - 1}`);
        await wait(`answered ${index - 1}`);
        return index <= tries ? write(folder, `file-${index}.txt`) : done;
      },
    });
    const second = wait("written 0").then(() =>
      runClaude(installation, {
        cwd: others,
        script: async (_, index) => {
          open(`answered ${index - 1}`);
          if (index > tries) return done;
          await wait(`written ${index}`);
          return write(others, `file-${index}.txt`);
        },
      }),
    );
    return Promise.all([first, second]);
  }

  test.for([
    ["in the same working tree", "this worktree"],
    ["in another worktree", '"/[^"]*/shop-api" \\(main\\)'],
  ] as const)("%s is reported once, at the next call on that file", async ([where, place]) => {
    const installation = installAsEverybody();
    const { folder, git } = installation.project;
    const other = where === "in another worktree" ? join(installation.home, "other") : folder;
    if (other !== folder) git("worktree", "add", "-q", "-b", "other", other);
    const [first, second] = await collide(installation, folder, other);
    for (const [index, request] of second.requests.entries())
      expect(countIn(request, "was edited")).toBe(index);
    expect(second.requests).toHaveLength(tries + 1);
    const line = new RegExp(`"file-20.txt" was edited \\d s ago by another session in ${place}\\.`);
    expect(textsOf(second.requests.at(-1))).toMatch(line);
    expect(textsOf(first.requests.at(-1))).not.toContain("was edited");
  });

  test("is reported even if it was made before the session began", async () => {
    const installation = installAsEverybody();
    const { folder } = installation.project;
    const { open, wait } = doors();
    const [, second] = await Promise.all([
      runClaude(installation, {
        script: async (_, index) => {
          if (index === 1) return write(folder, "early.txt");
          open("written");
          await wait("answered");
          return done;
        },
      }),
      wait("written").then(() =>
        runClaude(installation, {
          script: (_, index) => {
            if (index === 1) return write(folder, "early.txt");
            open("answered");
            return done;
          },
        }),
      ),
    ]);
    const line =
      /"early.txt" was changed \d s ago but not committed in this worktree, where another/;
    expect(textsOf(second.requests[1])).toMatch(line);
  });
});

const words = "The working tree is on ";

describe("a switched branch", () => {
  /** Acts before each of the calls but the first, and makes the call two seconds later. */
  function callAfter(installation: TestInstallation, act: (index: number) => void) {
    return runClaude(installation, {
      script: async (_, index) => {
        if (index > tries + 1) return done;
        if (index > 1) {
          act(index - 1);
          await sleep(limitMs);
        }
        return bash(`echo call ${index}`);
      },
    });
  }

  test("is reported at the next call after two seconds, as is an urgent task", async () => {
    const installation = installAsEverybody();
    const { git } = installation.project;
    const urgent = (index: number): string => `Server ${index} is on fire`;
    const session = await callAfter(installation, (index) => {
      git("switch", "-q", "-c", `branch-${index}`);
      installation.ok("task", "add", urgent(index), "--priority", "urgent");
    });
    for (let index = 1; index <= tries; index += 1) {
      const request = session.requests[index + 1];
      expect(countIn(request, `${words}branch-${index} now`)).toBe(1);
      expect(countIn(request, `"${urgent(index)}"`)).toBe(1);
    }
    expect(session.requests).toHaveLength(tries + 2);
  });

  test("is not reported to the session that switched it or committed", async () => {
    const installation = installAsEverybody();
    const { project } = installation;
    const name = "-c user.name=a -c user.email=a@b";
    const calls = (index: number): string =>
      index % 2 === 0
        ? `git switch -q -c own-${index}`
        : `git ${name} commit -q --allow-empty -m own-${index}`;
    const session = await runClaude(installation, {
      script: async (_, index) => {
        if (index > 2 * tries) return done;
        // As long as a model takes, so that the monitor reads what was done.
        await sleep(limitMs / 4);
        return bash(calls(index));
      },
    });
    expect(project.git("branch", "--list", "own-*").trim().split("\n")).toHaveLength(tries);
    expect(textsOf(session.requests.at(-1))).not.toContain(words);
    expect(countIn(session.requests.at(-1), "hook additional context: Sitrep, ")).toBe(0);
  });
});
