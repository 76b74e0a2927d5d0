// The entries besides the hooks: our server in `.mcp.json`, the rule for its tools, and the status line. They are added and
// removed while every other byte stays.

import { describe, expect, test } from "vitest";
import { codeOf } from "../../src/core/errors.ts";
import {
  hasOurStatusLine,
  hasRule,
  setMcpEntry,
  setRule,
  setStatusLine,
  toolsRule,
  type McpEntry,
} from "../../src/install/optional-entries.ts";
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
const plan = (text: string | null): string => setMcpEntry(file, text, entry, data);
const cut = (text: string): string => setMcpEntry(file, text, null, data);

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

describe("the entry of Sitrep's server in .mcp.json", () => {
  test.for([
    ["a file of its own", null],
    ["an empty object", "{}\n"],
    ["a byte order mark", '\uFEFF{\n  "mcpServers": {}\n}\n'],
    ["others, tabs and CRLF", others],
    ["other keys", '{"x": [1, 2], "y": {}}'],
  ] as const)("is added once to %s, and everything else stays", ([, text]) => {
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

  test("is removed while every other byte stays", () => {
    expect(cut(plan(others))).toBe(others);
    expect(cut(others)).toBe(others);
    expect(cut(plan('{"x": 1}'))).toBe('{"x": 1}');
  });

  test("replaces an older entry of Sitrep, but never another program's", () => {
    const older = plan(null).replace("sitrep-mcp", "sitrep-old");
    expect(plan(older)).toBe(plan(null));
    const theirs = '{"mcpServers": {"sitrep": {"command": "/other/program"}}}';
    expect(codeFrom(() => plan(theirs))).toBe("settings-unexpected");
    expect(cut(theirs)).toBe(theirs);
  });

  test("is not written into a file that Claude Code would ignore", () => {
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
  ])("is added to %s once, and removed again", (text) => {
    const after = setRule(settings, text, true);
    expect(JSON.parse(after)).toMatchObject({
      permissions: { allow: expect.arrayContaining([toolsRule]) },
    });
    expect(setRule(settings, after, true)).toBe(after);
    expect(hasRule(settings, text)).toBe(false);
    expect(hasRule(settings, after)).toBe(true);
    // A list that is left empty goes with it.
    const back = JSON.parse(setRule(settings, after, false));
    expect({ permissions: {}, ...back }).toEqual({ permissions: {}, ...JSON.parse(text) });
  });

  test("is removed from a list while the other rules stay byte for byte", () => {
    const text = '{"permissions": {"allow": ["Read",  "Bash(ls)" ]}}';
    expect(setRule(settings, setRule(settings, text, true), false)).toBe(text);
  });

  test("is not written where permissions have an unexpected type", () => {
    for (const text of ['{"permissions": []}', '{"permissions": {"allow": "all"}}']) {
      expect(codeFrom(() => setRule(settings, text, true))).toBe("settings-unexpected");
    }
  });
});

const command = `. '${gatesFolder}/statusline.sh'`;
const setLine = (text: string): string => setStatusLine(settingsPath, text, command, isOurs);
const cutLine = (text: string): string => setStatusLine(settingsPath, text, null, isOurs);
const theirLine = '{\n  "statusLine": {"type": "command", "command": "their-line"}\n}\n';

describe("the status line", () => {
  test.for(["{}\n", '{\n  "model": "opus"\n}\n', '{\r\n\t"a": [1.0]\r\n}'])(
    "is set in %j, and removed again byte for byte",
    (text) => {
      const after = setLine(text);
      expect(parsed(after)["statusLine"]).toEqual({ type: "command", command });
      expect(hasOurStatusLine(settingsPath, after, isOurs)).toBe(true);
      expect(setLine(after)).toBe(after);
      expect(parsed(cutLine(after))).toEqual(parsed(text));
    },
  );

  test("of an older install is replaced by the current one", () => {
    const older = setLine("{}").replace("statusline.sh", "old.sh");
    expect(setLine(older)).toBe(setLine("{}"));
  });

  test("of another program is neither replaced nor removed", () => {
    expect(failureOf(() => setLine(theirLine))).toMatchObject({
      code: "settings-unexpected",
      message: expect.stringContaining(settingsPath),
    });
    expect(cutLine(theirLine)).toBe(theirLine);
    expect(hasOurStatusLine(settingsPath, theirLine, isOurs)).toBe(false);
  });

  test.for(['{"statusLine": null}', '{"statusLine": {"command": 7}}', "{}"])(
    "does not count as Sitrep's in %s",
    (text) => {
      expect(cutLine(text)).toBe(text);
    },
  );
});
