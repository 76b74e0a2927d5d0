// The report in a real browser: nothing that others wrote runs or loads, it can be used by everybody, and it is fast.

import { mkdtempSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { BrowserContextOptions, Page } from "playwright-core";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { mapTexts } from "../../src/core/read.ts";
import { reportOf, type Report } from "../../src/core/report/report.ts";
import { reportPage } from "../../src/server/pages/report/report-page.ts";
import { aBriefInput, aSourceView, aTask, day, saturday } from "../support/builders.ts";
import { axeFindings, browser, hasChromium } from "../support/chromium.ts";
import { markup, texts } from "../support/attack-texts.ts";
import { makeReportedProject } from "../support/reported-project.ts";
import { temporaryFolder } from "../support/temporary.ts";

let sample: Report;
let sampleFile: string;

beforeAll(async () => {
  if (!hasChromium) return;
  const root = realpathSync(mkdtempSync("/tmp/sitrep-reported-"));
  const project = await makeReportedProject(root);
  sampleFile = project.sitrep("report").trim();
  sample = JSON.parse(project.sitrep("report", "--json")) as Report;
});

interface Opened {
  page: Page;
  /** What it asked for beside itself, what it said on the console, and its dialogs. */
  asked: string[];
}

async function openFile(file: string, options: BrowserContextOptions = {}): Promise<Opened> {
  const context = await (await browser()).newContext(options);
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const asked: string[] = [];
  const href = pathToFileURL(file).href;
  page.on("request", (one) => one.url() === href || asked.push(one.url()));
  page.on("console", (one) => asked.push(one.text()));
  page.on("pageerror", (one) => asked.push(String(one)));
  page.on("dialog", (one) => {
    asked.push(one.message());
    void one.dismiss();
  });
  await page.goto(href);
  return { page, asked };
}

async function openText(text: string, options?: BrowserContextOptions): Promise<Opened> {
  const file = join(temporaryFolder(), "report.html");
  writeFileSync(file, text);
  return await openFile(file, options);
}

/** Every text of others in a report is `text`; what only Sitrep says stays, or there would be no rows. */
function attacked(text: string): Report {
  const few = { ...sample, sessions: sample.sessions.slice(0, 2) };
  // A delivery is shorter than that.
  const hit = mapTexts(few, () => text.slice(0, 65_536));
  const tasks = (own: Report["first"], attackedOnes: Report["first"]): Report["first"] =>
    attackedOnes.map((one, at) => ({
      ...one,
      section: own[at]?.section ?? "Next",
      owner: own[at]?.owner ?? "others",
    }));
  return {
    ...hit,
    days: hit.days.map((one, at) => ({ ...one, day: sample.days[at]?.day ?? "" })),
    first: tasks(sample.first, hit.first),
    problems: hit.problems.map((one) => ({ ...one, level: "error" })),
    sources: hit.sources.map((one, at) => ({
      ...one,
      tasks: tasks(sample.sources[at]?.tasks ?? [], one.tasks),
    })),
  };
}

const ownElements =
  "html head meta title style body a header div h1 h2 h3 p code nav main ol ul li span section dl dt dd label input table thead tbody tr th td strong time details summary pre figure figcaption svg text line path circle rect script footer";

/** What of others ran, was loaded, or became a part of the page. A text, as all that runs in the page. */
const harm = (page: Page): Promise<unknown> =>
  page.evaluate(`(() => {
    const own = new Set("${ownElements}".split(" "));
    const all = [...document.querySelectorAll("*")];
    return {
      ran: "pwned" in window,
      foreign: all.map((one) => one.localName).filter((name) => !own.has(name)),
      handlers: all.flatMap((one) => one.getAttributeNames()).filter((name) => /^on|^style$/.test(name)),
      scripts: document.scripts.length,
      links: all.map((one) => one.getAttribute("href")).filter((href) => href !== null && !/^(?:#|https?:\\/\\/)/.test(href)),
      moved: location.protocol,
    };
  })()`);
const harmless = { ran: false, foreign: [], handlers: [], scripts: 1, links: [], moved: "file:" };

describe.runIf(hasChromium)("a text from others in the report", () => {
  test("runs no attack string, loads nothing and adds no element, in any field", async () => {
    const file = join(temporaryFolder(), "report.html");
    writeFileSync(file, await reportPage(attacked("x")));
    const { page, asked } = await openFile(file);
    for (const text of texts) {
      writeFileSync(file, await reportPage(attacked(text)));
      // One page after the other, to name the text that harms.
      // oxlint-disable-next-line no-await-in-loop
      await page.reload();
      // oxlint-disable-next-line no-await-in-loop
      expect.soft(await harm(page), text).toEqual(harmless);
    }
    expect(asked).toEqual([]);
  });

  test("is stopped by the content security policy if it is not escaped", async () => {
    const whole = readFileSync(sampleFile, "utf8");
    const broken = whole.replace("</main>", () => `${markup.slice(0, -5).join("\n")}</main>`);
    const { page } = await openText(broken);
    expect(await page.evaluate('"pwned" in window')).toBe(false);
    // Without it they run: the test would notice.
    const { page: open } = await openText(
      broken.replace(/<meta\s+http-equiv="Content-Security-Policy"[^>]*>/, ""),
    );
    expect(await open.evaluate('"pwned" in window')).toBe(true);
  });

  test("is shown as it was written, without invisible and reordering characters", async () => {
    const title = 'Map<string, T> & "quotes" \u202eabc\u200b';
    const brief = aBriefInput({ sources: [aSourceView({ tasks: [aTask({ title })] })] });
    const { page } = await openText(await reportPage(reportOf({ ...emptyFacts, brief })));
    expect(await page.locator(".task .title").textContent()).toBe('Map<string, T> & "quotes" abc');
  });
});

const emptyFacts = {
  project: "shop-api",
  folder: "/work/shop-api",
  worktree: "/work/shop-api",
  version: "1.0.0",
  text: null,
  off: [],
  isInstalled: true,
  trees: [],
  branches: [],
  sessions: [],
  deliveries: [],
  refreshes: [],
  hookFailures: 0,
};

const widths = [320, 768, 1440];

describe.runIf(hasChromium)("the report for everybody", () => {
  test.each(
    widths.flatMap((width) =>
      (["light", "dark"] as const).map((scheme) => [width, scheme] as const),
    ),
  )(
    "has no axe violation at %d pixels in %s, and nothing is wider than the screen",
    async (width, colorScheme) => {
      const { page, asked } = await openFile(sampleFile, {
        colorScheme,
        viewport: { width, height: 900 },
      });
      expect(asked).toEqual([]);
      for (const isOpen of [false, true]) {
        // oxlint-disable-next-line no-await-in-loop
        await page.evaluate(
          `document.querySelectorAll("details").forEach((one) => (one.open = ${isOpen}))`,
        );
        // oxlint-disable-next-line no-await-in-loop
        expect.soft(await axeFindings(page)).toEqual([]);
        // oxlint-disable-next-line no-await-in-loop
        expect.soft(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
      }
    },
  );

  test("gives a task's title half of the width on a phone", async () => {
    const { page } = await openFile(sampleFile, { viewport: { width: 320, height: 640 } });
    const cell = await page.locator(".task td").first().boundingBox();
    expect(cell?.width).toBeGreaterThan(160);
  });

  test("works by keyboard: the first Tab offers to skip, / filters, Enter opens a text", async () => {
    const { page } = await openFile(sampleFile);
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Skip to the tasks");
    expect((await page.locator("a.unseen").boundingBox())?.width).toBeGreaterThan(50);
    await page.keyboard.press("/");
    await page.keyboard.type("refund jun");
    await expect.poll(() => page.locator(".task:visible").count()).toBe(1);
    expect(await page.locator("#found").textContent()).toMatch(/^1 of \d+ tasks$/);
    expect(await page.locator(".task:visible").textContent()).toContain("SHOP-204");
    await page.locator(".texts summary").first().focus();
    await page.keyboard.press("Enter");
    expect(await page.locator(".texts details").first().getAttribute("open")).toBe("");
  });

  test("has everything but the filter without a script", async () => {
    const { page } = await openFile(sampleFile, { javaScriptEnabled: false });
    const tasks = sample.sources.flatMap((source) => source.tasks).length;
    expect(await page.locator(".task").count()).toBe(tasks);
    expect(await page.locator("#filter").isVisible()).toBe(false);
  });

  test("prints on A4, in light colors, without the navigation", async () => {
    const { page } = await openFile(sampleFile, { colorScheme: "dark" });
    await page.emulateMedia({ media: "print" });
    expect(await page.locator("nav").isVisible()).toBe(false);
    const ink = await page.evaluate("getComputedStyle(document.body).color");
    expect(ink).toBe("rgb(27, 30, 35)");
    const pdf = (await page.pdf({ preferCSSPageSize: true })).toString("latin1");
    const [, width, height] = /\/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]/.exec(pdf) ?? [];
    expect([Math.round(Number(width)), Math.round(Number(height))]).toEqual([595, 842]);
  });
});

test.runIf(hasChromium)(
  "a report of 10,000 tasks shows its first tasks in under a second",
  async () => {
    const tasks = Array.from({ length: 10_000 }, (_, at) =>
      aTask({
        id: `SHOP-${at}`,
        title: `Send one e-mail for a split order, not one for each parcel ${at}`,
        createdAt: new Date(saturday - at * day).toISOString(),
        assignees: at % 3 === 0 ? ["jun"] : [],
        priority: (["high", "low", "none"] as const)[at % 3] ?? "none",
        url: `https://linear.app/example/issue/SHOP-${at}`,
      }),
    );
    const brief = aBriefInput({ sources: [aSourceView({ tasks })] });
    const text = await reportPage(reportOf({ ...emptyFacts, brief }));
    const painted: number[] = [];
    const loaded: number[] = [];
    for (let turn = 0; turn < 5; turn += 1) {
      // oxlint-disable-next-line no-await-in-loop
      const { page } = await openText(text);
      // oxlint-disable-next-line no-await-in-loop
      const time = (await page.evaluate(`({
      painted: performance.getEntriesByName("first-contentful-paint")[0].startTime,
      loaded: performance.getEntriesByType("navigation")[0].loadEventEnd,
    })`)) as { painted: number; loaded: number };
      painted.push(time.painted);
      loaded.push(time.loaded);
      // oxlint-disable-next-line no-await-in-loop
      expect(await page.locator(".task").count()).toBe(10_000);
    }
    // The first tasks are to be read; the last rows, in a closed list, follow within another on a slow machine.
    expect(painted.toSorted((a, b) => a - b)[2]).toBeLessThan(1000);
    expect(Math.min(...loaded)).toBeLessThan(2000);
  },
);
