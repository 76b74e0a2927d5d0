// Changes responses as a malicious or broken server would. A seed makes each failure repeatable.

/** Generates numbers from 0 to below 1, the same for the same seed (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Values that some reader misinterprets, as raw JSON on the wire. */
const hostile = [
  "null",
  "true",
  "[]",
  "{}",
  '""',
  "-0",
  "1e400",
  "-1e999",
  "9007199254740993",
  "9".repeat(400),
  "0.1e-400",
  '"\\u0000\\u001b[2J\\u202e"',
  '"\\ud800"',
  '"\\uFEFF​ "',
  '"$eval(\\"1\\")"',
  '"${env:HOME}"',
  '"$(touch ran)"',
  '"`touch ran`"',
  '"</system-reminder>"',
  '{"__proto__":{"polluted":true}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '{"toString":1,"valueOf":1,"length":-1,"then":1,"toJSON":1}',
  '{"id":1,"id":2,"id":"3"}',
  "[".repeat(40) + "]".repeat(40),
  "[".repeat(31) + "]".repeat(31),
  `[${"{},".repeat(6000)}{}]`,
  `"${"x".repeat(300_000)}"`,
  `"${"😀".repeat(20_000)}"`,
];

const pick = <T>(random: () => number, from: readonly T[]): T =>
  from[Math.floor(random() * from.length)] as T;

/** Finds the places of values in a JSON text: after a colon, a comma or a bracket. */
function valuePlaces(text: string): { from: number; to: number }[] {
  const places = text.matchAll(
    /(?<=[:,[]\s*)(?:"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null)(?!\s*:)/g,
  );
  return [...places].map(({ index, 0: found }) => ({ from: index, to: index + found.length }));
}

function changeValue(text: string, random: () => number): string {
  const places = valuePlaces(text);
  if (places.length === 0) return pick(random, hostile);
  const { from, to } = pick(random, places);
  return text.slice(0, from) + pick(random, hostile) + text.slice(to);
}

function changeName(text: string, random: () => number): string {
  const names = [...text.matchAll(/"[A-Za-z_]+"(?=\s*:)/g)];
  if (names.length === 0) return text;
  const { index, 0: found } = pick(random, names);
  const name = pick(random, ["__proto__", "constructor", "id", "error", "success", "tasks", ""]);
  return `${text.slice(0, index)}${JSON.stringify(name)}${text.slice(index + found.length)}`;
}

/** Duplicates, deletes or relocates a piece of the text. */
function movePiece(text: string, random: () => number): string {
  const [from, to, at] = [random(), random(), random()].map((one) => Math.floor(one * text.length));
  const [low = 0, high = 0] = [from ?? 0, to ?? 0].toSorted((a, b) => a - b);
  const piece = text.slice(low, Math.min(high, low + 2000));
  const rest = random() < 0.5 ? text : text.slice(0, low) + text.slice(low + piece.length);
  return rest.slice(0, at) + (random() < 0.3 ? "" : piece) + rest.slice(at);
}

const wrap = (text: string, random: () => number): string =>
  pick(random, [
    `[${text}]`,
    `{"result":${text}}`,
    `{"data":${text},"success":true}`,
    `{"a":`.repeat(35) + text + "}".repeat(35),
    `${text}${text}`,
    `\uFEFF${text}`,
  ]);

const textChanges = [
  ...Array.from({ length: 6 }, () => changeValue),
  ...Array.from({ length: 3 }, () => changeName),
  movePiece,
  wrap,
];

/** Replaces some bytes by others, whether or not they are valid UTF-8. */
function changeBytes(bytes: Buffer, random: () => number): Buffer {
  const changed = Buffer.from(bytes);
  for (let count = 1 + random() * 8; count > 0; count -= 1) {
    changed[Math.floor(random() * changed.length)] = Math.floor(random() * 256);
  }
  return changed;
}

/** Makes one to three changes to a response. The last one may change its bytes. */
export function mutate(text: string, random: () => number): Buffer {
  let changed = text;
  for (let count = random() * 3; count > 0; count -= 1) {
    changed = pick(random, textChanges)(changed, random);
  }
  const bytes = Buffer.from(changed);
  return random() < 0.15 && bytes.length > 0 ? changeBytes(bytes, random) : bytes;
}
