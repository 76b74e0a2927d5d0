// The list items of a Markdown text. CommonMark says what an item is, what a fence and what a comment; the box in front of an
// item is read here, since GFM knows only `[ ]` and `[x]` and drops the items of tools that write `[-]`, `[~]` or `[ ]*`.

import MarkdownIt, { type Token } from "markdown-it";
import type { Tree } from "./tree.ts";

export interface MarkdownItem {
  /** Counted from 1. */
  line: number;
  /** 0 for an item of the outermost list. */
  depth: number;
  /** The character in its box; null for an item without a box. */
  mark: string | null;
  /** True for `[ ]*`. */
  isOptional: boolean;
  /** Its own words, without markup and without the items below it. */
  text: string;
  /** The headings above it, the outermost first. */
  headings: readonly string[];
  /** The index in the result of the item that it lies below; null for none. */
  parent: number | null;
}

const maxNesting = 100;
const box = /^\[(.?)\](\*?)(?=\s|$)/u;

const inlineParser = new MarkdownIt("commonmark");
/** Parses only blocks, which takes a twentieth of the time of CommonMark with inline markup. */
const blockParser = new MarkdownIt("commonmark", { maxNesting });
blockParser.core.ruler.disable(["inline"]);

const wordsOf = (tokens: readonly Token[]): string =>
  tokens
    .map(({ type, content }) =>
      type === "text" || type === "code_inline" ? content : type.endsWith("break") ? " " : "",
    )
    .join("");

/** The text without its markup, on one line. */
export function plainText(markdown: string): string {
  const [inline] = inlineParser.parseInline(markdown, {});
  return wordsOf(inline?.children ?? [])
    .replaceAll(/\s+/g, " ")
    .trim();
}

/** Every list item in its order. */
export function markdownItems(text: string): MarkdownItem[] {
  const items: MarkdownItem[] = [];
  /** The items that are open, and the level of each. */
  const open: { at: number; level: number }[] = [];
  const headings: { level: number; text: string }[] = [];
  const hasText = new Set<number>();
  let heading = 0;
  for (const token of blockParser.parse(text, {})) {
    const within = open.at(-1);
    if (token.type === "list_item_open") {
      open.push({ at: items.length, level: token.level });
      items.push({
        line: (token.map?.[0] ?? 0) + 1,
        depth: open.length - 1,
        mark: null,
        isOptional: false,
        text: "",
        headings: headings.map((one) => one.text),
        parent: within?.at ?? null,
      });
    } else if (token.type === "list_item_close") open.pop();
    else if (token.type === "heading_open") heading = Number(token.tag.slice(1));
    else if (token.type === "inline" && heading > 0) {
      while ((headings.at(-1)?.level ?? 0) >= heading) headings.pop();
      headings.push({ level: heading, text: plainText(token.content) });
      heading = 0;
    } else if (token.type === "inline" && within?.level === token.level - 2) {
      const item = items[within.at];
      if (item === undefined || hasText.has(within.at)) continue;
      hasText.add(within.at);
      const [found = "", mark = null, star] = box.exec(token.content) ?? [];
      item.mark = mark === "" ? " " : mark;
      item.isOptional = star === "*";
      item.text = plainText(token.content.slice(found.length));
    }
  }
  return items;
}

/** The items of a file; none when it is missing. */
export const itemsIn = (tree: Tree, place: string): MarkdownItem[] =>
  tree.parsed(place, markdownItems) ?? [];

/** Our status for the character in a box. */
export function statusOfMark(mark: string): string {
  if (mark === "x" || mark === "X") return "completed";
  return mark === "-" || mark === "~" || mark === "/" ? "in progress" : "pending";
}

/** The first heading of a text. */
export const titleIn = (text: string): string | undefined => /^#\s+(.+)$/m.exec(text)?.[1]?.trim();
