// A check that turns red and a review comment, from the host's API by the real monitor to the next tool call of a live session.
// The change comes right after the monitor has asked, so the wait is the longest there is.

import { expect, test, vi } from "vitest";
import { contextOf, sessionStartInput, toolInput } from "../support/installation.ts";
import { prepareSources } from "../support/source-commands.ts";
import { apis, startTracker, token } from "../support/trackers.ts";
import { eventually } from "../support/waiting.ts";

const hosts = [
  { host: "github", repository: "o/r", name: "PR #42" },
  { host: "gitlab", repository: "group/sub/p", name: "MR !42" },
  { host: "gitea", repository: "o/r", name: "PR #42" },
] as const;

async function begin({ host, repository }: (typeof hosts)[number]) {
  const [context, tracker] = [prepareSources(), await startTracker(host)];
  const { project } = context;
  project.git("switch", "-q", "-c", "feat/cart");
  project.git("remote", "add", "origin", `${tracker.origin}/${repository}.git`);
  const head = project.git("rev-parse", "HEAD").trim();
  project.git("update-ref", "refs/remotes/origin/feat/cart", head);
  project.git("config", "branch.feat/cart.remote", "origin");
  project.git("config", "branch.feat/cart.merge", "refs/heads/feat/cart");
  const pull = { number: 42, branch: "feat/cart", head };
  tracker.pulls = [{ ...pull, checks: [{ name: "lint", result: "SUCCESS" }] }];
  const add = ["source", "add", host, "--api", host, "--url", tracker.origin + apis[host].base];
  const set = ["--with", `repository=${repository}`, "--token-env", "T"];
  await context.good([...add, ...set], { T: token });
  await context.good(["install", "--yes"]);
  return { context, tracker, pull };
}

async function measure(which: (typeof hosts)[number]): Promise<string> {
  const { host, name } = which;
  const { context, tracker, pull } = await begin(which);
  const { sessionStart, preToolUse } = context.commands();
  const env = { CLAUDE_CODE_SESSION_ID: "session-1", PWD: context.project.folder };
  const call = async (): Promise<string> =>
    contextOf(await context.hook(preToolUse, toolInput(context), env)) ?? "";
  await context.hook(sessionStart, sessionStartInput(context), env);
  const line = async (): Promise<string> => await context.good([]);
  await eventually(async () => {
    expect(await line()).toMatch(new RegExp(`Review +${name}: 1 check passed; `));
  }, 200);
  await call();
  const changedAt = performance.now();
  const asked = tracker.asked.length;
  const comments = [{ id: "c1", author: "jun", text: "Round up", at: new Date().toISOString() }];
  tracker.pulls = [
    { ...pull, checks: [{ name: "lint", result: "FAILURE" }], threads: [{ comments }] },
  ];
  let [askedAt, text] = [Number.NaN, ""];
  const tell = async (): Promise<void> => {
    if (Number.isNaN(askedAt) && tracker.asked.length > asked) askedAt = performance.now();
    text = await call();
    expect(text).toContain(name);
  };
  await vi.waitFor(tell, { timeout: 90_000, interval: 500 });
  const toldAt = performance.now();
  expect(text).toContain(`${name}: lint failed.`);
  expect(text).toContain(`${name}: jun commented on "src/cart.ts": "Round up"`);
  expect(await line()).toContain(`${name}: lint failed, 1 unresolved comment; `);
  expect(await context.good(["statusline"])).toContain(` · ${name} lint failed`);
  const [all, turn] = [(toldAt - changedAt) / 1000, (toldAt - askedAt) / 1000];
  expect(all).toBeLessThan(75);
  expect(turn).toBeLessThan(15);
  return `${host}: told ${all.toFixed(1)} s after the change, ${turn.toFixed(1)} s after the monitor asked`;
}

test("a red check and a review comment reach a live session within the monitor's next turn", async () => {
  const said = await Promise.all(hosts.map(measure));
  process.stderr.write(`${said.join("\n")}\n`);
});
