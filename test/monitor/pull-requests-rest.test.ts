// The merge request of GitLab and the pull request of Gitea and Forgejo: the same sentences as GitHub's, over REST.

import { describe, expect, test } from "vitest";
import { minute, saturday } from "../support/builders.ts";
import { aPullFixture } from "../support/pull-fixture.ts";

const at = (minutes: number): string => new Date(saturday + minutes * minute).toISOString();
const red = [{ name: "lint", result: "FAILURE" }];
const aThread = (id: string, text: string, more = {}) => ({
  comments: [{ id, author: "jun", text, at: at(0.5) }],
  ...more,
});

const hosts = [
  { host: "gitlab", name: "MR !42", other: "MR !43", ready: "mergeable", fork: "ana/p" },
  { host: "gitea", name: "PR #42", other: "PR #43", ready: "no conflicts", fork: "ana/r" },
] as const;

describe.for(hosts)("a pull request on $host", ({ host, name, other, ready, fork }) => {
  test("is shown in one line, with its checks, comments, approvals and age", async () => {
    const { tracker, tick, line, aPull } = await aPullFixture({ host });
    tracker.pulls = [
      aPull({
        checks: [...red, { name: "test", result: "SUCCESS" }],
        threads: [aThread("c1", "a"), aThread("c2", "b"), aThread("c3", "c", { isResolved: true })],
        reviews: [{ id: "r1", author: "jun", state: "APPROVED" }],
      }),
    ];
    await tick();
    await tick(saturday + 20_000);
    expect(line()).toBe(
      `${name}: lint failed, 2 unresolved comments, 1 approval; ${ready} (read 20 s ago)`,
    );
  });

  test("has a failed check that is reported within one turn, and once", async () => {
    const { tracker, tick, news, aPull } = await aPullFixture({ host });
    tracker.pulls = [aPull({ checks: [{ name: "lint", result: "IN_PROGRESS" }] })];
    await tick();
    expect(news()).toBeNull();
    tracker.pulls = [aPull({ checks: red })];
    await tick(saturday + minute);
    expect(news()).toBe(`${name}: lint failed.`);
    await tick(saturday + 2 * minute);
    expect(news()).toBeNull();
  });

  test("has review comments: those of others are news, quoted and cleaned, and the user's own are not", async () => {
    const { tracker, tick, news, aPull } = await aPullFixture({ host });
    tracker.pulls = [aPull()];
    await tick();
    const mine = { comments: [{ id: "c2", author: "", text: "Done", at: at(0.5), isMine: true }] };
    tracker.pulls = [aPull({ threads: [aThread("c1", 'Round\nup" \u001b[31m'), mine] })];
    await tick(saturday + minute);
    expect(news()).toBe(`${name}: jun commented on "src/cart.ts": "Round up'"`);
    await tick(saturday + 2 * minute);
    expect(news()).toBeNull();
  });

  test.for([
    [["SUCCESS", "SKIPPED"], "1 check passed, 1 skipped"],
    [["SKIPPED"], "1 check skipped"],
    [["SUCCESS", "IN_PROGRESS"], "1 of 2 checks pending"],
    [["FAILURE", "IN_PROGRESS"], "check-0 failed, 1 of 2 checks pending"],
  ] as const)("is shown with the count of checks that ended as %j", async ([results, words]) => {
    const { tracker, tick, line, aPull } = await aPullFixture({ host });
    const checks = results.map((result, index) => ({ name: `check-${index}`, result }));
    tracker.pulls = [aPull({ checks })];
    await tick();
    expect(line()).toBe(`${name}: ${words}; ${ready} (read 0 s ago)`);
  });

  test("is shown as a draft, with the commit of its checks", async () => {
    const { tracker, tick, line, clone, aPull } = await aPullFixture({ host });
    const merge = host === "gitlab" ? "draft_status" : "CLEAN";
    tracker.pulls = [aPull({ isDraft: true, checks: red, merge })];
    const short = tracker.pulls[0]?.head.slice(0, 7) ?? "";
    clone.commit("more", "1\n", "Fix the lint");
    await tick();
    expect(line()).toBe(
      `${name} (draft; checks of ${short}, 1 commit behind yours): lint failed (read 0 s ago)`,
    );
  });

  test("is never called mergeable while it has conflicts", async () => {
    const { tracker, tick, line, aPull } = await aPullFixture({ host });
    tracker.pulls = [aPull({ checks: red, merge: "DIRTY" })];
    await tick();
    const conflicts = host === "gitlab" ? "; conflicts with its target branch" : "";
    expect(line()).toBe(`${name}: lint failed${conflicts} (read 0 s ago)`);
  });

  test("stays the one that is shown when its branch has a second one, and the second is named", async () => {
    const { tracker, tick, line, aPull } = await aPullFixture({ host });
    tracker.pulls = [aPull(), aPull({ number: 43, head: "b".repeat(40) })];
    await tick();
    tracker.pulls.reverse();
    await tick(saturday + minute);
    expect(line()).toBe(`${name}: ${ready}; also open: ${other} (read 0 s ago)`);
  });

  test.for(["merged", "closed"] as const)("is reported once when it was %s", async (state) => {
    const { tracker, tick, news, line, aPull } = await aPullFixture({ host });
    tracker.pulls = [aPull()];
    await tick();
    tracker.pulls = [aPull({ state, endedAt: at(1), checks: red })];
    await tick(saturday + 2 * minute);
    expect(news()).toBe(`${name} was ${state}.`);
    expect(line()).toBe(`${name}: ${state} 1 min ago (read 0 s ago)`);
    await tick(saturday + 3 * minute);
    expect(news()).toBeNull();
  });

  test("is not shown if it belongs to an older branch of the same name", async () => {
    const { tracker, tick, news, line, aPull } = await aPullFixture({ host });
    tracker.pulls = [aPull({ state: "merged", endedAt: at(-60), head: "a".repeat(40) })];
    await tick();
    expect([line(), news()]).toEqual([null, null]);
  });

  test("is not shown if it comes from a fork's branch of the same name", async () => {
    const { tracker, tick, news, line, aPull } = await aPullFixture({ host });
    tracker.pulls = [aPull({ from: "stranger/repo", checks: red })];
    await tick();
    expect([line(), news()]).toEqual([null, null]);
  });

  test("is looked up in the upstream repository when origin is a fork, and only the fork's own counts", async () => {
    const { tracker, tick, line, clone, remote, aPull } = await aPullFixture({ host });
    const upstream = remote();
    clone.git("remote", "set-url", "origin", `${tracker.origin}/${fork}.git`);
    clone.git("remote", "add", "upstream", upstream);
    tracker.pulls = [aPull({ checks: red }), aPull({ number: 43, from: fork })];
    await tick();
    expect(line()).toContain(`${other}: `);
    expect(line()).not.toContain(name);
  });

  test.for([401, 403, 404, 500])(
    "has no line when the host answers HTTP %i, and the failure is recorded",
    async (status) => {
      const { tracker, tick, line, news, record, logged } = await aPullFixture({ host });
      tracker.fault = () => ({ status, body: { message: "MR !42 was merged" } });
      await tick();
      const code = status === 401 || status === 403 ? "source-refused" : "source-failed";
      expect(record()).toMatchObject({ pull: null, failure: { code } });
      expect(record()?.wayOut ?? "").toContain(status === 500 ? "" : "it needs the scope");
      expect([line(), news()]).toEqual([null, null]);
      expect(logged).toEqual(["reading a pull request failed"]);
    },
  );

  test("keeps its last state, with its age and the reason, when the token is refused", async () => {
    const { tracker, tick, line, aPull } = await aPullFixture({ host });
    tracker.pulls = [aPull({ checks: red })];
    await tick();
    tracker.fault = () => ({ status: 401, body: {} });
    await tick(saturday + 5 * minute);
    expect(line()).toBe(
      `${name}: lint failed; ${ready} (read 5 min ago; tracker rejects the sign-in)`,
    );
  });

  test.for([
    [429, { "retry-after": "600" }],
    [403, { "retry-after": "600" }],
  ] as const)(
    "is not requested before the time that an HTTP %i response names",
    async ([status, headers]) => {
      const { tracker, tick, record } = await aPullFixture({ host });
      tracker.fault = () => ({ status, headers, body: {} });
      await tick();
      const nextTryAt = saturday + 10 * minute;
      expect(record()?.failure).toMatchObject({ code: "source-rate-limited", nextTryAt });
      const asked = tracker.asked.length;
      await tick(saturday + 9 * minute);
      expect(tracker.asked).toHaveLength(asked);
    },
  );

  test("costs no quota while it is unchanged, if the host sends an ETag", async () => {
    const { tracker, tick, line, aPull } = await aPullFixture({ host });
    tracker.pulls = [aPull({ checks: red, threads: [aThread("c1", "a")] })];
    await tick();
    const used = tracker.used;
    await tick(saturday + minute);
    expect(tracker.asked.length).toBe(2 * used);
    expect(tracker.used).toBe(used);
    expect(line()).toContain("lint failed, 1 unresolved comment");
  });

  test("is shown without the parts that the token may not read, and the command that solves it is recorded", async () => {
    const { tracker, tick, line, record, aPull } = await aPullFixture({ host });
    tracker.pulls = [aPull({ checks: red, threads: [aThread("c1", "a")] })];
    tracker.fault = ({ path }) => (/jobs|statuses/.test(path) ? { status: 403, body: {} } : null);
    await tick();
    expect(line()).toBe(`${name}: 1 unresolved comment; ${ready} (read 0 s ago)`);
    expect(record()?.wayOut).toMatch(/its token may not read (?:jobs|commit statuses); it needs/);
  });

  test.for([null, "x", {}, [null, 1, "x", {}], [{ iid: "42", number: "42" }]])(
    "is not made up from a response of %j",
    async (body) => {
      const { tracker, tick, line, news } = await aPullFixture({ host });
      tracker.fault = () => ({ body });
      await tick();
      expect([line(), news()]).toEqual([null, null]);
    },
  );
});

