// Which of two versions is newer, by semver.org.

type Identifier = number | string;

function partsOf(version: string): { numbers: number[]; before: Identifier[] | null } {
  const [text = ""] = version.split("+", 1);
  const hyphen = text.indexOf("-");
  const release = hyphen === -1 ? text : text.slice(0, hyphen);
  const identifiers = hyphen === -1 ? null : text.slice(hyphen + 1).split(".");
  return {
    numbers: release.split(".").map(Number),
    before: identifiers?.map((one) => (/^\d+$/.test(one) ? Number(one) : one)) ?? null,
  };
}

/** Numbers come before words, and a shorter list before a longer one. */
function compareIdentifiers(one: Identifier | undefined, other: Identifier | undefined): number {
  if (one === other) return 0;
  if (one === undefined || other === undefined) return one === undefined ? -1 : 1;
  if (typeof one !== typeof other) return typeof one === "number" ? -1 : 1;
  return one < other ? -1 : 1;
}

/** Below 0 where `one` is older, above 0 where it is newer, else 0. Any other text is older than every version. */
export function compareVersions(one: string, other: string): number {
  const [a, b] = [partsOf(one), partsOf(other)];
  for (const at of [0, 1, 2]) {
    const difference = (a.numbers[at] || 0) - (b.numbers[at] || 0);
    if (difference !== 0) return difference;
  }
  if (a.before === null || b.before === null) {
    return a.before === b.before ? 0 : a.before === null ? 1 : -1;
  }
  const longest = Math.max(a.before.length, b.before.length);
  for (let at = 0; at < longest; at += 1) {
    const order = compareIdentifiers(a.before[at], b.before[at]);
    if (order !== 0) return order;
  }
  return 0;
}
