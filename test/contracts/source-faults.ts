// What the built command promises of a source that goes wrong, in every way: the last good tasks are shown with their age
// and the reason, and nothing is wiped.

import { expect, test } from "vitest";
import { aNewTask } from "../support/builders.ts";
import type { Fault } from "../support/misbehaving-server.ts";
import { prepareSources } from "../support/source-commands.ts";
import { startTaskServer } from "../support/task-server.ts";

const inThreeHours = (): string => new Date(Date.now() + 3 * 3_600_000).toISOString();

export interface Case {
  what: string;
  fault: Fault | "stopped";
  reason: RegExp;
  /** Requests at most, of one refresh. */
  most: number;
}

export const sourceFaults: readonly Case[] = [
  { what: "is stopped", fault: "stopped", reason: /cannot be reached/, most: 0 },
  { what: "hangs", fault: "hang", reason: /is not responding \(timeout\)/, most: 12 },
  {
    what: "drips a byte every 200 ms",
    fault: "drip",
    reason: /is not responding \(timeout\)/,
    most: 12,
  },
  {
    what: "answers HTML with 200",
    fault: "page",
    reason: /sent an unreadable response|reports an error/,
    most: 4,
  },
  {
    what: "rejects the sign-in",
    fault: { status: 401 },
    reason:
      /rejects the sign-in; ask the user to run `sitrep source secret team`|needs credentials, and none are set/,
    most: 4,
  },
  {
    what: "asks to wait",
    fault: { status: 429, headers: { "retry-after": "600" } },
    reason: /is rate-limiting requests/,
    most: 2,
  },
  {
    what: "reports an error of its own",
    fault: { status: 500 },
    reason: /reports an error/,
    most: 12,
  },
  { what: "breaks off", fault: "truncated", reason: /team drops connections/, most: 12 },
  {
    what: "sends 200 MB",
    fault: "huge",
    reason: /sent an unreadable response|reports an error/,
    most: 4,
  },
];

/** `path`: where the service is at its origin. */
export function describeSourceFaults(
  type: "task-tracking" | "manage-task",
  path: string,
  faults: readonly Case[],
): void {
  test.each(faults)(
    "$what, its last good tasks stay, with age and reason",
    async ({ fault, reason, most }) => {
      const [context, server] = [prepareSources(), await startTaskServer()];
      const url = `${server.origin}${path}`;
      const transport = type === "manage-task" ? { transport: "http" } : {};
      await server.add("shop-api", [aNewTask({ id: "LIN-1", title: "Add OIDC login" })]);
      context.configure({ name: "team", type, url, timeoutSeconds: 1, ...transport });
      await context.refresh();
      server.requests.length = 0;
      if (fault === "stopped") await server.stop();
      else server.fault = fault;
      const refreshed = await context.run(["refresh"]);
      expect(refreshed.code).toBe(1);
      expect(server.requests.length).toBeLessThanOrEqual(most);
      const brief = await context.brief("--now", inThreeHours());
      expect(brief).toContain("LIN-1");
      expect(brief).toMatch(/Tasks as of [^\n]+, 3 h ago: team/);
      expect(brief).toMatch(reason);

      server.fault = null;
      if (fault === "stopped") await server.start();
      await context.good(["refresh"]);
      expect(await context.brief()).toMatch(/Tasks read \d+ s ago \(team\)/);
    },
  );
}
