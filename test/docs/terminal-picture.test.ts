// The picture of the brief in the README shows what the built product prints today.

import { expect, test } from "vitest";
import { draw, runProduct } from "../../scripts/docs/terminal-picture.ts";
import { eventually } from "../support/waiting.ts";
import { read } from "./documents.ts";

test("docs/terminal.svg is what `npm run docs` draws, byte for byte", async () => {
  // On a busy machine git may not answer within its time, and the brief says so.
  await eventually(() => expect(draw(runProduct())).toBe(read("docs/terminal.svg")));
});
