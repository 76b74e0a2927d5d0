import { describe, expect, test } from "vitest";
import { cutStatusLine, hasOurStatusLine, planStatusLine } from "../../src/install/status-line.ts";
import {
  failureOf,
  gatesFolder,
  isOurs,
  parsed,
  settingsPath,
} from "../support/settings-entries.ts";

const command = `. '${gatesFolder}/statusline.sh'`;
const plan = (text: string): string => planStatusLine(settingsPath, text, command, isOurs);
const cut = (text: string): string => cutStatusLine(settingsPath, text, isOurs);
const theirs = '{\n  "statusLine": {"type": "command", "command": "their-line"}\n}\n';

describe("the status line", () => {
  test.for(["{}\n", '{\n  "model": "opus"\n}\n', '{\r\n\t"a": [1.0]\r\n}'])(
    "is set in %j, and taken out again to the byte",
    (text) => {
      const after = plan(text);
      expect(parsed(after)["statusLine"]).toEqual({ type: "command", command });
      expect(hasOurStatusLine(settingsPath, after, isOurs)).toBe(true);
      expect(plan(after)).toBe(after);
      expect(parsed(cut(after))).toEqual(parsed(text));
    },
  );

  test("of an older install is replaced", () => {
    const older = plan("{}").replace("statusline.sh", "old.sh");
    expect(plan(older)).toBe(plan("{}"));
  });

  test("of another program is neither replaced nor taken out", () => {
    expect(failureOf(() => plan(theirs))).toMatchObject({
      code: "settings-unexpected",
      message: expect.stringContaining(settingsPath),
    });
    expect(cut(theirs)).toBe(theirs);
    expect(hasOurStatusLine(settingsPath, theirs, isOurs)).toBe(false);
  });

  test.for(['{"statusLine": null}', '{"statusLine": {"command": 7}}', "{}"])(
    "%s is none of ours",
    (text) => {
      expect(cut(text)).toBe(text);
    },
  );
});