describe("the GitLab pipeline of a merge request", () => {
  test("is not shown as passed if it failed, or if it still runs without a failed job", async () => {
    const { tracker, tick, line, aPull } = await aPullFixture({ host: "gitlab" });
    const checks = [{ name: "lint", result: "SUCCESS" }];
    tracker.pulls = [aPull({ checks, moreChecks: { count: 0, state: "failed" } })];
    await tick();
    expect(line()).toContain("MR !42: pipeline failed; mergeable");
    tracker.pulls = [aPull({ checks, moreChecks: { count: 0, state: "running" } })];
    await tick(saturday + minute);
    expect(line()).toContain("MR !42: 1 of 2 checks pending; mergeable");
  });

  test("is shown with its commit if the merge request has a newer one", async () => {
    const { tracker, tick, line, aPull } = await aPullFixture({ host: "gitlab" });
    const sha = "a1b2c3d".padEnd(40, "0");
    tracker.pulls = [aPull({ checks: red, pipeline: { sha } })];
    await tick();
    expect(line()).toContain("MR !42 (checks of a1b2c3d, not your HEAD): lint failed");
    tracker.pulls = [
      aPull({ checks: red, pipeline: { sha, ref: "refs/merge-requests/42/merge" } }),
    ];
    await tick(saturday + minute);
    expect(line()).toBe("MR !42: lint failed; mergeable (read 0 s ago)");
  });

  test("is shown with allowed failures and cancelled jobs, and required manual jobs count as pending", async () => {
    const { tracker, tick, line, news, aPull } = await aPullFixture({ host: "gitlab" });
    tracker.pulls = [
      aPull({
        checks: [
          { name: "audit", result: "FAILURE", mayFail: true },
          { name: "e2e", result: "CANCELLED" },
          { name: "deploy", result: "manual" },
          { name: "preview", result: "manual", mayFail: true },
        ],
        merge: "ci_still_running",
      }),
    ];
    await tick();
    expect(line()).toBe(
      "MR !42: audit failed (allowed), e2e cancelled, 1 of 4 checks pending; merge blocked (read 0 s ago)",
    );
    expect(news()).toBeNull();
  });

  test.for([
    ["BEHIND", "; behind its target branch"],
    ["BLOCKED", "; merge blocked"],
    ["checking", ""],
    ["a_status_of_next_year", ""],
  ] as const)("of the merge status %s is shown with only what is known", async ([merge, words]) => {
    const { tracker, tick, line, aPull } = await aPullFixture({ host: "gitlab" });
    tracker.pulls = [aPull({ checks: red, merge })];
    await tick();
    expect(line()).toBe(`MR !42: lint failed${words} (read 0 s ago)`);
  });
});

describe("a pull request on Gitea", () => {
  test("counts the last opinion of each reviewer", async () => {
    const { tracker, tick, line, news, aPull } = await aPullFixture({ host: "gitea" });
    tracker.pulls = [
      aPull({
        reviews: [
          { id: "r1", author: "jun", state: "APPROVED" },
          { id: "r2", author: "kim", state: "APPROVED" },
          { id: "r3", author: "jun", state: "CHANGES_REQUESTED", text: "No tests yet" },
        ],
      }),
    ];
    await tick();
    expect(line()).toBe(
      "PR #42: changes requested by jun, 1 approval; no conflicts (read 0 s ago)",
    );
    expect(news()).toBe('PR #42: jun requested changes: "No tests yet"');
  });

  test("counts only the newest commit status of each context", async () => {
    const { tracker, tick, line, aPull } = await aPullFixture({ host: "gitea" });
    tracker.pulls = [aPull({ checks: [{ name: "lint", result: "SUCCESS" }, ...red] })];
    await tick();
    expect(line()).toBe("PR #42: 1 check passed; no conflicts (read 0 s ago)");
  });
});
