// Shows and applies a guessed mapping, and explains a failed guess.

import type { SourceConfig } from "../../config/source-config.ts";
import { SitrepError } from "../../core/errors.ts";
import { cleanText, quotedName } from "../../core/quote.ts";
import { readObject, type JsonObject } from "../../core/read.ts";
import { SourceError } from "../../core/source-error.ts";
import type { Guess, GuessLine, TriedCall } from "../../sources/mapping/guess-mapping.ts";
import type { Line } from "../../state/output/styled.ts";
import { table } from "../terminal/table.ts";
import { screenWidth } from "../terminal/terminal.ts";
import { readSource } from "./add-options.ts";

/** Adds the guessed mapping to the source. Settings that became arguments of the tool move into the mapping. */
export function withGuess(value: JsonObject, { mapping, used }: Guess): SourceConfig {
  const given = Object.entries(readObject(value["with"]) ?? {});
  const rest = Object.fromEntries(given.filter(([name]) => !used.includes(name)));
  return readSource({ ...value, with: rest, mapping });
}

export function guessLines(lines: readonly GuessLine[]): Line[] {
  if (lines.length === 0) return [];
  const rows = lines.map(({ what, is }) => [what, cleanText(is, 200)]);
  return [
    "No preset fits its tools. Guessed from a response:",
    ...table(rows, { width: screenWidth(), overflow: "wrap", indent: 2 }),
  ];
}

const shownTools = 40;

/** The error when no mapping could be guessed, with a hint for the user. */
export function notGuessed(
  name: string,
  tools: readonly string[],
  tried: readonly TriedCall[],
): SitrepError {
  const mapping = "Pass a mapping: --mapping FILE. docs/sources.md shows one.";
  const [first] = tried;
  if (first === undefined) {
    const listed = tools
      .slice(0, shownTools)
      .map((tool) => quotedName(tool))
      .join(", ");
    const more = tools.length > shownTools ? `, and ${tools.length - shownTools} more` : "";
    const what = `No preset fits ${name}, and none of its tools looks like it lists tasks: ${listed}${more}.`;
    return new SitrepError("usage", what, { hint: mapping });
  }
  const whys = tried.flatMap(({ tool, why }) =>
    why === null ? [] : [`${quotedName(tool)} ${why.replace(/\.$/, "")}`],
  );
  const what = `${name}: no tasks found. ${[...new Set(whys)].join("; ")}.`;
  if (first.missing.length === 0) {
    return new SourceError("source-invalid-response", what, { hint: mapping });
  }
  const values = first.missing.map((one) => `--with ${cleanText(one, 40)}=VALUE`).join(" ");
  return new SitrepError("usage", what, {
    hint: `Give ${quotedName(first.tool)} what it needs: ${values}`,
  });
}
