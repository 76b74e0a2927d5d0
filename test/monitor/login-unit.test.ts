// The texts for systemd and launchd, of paths with every character that means something there.

import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { launchdPlist, systemdUnit } from "../../src/monitor/login-unit.ts";
import { temporaryFolder } from "../support/temporary.ts";

const odd = String.raw`/home/a "b" %h $HOME ${"${X}"} \n ;<&>'`;
const start = { launcher: `${odd}/bin/sitrep`, env: { HOME: odd, SITREP_HOME: `${odd}\n` } };

const analyze = spawnSync("systemd-analyze", ["--version"], { encoding: "utf8" });

test.skipIf(analyze.status !== 0)("systemd takes the unit without a remark", () => {
  const folder = temporaryFolder();
  const runtime = join(folder, "run");
  mkdirSync(runtime, { mode: 0o700 });
  const file = join(folder, "sitrep-monitor.service");
  writeFileSync(file, systemdUnit(start));
  const ran = spawnSync("systemd-analyze", ["verify", "--user", file], {
    env: { PATH: "/usr/bin:/bin", HOME: folder, XDG_RUNTIME_DIR: runtime },
    encoding: "utf8",
  });
  expect(ran.stderr).toBe("");
  expect(ran.status).toBe(0);
});

test("the unit is one command in a line, with all of it quoted", () => {
  const line = systemdUnit({ launcher: "/d/100%/$x/sitrep", env: { HOME: '/h "q"\n' } });
  expect(line).toContain(
    String.raw`ExecStart=/usr/bin/env "-i" "HOME=/h \"q\"\x0a" "/bin/sh" "-c" "[ ! -x \"$$1\" ] || exec \"$$1\" start" "sh" "/d/100%%/$$x/sitrep"`,
  );
});

test("the plist says its words as they are", () => {
  const text = launchdPlist("sitrep-monitor", start);
  const words = [...text.matchAll(/<string>([^<]*)<\/string>/g)].map(([, word = ""]) =>
    word.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&"),
  );
  expect(words).toEqual([
    "sitrep-monitor",
    "/usr/bin/env",
    "-i",
    `HOME=${odd}`,
    `SITREP_HOME=${odd}\n`,
    "/bin/sh",
    "-c",
    '[ ! -x "$1" ] || exec "$1" start',
    "sh",
    `${odd}/bin/sitrep`,
  ]);
  const parsed = spawnSync(
    "python3",
    ["-c", "import sys,plistlib,json;print(json.dumps(plistlib.loads(sys.stdin.buffer.read())))"],
    { input: text, encoding: "utf8" },
  );
  if (parsed.error !== undefined) return;
  expect(JSON.parse(parsed.stdout)).toEqual({
    Label: "sitrep-monitor",
    ProgramArguments: words.slice(1),
    RunAtLoad: true,
    AbandonProcessGroup: true,
  });
});
