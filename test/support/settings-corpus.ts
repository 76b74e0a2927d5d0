// Several hundred settings files in the styles of people and programs. Each is made of raw tokens, so that a test knows
// the text that a careful manual edit would produce.

/** A token exactly as in the file, or an object or array of tokens. Keys are tokens too and may repeat. */
export type Raw = string | { object: [key: string, value: Raw][] } | { array: Raw[] };

export const rawObject = (...object: [string, Raw][]): Raw => ({ object });
export const rawArray = (...array: Raw[]): Raw => ({ array });

/** Converts a JSON value to tokens. */
export function rawOf(value: unknown): Raw {
  if (Array.isArray(value)) return { array: value.map(rawOf) };
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return { object: Object.entries(value).map(([key, one]) => [JSON.stringify(key), rawOf(one)]) };
}

export interface Layout {
  name: string;
  /** One level of indentation; null: everything on one line. */
  indent: string | null;
  /** The whitespace on one line: inside brackets, and after a comma or colon. */
  gaps: { inside: string; after: string };
  eol: "\n" | "\r\n";
  bom: boolean;
  finalNewline: boolean;
}

/** Renders a file's text. An empty container becomes `{}` or `[]`; a token may contain others. */
export function render(raw: Raw, layout: Layout): string {
  const text = (node: Raw, outer: string): string => {
    if (typeof node === "string") return node;
    const inner = outer + (layout.indent ?? "");
    const [open, close] = "object" in node ? ["{", "}"] : ["[", "]"];
    const gap = layout.indent === null ? layout.gaps.after : " ";
    const items =
      "object" in node
        ? node.object.map(([key, value]) => `${key}:${gap}${text(value, inner)}`)
        : node.array.map((value) => text(value, inner));
    if (items.length === 0) return open + close;
    if (layout.indent === null) {
      const { inside, after } = layout.gaps;
      return `${open}${inside}${items.join(`,${after}`)}${inside}${close}`;
    }
    const line = `${layout.eol}${inner}`;
    return `${open}${line}${items.join(`,${line}`)}${layout.eol}${outer}${close}`;
  };
  return `${layout.bom ? "\uFEFF" : ""}${text(raw, "")}${layout.finalNewline ? layout.eol : ""}`;
}

const indents: Pick<Layout, "indent" | "gaps">[] = [
  { indent: "  ", gaps: { inside: "", after: "" } },
  { indent: "    ", gaps: { inside: "", after: "" } },
  { indent: "\t", gaps: { inside: "", after: "" } },
  { indent: null, gaps: { inside: "", after: "" } },
  { indent: null, gaps: { inside: " ", after: " " } },
];

export const layouts: Layout[] = indents.flatMap(({ indent, gaps }) =>
  (["\n", "\r\n"] as const).flatMap((eol) =>
    [true, false].flatMap((bom) =>
      [true, false].map((finalNewline) => {
        const look = indent === null ? `one line${gaps.after}` : JSON.stringify(indent);
        const marks = `${eol === "\n" ? "LF" : "CRLF"}${bom ? " BOM" : ""}`;
        const name = `${look} ${marks}${finalNewline ? "" : " no final newline"}`;
        return { name, indent, gaps, eol, bom, finalNewline };
      }),
    ),
  ),
);

const foreignGroup = (name: string): Raw =>
  rawOf({ matcher: name, hooks: [{ type: "command", command: `/opt/${name} --x`, timeout: 3 }] });
const httpGroup = rawOf({ hooks: [{ type: "http", url: "http://127.0.0.1:9/{}[]" }] });

export interface HooksShape {
  name: string;
  /** Null: the file has no `hooks`. */
  hooks: Raw | null;
  /** True if one of our entries goes into an existing, empty container. */
  fillsEmpty: boolean;
}

export const hooksShapes: HooksShape[] = [
  { name: "no hooks", hooks: null, fillsEmpty: false },
  { name: "empty hooks", hooks: rawObject(), fillsEmpty: true },
  {
    name: "other events",
    hooks: rawObject(['"Stop"', rawArray(httpGroup)], ['"PostToolUse"', rawArray()]),
    fillsEmpty: false,
  },
  {
    name: "others' groups",
    hooks: rawObject(
      ['"PreToolUse"', rawArray(foreignGroup("one"), foreignGroup("two"))],
      ['"Notification"', rawArray(httpGroup)],
      ['"SessionStart"', rawArray(httpGroup)],
    ),
    fillsEmpty: false,
  },
  {
    name: "one event of others",
    hooks: rawObject(['"SessionStart"', rawArray(foreignGroup("one"))]),
    fillsEmpty: false,
  },
  {
    name: "empty events",
    hooks: rawObject(['"SessionStart"', rawArray()], ['"PreToolUse"', rawArray()]),
    fillsEmpty: true,
  },
  {
    name: "an escaped event name",
    hooks: rawObject(['"\\u0053essionStart"', rawArray(foreignGroup("one"))]),
    fillsEmpty: false,
  },
];

const permissions = rawObject(
  ['"allow"', rawArray('"Bash(git *)"', '"Read(./docs/**)"')],
  ['"deny"', rawArray()],
);

/** The rest of the file, `before` and `after` the place of `hooks`. */
export interface Body {
  name: string;
  before: [string, Raw][];
  after: [string, Raw][];
}

export const bodies: Body[] = [
  { name: "after others", before: [['"model"', '"opus"']], after: [] },
  { name: "before others", before: [], after: [['"model"', '"opus"']] },
  {
    name: "amid all that JSON allows",
    before: [
      ['"$schema"', '"https://json.schemastore.org/claude-code-settings.json"'],
      ['"permissions"', permissions],
      ['"10"', '"ten"'],
      ['"9"', '"nine"'],
      ['"number"', "1.0"],
      ['"big"', "123456789012345678901234567890"],
      ['"small"', "-1.50e-7"],
      ['"model"', '"opus"'],
      ['"model"', '"opus"'],
      ['"__proto__"', rawObject(['"x"', "null"])],
      ['""', '""'],
    ],
    after: [
      ['"env"', rawObject(['"GR\\u00dc\\u00dfe"', '"caf\\u00e9 \\ud83d\\ude80 \\/ \\" \\\\"'])],
      ['"Grüße 🚀"', '"// no comment, /* none */ {\\"hooks\\": []},]"'],
      ['"nested"', rawObject(['"hooks"', rawObject(['"SessionStart"', rawArray("true")])])],
      ['"emptySpaced"', "{ }"],
      ['"arraySpaced"', "[ \t ]"],
      ['"list"', rawArray("1", rawArray(), rawArray(rawObject()), "null")],
    ],
  },
];

/** Returns the file with these hooks; null: without hooks. */
export const fileOf = ({ before, after }: Body, hooks: Raw | null): Raw =>
  rawObject(
    ...before,
    ...(hooks === null ? [] : ([['"hooks"', hooks]] as [string, Raw][])),
    ...after,
  );

export interface Sample {
  name: string;
  layout: Layout;
  shape: HooksShape;
  body: Body;
  text: string;
}

export const corpus: Sample[] = layouts.flatMap((layout) =>
  hooksShapes.flatMap((shape) =>
    bodies.map((body) => ({
      name: `${layout.name}, ${shape.name} ${body.name}`,
      layout,
      shape,
      body,
      text: render(fileOf(body, shape.hooks), layout),
    })),
  ),
);
