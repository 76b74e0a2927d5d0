// A real browser: Playwright drives the system's Chromium and downloads none of its own.

import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import { chromium, type Browser, type Page } from "playwright-core";
import { afterAll } from "vitest";

const usual = [
  process.env["SITREP_TEST_CHROMIUM"] ?? "",
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];
const found = usual.find((file) => file !== "" && existsSync(file));

/** False without a browser. With `SITREP_NEED_CHROMIUM=1`, a missing browser is an error. */
export const hasChromium: boolean = found !== undefined;

if (!hasChromium) {
  const how = "Install Chromium (apt-get install chromium), or name it with SITREP_TEST_CHROMIUM.";
  if (process.env["SITREP_NEED_CHROMIUM"] === "1") throw new Error(`There is no browser. ${how}`);
  // oxlint-disable-next-line no-console
  console.warn(`\n*** SKIPPED: the browser tests need a browser. ${how}\n`);
}

const axeSource = readFileSync(
  createRequire(import.meta.url).resolve("axe-core/axe.min.js"),
  "utf8",
);

/** Runs axe on a page and returns its findings of any severity: the rule and the first element. */
export async function axeFindings(page: Page): Promise<string[]> {
  await page.evaluate(axeSource);
  const results = (await page.evaluate("axe.run()")) as AxeResults;
  return results.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}

let started: Promise<Browser> | undefined;

/** Returns the browser that all tests of a file share. */
export function browser(): Promise<Browser> {
  // As root, and in most containers, Chromium's own sandbox cannot be set up.
  started ??= chromium.launch({ executablePath: found ?? "", args: ["--no-sandbox"] });
  return started;
}

afterAll(async () => {
  await (await started)?.close();
  started = undefined;
});
