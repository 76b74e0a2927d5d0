// A terminal's screen as an SVG that needs no font, follows the reader's light or dark scheme, and has a text alternative.

export const styles = [
  "text",
  "strong",
  "name",
  "faint",
  "good",
  "warning",
  "bad",
  "prompt",
] as const;
export type Style = (typeof styles)[number];

export interface Run {
  /** From 0. */
  column: number;
  text: string;
  style: Style;
}

export interface Drawn {
  /** The text alternative for screen readers: its name, and its text. */
  title: string;
  description: string;
  /** The title in the window's bar. */
  caption?: string;
  lines: readonly (readonly Run[])[];
}

type Palette = Readonly<Record<Style | "ground" | "bar", string>>;

export const palettes: Readonly<Record<"light" | "dark", Palette>> = {
  light: {
    ground: "#ffffff",
    bar: "#e6eaef",
    text: "#1f2328",
    strong: "#1f2328",
    name: "#0b5f87",
    faint: "#5b6570",
    good: "#1a7036",
    warning: "#85560a",
    bad: "#b3261e",
    prompt: "#1a7036",
  },
  dark: {
    ground: "#1b2129",
    bar: "#2b333e",
    text: "#d5dbe3",
    strong: "#ffffff",
    name: "#7cc4e8",
    faint: "#9aa5b1",
    good: "#7ec699",
    warning: "#e0b45f",
    bad: "#f28b82",
    prompt: "#7ec699",
  },
};

const [characterWidth, lineHeight, left, top] = [7.4, 19, 18, 58];

const escapeXml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

const fixed = (value: number): string => String(Number(value.toFixed(1)));

/** A run's words at their positions, because SVG collapses spaces. Each is stretched to whole columns, whatever the font. */
function wordsAt(row: number, { column, text, style }: Run): string[] {
  return [...text.matchAll(/\S+(?: \S+)*/g)].map(({ 0: words, index }) => {
    const x = fixed(left + (column + index) * characterWidth);
    const width = fixed(words.length * characterWidth);
    return `<text class="${style}" x="${x}" y="${top + row * lineHeight}" textLength="${width}" lengthAdjust="spacingAndGlyphs">${escapeXml(words)}</text>`;
  });
}

const captionAt = (x: number, caption: string): string =>
  `<text class="faint" x="${x}" y="20.5" text-anchor="middle">${escapeXml(caption)}</text>`;

const rulesOf = (palette: Palette): string =>
  Object.entries(palette)
    .map(([name, color]) => `.${name}{fill:${color}}`)
    .join("");

export function drawTerminal({ title, description, caption = "", lines }: Drawn): string {
  const ends = lines.flat().map(({ column, text }) => column + text.trimEnd().length);
  const width = Math.ceil(Math.max(...ends) * characterWidth + 2 * left);
  const height = top + (lines.length - 1) * lineHeight + 16;
  const dots = ["#e0685f", "#e0b45f", "#6fb56a"].map(
    (color, at) => `<circle cx="${20 + at * 18}" cy="16" r="5.5" fill="${color}"/>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title description" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="12.3">`,
    `<title id="title">${escapeXml(title)}</title>`,
    `<desc id="description">${escapeXml(description)}</desc>`,
    `<style>${rulesOf(palettes.light)}.strong{font-weight:700}@media (prefers-color-scheme:dark){${rulesOf(palettes.dark)}}</style>`,
    `<rect class="ground" x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="8" stroke="#8b949e" stroke-opacity=".5"/>`,
    `<path class="bar" d="M1 32V8a7 7 0 0 1 7-7h${width - 16}a7 7 0 0 1 7 7v24z"/>`,
    ...dots,
    ...(caption === "" ? [] : [captionAt(width / 2, caption)]),
    ...lines.flatMap((line, row) => line.flatMap((run) => wordsAt(row, run))),
    "</svg>\n",
  ].join("\n");
}
