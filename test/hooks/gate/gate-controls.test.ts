// What the form of the gates is for: in dash, simpler forms end with 2, and that blocks the tool call.

import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { gateFixture, requireShell, vanishing } from "../../support/gate-fixture.ts";
import { temporaryFolder } from "../../support/temporary.ts";

describe("dash exits with 2 for a simpler form of the gate:", () => {
  test.for([
    { what: "a shell that runs a missing gate", form: "dash /missing/gate.sh" },
    { what: "a missing gate read without looking", form: ". /missing/gate.sh" },
    { what: "the same with a fallback", form: ". /missing/gate.sh || :" },
    { what: "a path without quotes", form: "[ ! -r /home/a(b)/gate ] || . /home/a(b)/gate" },
    { what: "a redirection of a special builtin", form: ": >/missing/stamp" },
    { what: "the same with a fallback", form: ": >/missing/stamp || :" },
    { what: "the same for a descriptor", form: "exec 3</missing/stamp" },
    { what: "an unset variable under set -u", form: 'set -u; echo "$sitrep_unset"' },
    {
      what: "a Node that takes the shell's place",
      form: `exec '${process.execPath}' -e 'process.exit(2)'`,
    },
  ])("$what", ({ form }, context) => {
    const [dash = ""] = requireShell(context, "dash");
    expect(spawnSync(dash, ["-c", form], { cwd: temporaryFolder() }).status).toBe(2);
  });

  const plainForm = (gate: string): string => `[ ! -r '${gate}' ] || . '${gate}' || :`;

  test('a truncated gate, read by "."', (context) => {
    const [dash = ""] = requireShell(context, "dash");
    const gate = join(gateFixture().gates, "pre-tool-use.sh");
    writeFileSync(gate, "if [ -e /tmp ]; then\n");
    expect(spawnSync(dash, ["-c", plainForm(gate)]).status).toBe(2);
  });

  test('a gate that is deleted after the check, read by "."', (context) => {
    const [dash = ""] = requireShell(context, "dash");
    const { gates } = gateFixture();
    const form = plainForm(join(gates, "pre-tool-use.sh"));
    const [file = "", ...args] = vanishing(context, gates)([dash, "-c", form]);
    expect(spawnSync(file, args).status).toBe(2);
  });
});
