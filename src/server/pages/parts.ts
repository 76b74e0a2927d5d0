// The small parts that pages are made of. Every text in a template is cleaned, cut and escaped, whoever wrote it; the value of an
// attribute stands in double quotes.

import { createHash } from "node:crypto";
import { html as escaped, raw } from "hono/html";
import { cutText, visibleText } from "../../core/quote.ts";
import type { Owner } from "../../core/task/owners.ts";
import { ageWords, dateLine, type Calendar } from "../../core/time.ts";

/** Escaped markup. */
export type Part = ReturnType<typeof escaped>;

/** On one line, without what is invisible or reorders the text around it. */
export const oneLine = (text: string, most = 1000): string =>
  cutText(visibleText(text.slice(0, 4096)).replace(/\s+/g, " "), most);

const cleaned = (value: unknown): unknown =>
  typeof value === "string" ? oneLine(value) : Array.isArray(value) ? value.map(cleaned) : value;

const compacted = new WeakMap<TemplateStringsArray, TemplateStringsArray>();

/** A template without its indentation, and without the blanks that a table would keep as nodes. */
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

export const html = (strings: TemplateStringsArray, ...values: unknown[]): Part =>
  escaped(compact(strings), ...values.map(cleaned));

/** Escaped and otherwise as it is: for the value of a field that comes back to us. */
export const exact = (text: string): Part => escaped`${text}`;

/** Text with its lines, in full. */
export const block = (text: string): Part => escaped`<pre class="panel">${visibleText(text)}</pre>`;

/** An address that a link may have; null for any other than the web's. */
export function linkTo(url: string | undefined): string | null {
  const parsed = URL.parse(url ?? "");
  return parsed !== null && /^https?:$/.test(parsed.protocol) ? parsed.href : null;
}

export interface Clock {
  now: number;
  calendar: Calendar;
}

/** A dash, which a screen reader hears as `word`. */
const dash = (word: string): Part =>
  html`<span class="faint" role="img" aria-label="${word}">–</span>`;

/** `3 d`, with the instant for whoever asks. */
export const age = (at: number, { now, calendar }: Clock): Part =>
  Number.isNaN(at)
    ? dash("unknown")
    : html`<time datetime="${new Date(at).toISOString()}" title="${dateLine(calendar(at))}"
        >${ageWords(Math.max(0, now - at))}</time
      >`;

export const badge = (text: string, tone: "good" | "warn" | "bad" | "faint"): Part =>
  html`<span class="badge ${tone}">${oneLine(text, 40)}</span>`;

export function owner(task: { owner: Owner; assignees: readonly string[] }): Part {
  if (task.owner === "mine") return html`<strong>you</strong>`;
  const [first, ...others] = task.assignees;
  if (first === undefined) return dash("unassigned");
  return html`${oneLine(first, 40)}${others.length === 0 ? "" : ` +${others.length}`}`;
}

/** A title, as a link where its source gave an address. Every page says for all of its links that nothing is referred. */
export function title({ title: text, url }: { title: string; url?: string }): Part {
  const href = linkTo(url);
  if (href === null) return html`<span class="title">${oneLine(text)}</span>`;
  return html`<a class="title" href="${href}">${oneLine(text)}</a>`;
}

export const count = (number: number, noun: string): string =>
  `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;

const digest = (text: string): string =>
  `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/**
 * A whole document that loads nothing. The policy names its one style and its one script by their digests, so that nothing
 * else can run or style, whatever stands in the page.
 */
export async function page(name: string, css: string, script: string, body: Part): Promise<string> {
  const policy = [
    "default-src 'none'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'",
    `style-src ${digest(css)}; script-src ${digest(script)}`,
  ].join("; ");
  // Not in the template, to which the formatter adds blanks: the digest is of each character.
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
