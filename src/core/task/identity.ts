// Which of a source's people is the user. Trackers, git and mail spell one person in many ways.

export const personKey = (name: string): string => name.trim().replace(/^@/, "").toLowerCase();

export interface Identity {
  /** Set by the user, with `sitrep me` or in the settings. */
  given: readonly string[];
  /** From git, mail and sign-ins. */
  likely: readonly string[];
}

export const unknownIdentity: Identity = { given: [], likely: [] };

const ascii = /^[ -~]*$/;
/** Letters that NFD does not decompose, each with its plain spelling. */
const letters: Readonly<Record<string, string>> = {
  đ: "d",
  ð: "d",
  ø: "o",
  ł: "l",
  ß: "ss",
  æ: "ae",
  œ: "oe",
  þ: "th",
  ı: "i",
};

function folded(name: string): string {
  const key = personKey(name);
  if (ascii.test(key)) return key;
  return key
    .normalize("NFD")
    .replace(/[\u0300-\u036f]/g, "")
    .replace(/[đðøłßæœþı]/g, (letter) => letters[letter] ?? letter);
}

/** Names of machines, groups and mailboxes: several people, or none. A string: building a set would slow a hook's start. */
const shared =
  " admin administrator all bot bots build ci contact dev developer developers devs everyone git github gitlab hello " +
  "help hi info it jenkins mail me nobody noreply office ops reply root sales service support sysadmin system team test " +
  "ubuntu user vagrant webmaster you ";

interface Name {
  whole: string;
  /** `ana`, `kovac`; for an address, words of its local part. */
  words: readonly string[];
  isAddress: boolean;
}

/** `Kovač, Ana` is read as `Ana Kovač`, and `ana+work@acme.example` as `ana`. */
function parsed(name: string): Name {
  const whole = folded(name);
  const at = whole.indexOf("@");
  const local = (at > 0 ? whole.slice(0, at) : whole).replace(/\+.*$/, at > 0 ? "" : "$&");
  const [last = "", first] = local.split(",");
  const text = first === undefined ? last : `${first} ${last}`;
  return { whole, words: text.split(/[\s._\-+]+/).filter(Boolean), isAddress: at > 0 };
}

/** True for a bot, and for a name or address that several people share. */
export function isShared(name: string): boolean {
  const { whole, words } = parsed(name);
  return (
    /\[bot\]$|^(?:dependabot|renovate)\b/.test(whole) ||
    words.every((word) => shared.includes(` ${word} `))
  );
}

const isSameSet = (left: readonly string[], right: readonly string[]): boolean =>
  left.length === right.length && left.every((word) => right.includes(word));

const firstOf = ({ words }: Name): string => words[0] ?? "";
const lastOf = ({ words }: Name): string => words.at(-1) ?? "";
const hasSurname = ({ words }: Name): boolean => words.length > 1;

/** `whole`: certainly the same person. The others may be somebody else: they count only if nobody else fits. */
type Fit = "whole" | "login" | "initial" | "first";

function fitOf(own: Name, other: Name): Fit | null {
  if (own.whole === other.whole) return "whole";
  if (hasSurname(own) && isSameSet(own.words, other.words)) return "whole";
  const [first, last, joined] = [firstOf(own), lastOf(own), other.words.join("")];
  if (hasSurname(own)) {
    if ([first + last, last + first].includes(joined)) return "whole";
    const isWithin = other.words.every((word) => own.words.includes(word));
    if (hasSurname(other) && isWithin && other.words.includes(last)) return "login";
    const initials = [first.slice(0, 1) + last, last + first.slice(0, 1), first + last.slice(0, 1)];
    if (initials.includes(joined)) return "initial";
  }
  // The part before the @ is a login in most teams.
  if (own.isAddress !== other.isAddress && isSameSet(own.words, other.words)) return "login";
  return other.words.length === 1 && joined === first ? "first" : null;
}

function hasRival(fit: Fit, own: Name, candidate: Name, people: readonly Name[]): boolean {
  if (fit !== "first" && fit !== "initial") return false;
  const others = people.filter((one) => one !== candidate);
  if (fit === "first") return others.some((one) => one.words.includes(firstOf(own)));
  return others.some(
    (one) =>
      lastOf(one) === lastOf(own) &&
      firstOf(one).slice(0, 1) === firstOf(own).slice(0, 1) &&
      firstOf(one) !== firstOf(own),
  );
}

export interface Found {
  me: ReadonlySet<string>;
  /** Somebody who may be the user, as the source spells it; null if nobody fits. */
  maybe: string | null;
}

export function findMe({ given, likely }: Identity, people: Iterable<string>): Found {
  const all = [...new Map([...people].map((name) => [personKey(name), name])).entries()];
  const named = new Set(given.map(personKey));
  const exact = all.flatMap(([key]) => (named.has(key) ? [key] : []));
  if (exact.length > 0) return { me: new Set(exact), maybe: null };
  const own = [...given, ...likely.filter((name) => !isShared(name))].map(parsed);
  const names = all.map(([, name]) => parsed(name));
  const fits = all.flatMap(([key, name], index) => {
    const other = names[index];
    if (other === undefined || isShared(name)) return [];
    return own.flatMap((one) => {
      const fit = fitOf(one, other);
      return fit === null ? [] : [{ key, name, fit, isSure: !hasRival(fit, one, other, names) }];
    });
  });
  const whole = fits.filter(({ fit }) => fit === "whole");
  if (whole.length > 0) return { me: new Set(whole.map(({ key }) => key)), maybe: null };
  const loose = new Set(fits.map(({ key }) => key));
  const isOne = loose.size === 1 && fits.some(({ isSure }) => isSure);
  return isOne ? { me: loose, maybe: null } : { me: new Set(), maybe: fits[0]?.name ?? null };
}
