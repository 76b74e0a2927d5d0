// Trackers whose words are not ours, over REST and over MCP: what is known is read, what is not is told and shown.

import { describe, expect, test } from "vitest";
import { unaligned } from "../support/installation.ts";
import { prepareSources } from "../support/source-commands.ts";
import { startTaskServer } from "../support/task-server.ts";
import { eachValueOf } from "../support/cases.ts";

/** Per language: a started task that is due, one of no known words, one that is over. */
const languages: Record<string, [begun: object, own: string, over: string, due: string]> = {
  German: [
    { status: "In Arbeit", priority: "Hoch", due_date: "24.11.2026" },
    "Wartet auf Kunde",
    "Erledigt",
    "übermorgen",
  ],
  French: [
    { status: "En cours", priority: "Élevée", due_date: "24.11.2026" },
    "En attente du client",
    "Terminé",
    "24/11/2026",
  ],
  Japanese: [
    { status: "処理中", priority: "高", due_date: "2026年11月24日" },
    "顧客確認待ち",
    "完了",
    "来週",
  ],
};

const ways: Record<string, (server: { origin: string; url: string }) => string[]> = {
  REST: ({ origin }) => ["--url", origin, "--type", "tickets"],
  MCP: ({ url }) => ["--url", url],
};

const cases = Object.keys(languages).flatMap((language) =>
  Object.keys(ways).map((way) => [language, way] as const),
);

describe("a tracker in another language", () => {
  test.for(eachValueOf(cases))(
    "has %s words over %s, which are understood, or shown and reported",
    async ([language, way]) => {
      const [begun, own, over, due] = languages[language] ?? [{}, "", "", ""];
      const [context, server] = [prepareSources(), await startTaskServer()];
      const given = [
        { id: "T-1", title: "Begun", ...begun },
        { id: "T-2", title: "Odd", status: own, priority: "P1", due_date: due },
        { id: "T-3", title: "Over", status: over, priority: "Q9" },
      ];
      for (const task of given) {
        await server.add("shop-api", [task as never]);
        Object.assign(server.tasks.at(-1) ?? {}, task);
      }
      const added = await context.good(["source", "add", "team", ...(ways[way]?.(server) ?? [])]);
      expect(added).toContain("2 open");
      expect(added).toContain(`! 1 of 2 tasks has an unknown status: "${own}"`);
      expect(added).toContain(`! 1 of 2 tasks has an unreadable due date: "${due}"`);
      expect(added).not.toContain("an unknown priority");
      await context.good(["refresh"]);
      const brief = await context.brief("--now", "2026-11-22T10:00:00Z");
      expect(brief).toContain('Next: T-1 high, in progress, due Tue 24 Nov: "Begun"');
      expect(brief).toContain(`T-2 high, status "${own}", due "${due}": "Odd"`);
      expect(brief).not.toContain("Over");
      const doctor = await context.run(["doctor"]);
      expect(unaligned(doctor.stdout)).toContain(
        `! warning words team: 1 of 2 tasks has an unknown status: "${own}"; team: 1 of 2`,
      );
    },
  );
});
