// What `npm start` runs once it has built: an install with sample tasks, and the way to be rid of them.

import { describe, expect, test } from "vitest";
import { prepareInstallation } from "../support/installation.ts";

const json = (text: string): unknown => JSON.parse(text);

describe("the demonstration", () => {
  test("demo adds samples to a project without tasks, and clear-samples removes only those", () => {
    const context = prepareInstallation();
    const said = context.ok("demo");
    expect(said).toMatch(/Next: TASK-001 high, in progress: "Sample: /);
    expect(said).toContain("Added 3 sample tasks. To remove them:");
    expect(said).toContain(`task clear-samples --project ${context.project.folder}`);
    context.ok("task", "add", "Mine");
    expect(context.ok("task", "clear-samples")).toContain("Removed 3 sample tasks.");
    expect(json(context.ok("task", "list", "--json"))).toMatchObject([{ title: "Mine" }]);
    expect(json(context.ok("task", "clear-samples", "--json"))).toEqual({ removed: 0 });
  });

  test("demo adds no samples to a project that has tasks", () => {
    const context = prepareInstallation();
    context.ok("task", "add", "Mine");
    expect(context.ok("demo")).not.toContain("sample task");
    expect(json(context.ok("task", "list", "--json"))).toMatchObject([{ title: "Mine" }]);
  });
});
