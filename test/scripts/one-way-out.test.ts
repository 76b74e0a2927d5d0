// The linter's own rules, over files that print and answer by other ways than the writers.

import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../support/temporary.ts";

const root = join(import.meta.dirname, "../..");

/** The lines of a file that the rules find. */
function found(lines: readonly string[]): string[] {
  const folder = temporaryFolder("sitrep-lint-");
  mkdirSync(join(folder, "src"));
  writeFileSync(join(folder, "src/file.ts"), `${lines.join("\n")}\n`);
  const config = {
    jsPlugins: [join(root, "scripts/lint/one-way-out.ts")],
    categories: { correctness: "off" },
    rules: {
      "no-console": "error",
      "sitrep/one-way-out": "error",
      "sitrep/model-answers": "error",
    },
  };
  writeFileSync(join(folder, ".oxlintrc.json"), JSON.stringify(config));
  const oxlint = join(root, "node_modules/.bin/oxlint");
  const { stdout } = spawnSync(oxlint, ["--format", "json", "src"], {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, PATH: `${join(root, "node_modules/.bin")}:${process.env["PATH"]}` },
  });
  const { diagnostics } = JSON.parse(stdout) as {
    diagnostics: { labels: { span: { line: number } }[] }[];
  };
  const at = new Set(diagnostics.map((one) => one.labels[0]?.span.line ?? 0));
  return lines.filter((_, index) => at.has(index + 1));
}

test("the lint rule finds every other way to print or to answer a model", () => {
  const wrong = [
    'import { stdout } from "node:process";',
    'import { WriteStream } from "node:tty";',
    'import { log } from "node:console";',
    'process.stdout.write("a");',
    'process.stderr.write("a");',
    'globalThis.process.stdout.write("a");',
    "const out = process.stdout;",
    "const { stderr } = process;",
    "pipe(process.stdout);",
    'process.stdout["write"]("a");',
    'writeSync(1, "a");',
    'fs.writeSync(2, "a");',
    'fs.writeFileSync("/dev/stderr", "a");',
    'createWriteStream("/proc/self/fd/1");',
    'console.log("a");',
    'process._rawDebug("a");',
    'process.emitWarning("a");',
    'process.title = "a";',
    "Response.json({});",
    'answer({ type: "text", text: title });',
    "answer({ structuredContent: task });",
    "answer({ additionalContext: title });",
    "answer({ permissionDecisionReason: title });",
  ];
  expect(found(wrong)).toEqual(wrong);
});

test("the lint rule accepts a question, and output through the writers", () => {
  expect(
    found([
      "if (process.stdout.isTTY) look();",
      'process.stdout.once("error", done);',
      "const { stdin } = process;",
      'writeSync(descriptor, "a");',
      "answer({ structuredContent: modelData(task), content: [modelBlock(title)] });",
      "answer({ additionalContext: modelText(title) });",
      'answer({ type: "text", format: "uri" });',
    ]),
  ).toEqual([]);
});
