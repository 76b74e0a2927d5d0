// What goes in beside the hooks: our server in `.mcp.json`, the rule that goes with its tools, and the status line.
// Spliced in, cut out, all other bytes kept.

import { describe, expect, test } from "vitest";
import { codeOf } from "../../src/core/errors.ts";
import {
  cutMcpEntry,
  cutRule,
  cutStatusLine,
  hasOurStatusLine,
  hasRule,
  planMcpEntry,
  planRule,
  planStatusLine,
  toolsRule,
} from "../../src/install/optional-entries.ts";
import type { McpEntry } from "../../src/install/optional-entries.ts";
import {
  failureOf,
  gatesFolder,
  isOurs,
  parsed,
  settingsPath,
} from "../support/settings-entries.ts";

const file = "/p/.mcp.json";
const data = "/home/ana/.local/share/sitrep";
const entry: McpEntry = {
  type: "stdio",
  command: `${data}/bin/sitrep-mcp`,
  args: ["--state", "/home/ana/.local/state/sitrep"],
};
const plan = (text: string | null): string => planMcpEntry(file, text, entry, data);
const cut = (text: string): string => cutMcpEntry(file, text, data);

const codeFrom = (work: () => unknown): string => {
  try {
    work();
    return "nothing was thrown";
  } catch (error) {
    return codeOf(error);
  }
};

const others =
  '{\r\n\t"mcpServers": {\r\n\t\t"github": { "type": "http", "url": "https://x/mcp" }\r\n\t}\r\n}';

describe("our server in .mcp.json", () => {
  test.for([
    ["a file of its own", null],
    ["an empty object", "{}\n"],
    ["a byte order mark", '\uFEFF{\n  "mcpServers": {}\n}\n'],
    ["others, tabs and CRLF", others],
    ["other keys", '{"x": [1, 2], "y": {}}'],
  ] as const)("beside %s is there after, once, and all else as it was", ([, text]) => {
    const after = plan(text);
    const { mcpServers, ...rest } = parsed(after.replace(/^\uFEFF/, "")) as Record<string, object>;
    expect(mcpServers).toMatchObject({ sitrep: entry });
    const before = JSON.parse((text ?? "{}").replace(/^\uFEFF/, "")) as Record<string, object>;
    expect({ ...rest, mcpServers: { ...mcpServers, sitrep: 0 } }).toEqual({
      ...before,
      mcpServers: { ...before["mcpServers"], sitrep: 0 },
    });
    expect(plan(after)).toBe(after);
  });

  test("is cut out again, with the bytes of others as they were", () => {
    expect(cut(plan(others))).toBe(others);
    expect(cut(others)).toBe(others);
    expect(cut(plan('{"x": 1}'))).toBe('{"x": 1}');
  });

  test("takes the place of an older entry of ours, and never of another's", () => {
    const older = plan(null).replace("sitrep-mcp", "sitrep-old");
    expect(plan(older)).toBe(plan(null));
    const theirs = '{"mcpServers": {"sitrep": {"command": "/other/program"}}}';
    expect(codeFrom(() => plan(theirs))).toBe("settings-unexpected");
    expect(cut(theirs)).toBe(theirs);
  });

  test("is not written into what the client would ignore", () => {
    expect(codeFrom(() => plan('{ "mcpServers": {}, }'))).toBe("settings-not-strict");
    expect(codeFrom(() => plan('{ "mcpServers": [] }'))).toBe("settings-unexpected");
  });
});

describe("the permission rule", () => {
  const settings = "/p/.claude/settings.local.json";

  test.for([
    "{}",
    '{\n  "permissions": {}\n}',
    '{\n  "permissions": {\n    "deny": ["Bash(rm *)"]\n  }\n}\n',
    '{"permissions": {"allow": ["Read", "Bash(ls)"]}}',
  ])("is added to %s, once, and cut out again", (text) => {
    const after = planRule(settings, text);
    expect(JSON.parse(after)).toMatchObject({
      permissions: { allow: expect.arrayContaining([toolsRule]) },
    });
    expect(planRule(settings, after)).toBe(after);
    expect(hasRule(settings, text)).toBe(false);
    expect(hasRule(settings, after)).toBe(true);
    // A list that is left empty goes with it.
    const back = JSON.parse(cutRule(settings, after));
    expect({ permissions: {}, ...back }).toEqual({ permissions: {}, ...JSON.parse(text) });
  });

  test("leaves the bytes of a list that has others", () => {
    const text = '{"permissions": {"allow": ["Read",  "Bash(ls)" ]}}';
    expect(cutRule(settings, planRule(settings, text))).toBe(text);
  });

  test("is not written where permissions have another form", () => {
    for (const text of ['{"permissions": []}', '{"permissions": {"allow": "all"}}']) {
      expect(codeFrom(() => planRule(settings, text))).toBe("settings-unexpected");
    }
  });
});

const command = `. '${gatesFolder}/statusline.sh'`;
const planLine = (text: string): string => planStatusLine(settingsPath, text, command, isOurs);
const cutLine = (text: string): string => cutStatusLine(settingsPath, text, isOurs);
const theirLine = '{\n  "statusLine": {"type": "command", "command": "their-line"}\n}\n';

describe("the status line", () => {
  test.for(["{}\n", '{\n  "model": "opus"\n}\n', '{\r\n\t"a": [1.0]\r\n}'])(
    "is set in %j, and taken out again to the byte",
    (text) => {
      const after = planLine(text);
      expect(parsed(after)["statusLine"]).toEqual({ type: "command", command });
      expect(hasOurStatusLine(settingsPath, after, isOurs)).toBe(true);
      expect(planLine(after)).toBe(after);
      expect(parsed(cutLine(after))).toEqual(parsed(text));
    },
  );

  test("of an older install is replaced", () => {
    const older = planLine("{}").replace("statusline.sh", "old.sh");
    expect(planLine(older)).toBe(planLine("{}"));
  });

  test("of another program is neither replaced nor taken out", () => {
    expect(failureOf(() => planLine(theirLine))).toMatchObject({
      code: "settings-unexpected",
      message: expect.stringContaining(settingsPath),
    });
    expect(cutLine(theirLine)).toBe(theirLine);
    expect(hasOurStatusLine(settingsPath, theirLine, isOurs)).toBe(false);
  });

  test.for(['{"statusLine": null}', '{"statusLine": {"command": 7}}', "{}"])(
    "%s is none of ours",
    (text) => {
      expect(cutLine(text)).toBe(text);
    },
  );
});
