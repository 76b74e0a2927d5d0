// The acceptance criteria that teams write into a task's description, apart from the rest of it.

const heading =
  /^\s{0,3}(?:#{1,6}\s*)?\**\s*(?:acceptance criteria|definition of done|done when)\s*:?\s*\**\s*:?\s*$/i;
const anyHeading = /^\s{0,3}#{1,6}\s/;
const listItem = /^\s*(?:[-*+]|\d{1,3}[.)])\s+(?:\[[ xX]\]\s+)?(.+)$/;

const longestRead = 16_384;

/** A description in two parts; criteria without their list marks. */
export interface DescriptionParts {
  text: string;
  criteria: readonly string[];
}

/** Parts the list below a heading such as "Acceptance criteria" from the text around it. */
export function splitDescription(description: string): DescriptionParts {
  const lines = description.slice(0, longestRead).split(/\r?\n/);
  const start = lines.findIndex((line) => heading.test(line));
  if (start < 0) return { text: lines.join("\n").trim(), criteria: [] };
  const criteria: string[] = [];
  let end = start + 1;
  for (; end < lines.length; end += 1) {
    const line = lines[end] ?? "";
    const item = listItem.exec(line)?.[1];
    if (item !== undefined) criteria.push(item.trim());
    else if (anyHeading.test(line) || (line.trim() !== "" && criteria.length > 0)) break;
  }
  const around = [...lines.slice(0, start), ...lines.slice(end)];
  return { text: around.join("\n").trim(), criteria };
}
