// The picture in the README shows what the built product prints today.

import { expect, test } from "vitest";
import { draw, runProduct } from "../../scripts/docs/terminal-picture.ts";
import { eventually } from "../support/waiting.ts";
import { read } from "./documents.ts";

/** Without the day and the moment at which it was taken. */
const timeless = (picture: string): string =>
  picture
    .replace(/\w{3} \d+ \w{3} \d\d:\d\d/, "DAY")
    .replace(/due [\w ]+:/, "due DAY:")
    .replace(/read \d+ s ago/, "read 0 s ago")
    .replaceAll(/(?:width|height|textLength)="[\d.]+"|viewBox="[^"]*"|h\d+a/g, "");

test("docs/terminal.svg is what `npm run docs` draws", async () => {
  // On a busy machine git may not answer within its time, and the brief says so.
  await eventually(() =>
    expect(timeless(read("docs/terminal.svg"))).toBe(timeless(draw(runProduct()))),
  );
});
