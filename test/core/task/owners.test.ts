import { expect, test } from "vitest";
import { findOwnership } from "../../../src/core/task/owners.ts";

test("the user's names in a source are those of the people who match the user", () => {
  const names = ["Ana", "ana kovač", "Ben"];
  const people = new Map([["ops", { names, me: [], likely: ["Ana Kovač"] }]]);
  const tasks = [{ assignees: ["Ana Kovač", "Jun"] }];
  const { me, isKnown, maybe, ownerOf } = findOwnership({ people }, "ops", tasks);
  expect([me, isKnown, maybe]).toEqual([["ana kovač", "Ana Kovač"], true, null]);
  expect(ownerOf({ assignees: ["Jun", "Ana Kovač"] })).toBe("mine");
  expect(ownerOf({ assignees: ["Jun"] })).toBe("others");
  expect(findOwnership({ people }, "board", tasks)).toMatchObject({ me: [], isKnown: false });
});
