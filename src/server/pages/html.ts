// The small parts of pages. Every text in a template is cleaned, cut and escaped, whoever wrote it. Attributes use double
// quotes.

import { createHash } from "node:crypto";
import { html as escaped, raw } from "hono/html";
import { cutText, visibleText } from "../../core/quote.ts";
import type { Owner } from "../../core/task/owners.ts";
import { ageText, dateLine, type Calendar } from "../../core/time.ts";

/** Escaped markup. */
export type Html = ReturnType<typeof escaped>;

/** The text on one line, without invisible characters or ones that reorder text. */
export const oneLine = (text: string, most = 1000): string =>
  cutText(visibleText(text.slice(0, 4096)).replace(/\s+/g, " "), most);

const cleaned = (value: unknown): unknown =>
  typeof value === "string" ? oneLine(value) : Array.isArray(value) ? value.map(cleaned) : value;

const compacted = new WeakMap<TemplateStringsArray, TemplateStringsArray>();

/** Removes a template's indentation, and the whitespace that a table would keep as nodes. */
function compact(strings: TemplateStringsArray): TemplateStringsArray {
  const before = compacted.get(strings);
  if (before !== undefined) return before;
  const short = strings.map((text) =>
    text.replaceAll(/\n\s*(?=<\/?t[bdhr])/g, "").replaceAll(/\n\s*/g, " "),
  );
  const made = Object.assign(short, { raw: short });
  compacted.set(strings, made);
  return made;
}

export const html = (strings: TemplateStringsArray, ...values: unknown[]): Html =>
  escaped(compact(strings), ...values.map(cleaned));

/** The text escaped but not cleaned: for form fields, whose values come back to us. */
export const exact = (text: string): Html => escaped`${text}`;

/** Text with its lines, in full. */
export const block = (text: string): Html => escaped`<pre class="panel">${visibleText(text)}</pre>`;

/** An address for a link; null unless it is a web address. */
export function linkTo(url: string | undefined): string | null {
  const parsed = URL.parse(url ?? "");
  return parsed !== null && /^https?:$/.test(parsed.protocol) ? parsed.href : null;
}

export interface Clock {
  now: number;
  calendar: Calendar;
}

/** A dash, which screen readers read as `word`. */
const dash = (word: string): Html =>
  html`<span class="faint" role="img" aria-label="${word}">–</span>`;

/** An age such as `3 d`, with the date and time as a tooltip. */
export const age = (at: number, { now, calendar }: Clock): Html =>
  Number.isNaN(at)
    ? dash("unknown")
    : html`<time datetime="${new Date(at).toISOString()}" title="${dateLine(calendar(at))}"
        >${ageText(Math.max(0, now - at))}</time
      >`;

export const badge = (text: string, tone: "good" | "warn" | "bad" | "faint"): Html =>
  html`<span class="badge ${tone}">${oneLine(text, 40)}</span>`;

export function owner(task: { owner: Owner; assignees: readonly string[] }): Html {
  if (task.owner === "mine") return html`<strong>you</strong>`;
  const [first, ...others] = task.assignees;
  if (first === undefined) return dash("unassigned");
  return html`${oneLine(first, 40)}${others.length === 0 ? "" : ` +${others.length}`}`;
}

/** A title, as a link if its source has an address. Every page sets `no-referrer` for its links. */
export function title({ title: text, url }: { title: string; url?: string }): Html {
  const href = linkTo(url);
  if (href === null) return html`<span class="title">${oneLine(text)}</span>`;
  return html`<a class="title" href="${href}">${oneLine(text)}</a>`;
}

export const count = (number: number, noun: string): string =>
  `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;

const digest = (text: string): string =>
  `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/**
 * A whole document that loads nothing. Its policy allows one style and one script, by their digests, so that nothing else in
 * the page can run or style.
 */
export async function page(name: string, css: string, script: string, body: Html): Promise<string> {
  const policy = [
    "default-src 'none'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'",
    `style-src ${digest(css)}; script-src ${digest(script)}`,
  ].join("; ");
  // Outside the template, because the formatter adds whitespace there, which would change the digests.
  const [style, code] = [raw(`<style>${css}</style>`), raw(`<script>${script}</script>`)];
  const whole = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <title>${oneLine(name, 80)}</title>
        ${style}
      </head>
      <body>
        ${body} ${code}
      </body>
    </html> `;
  return (await whole).toString();
}
