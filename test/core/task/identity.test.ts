import { describe, expect, test } from "vitest";
import { findMe, isShared } from "../../../src/core/task/identity.ts";

const ana = ["Ana Kovač", "ana@acme.example"];
const work = ["Ana Kovač", "a.kovac@acme.example"];
const forge = ["Ana Kovač", "583231+akov@users.noreply.github.com", "akov"];
const team = ["Ana Kovač", "team@acme.example"];

/** What git knows the person by, who is in the tracker, and who of them the person is; none where it is not certain. */
const table: readonly [
  git: readonly string[],
  tracker: readonly string[],
  me: readonly string[],
][] = [
  // One person, spelt as trackers do.
  [ana, ["ana", "ben"], ["ana"]],
  [ana, ["@ana", "@ben"], ["@ana"]],
  [ana, ["Ana", "Ben"], ["Ana"]],
  [ana, ["ANA", "BEN"], ["ANA"]],
  [ana, [" ana ", "ben"], [" ana "]],
  [ana, ["ana.kovac", "ben.ito"], ["ana.kovac"]],
  [ana, ["ana_kovac", "ben_ito"], ["ana_kovac"]],
  [ana, ["ana-kovac", "ben-ito"], ["ana-kovac"]],
  [ana, ["anakovac", "benito"], ["anakovac"]],
  [ana, ["kovac.ana", "ito.ben"], ["kovac.ana"]],
  [ana, ["Ana Kovač", "Ben Ito"], ["Ana Kovač"]],
  [ana, ["Ana Kovac", "Ben Ito"], ["Ana Kovac"]],
  [ana, ["ANA KOVAČ", "Ben Ito"], ["ANA KOVAČ"]],
  [ana, ["Kovač, Ana", "Ito, Ben"], ["Kovač, Ana"]],
  [ana, ["a.kovac", "b.ito"], ["a.kovac"]],
  [ana, ["akovac", "bito"], ["akovac"]],
  [ana, ["kovaca", "itob"], ["kovaca"]],
  [ana, ["Ana K.", "Ben I."], ["Ana K."]],
  [ana, ["ana@acme.example", "ben@acme.example"], ["ana@acme.example"]],
  [ana, ["Ana@Acme.Example"], ["Ana@Acme.Example"]],
  [ana, ["a.kovac@acme.example", "b.ito@acme.example"], ["a.kovac@acme.example"]],
  [ana, ["ana.kovac@contractor.example"], ["ana.kovac@contractor.example"]],
  [work, ["ana", "ben"], ["ana"]],
  [work, ["a.kovac", "b.ito"], ["a.kovac"]],
  [work, ["a.kovac@acme.example"], ["a.kovac@acme.example"]],
  [forge, ["akov", "bito"], ["akov"]],
  [forge, ["ana", "ben"], ["ana"]],
  [["Ana Maria Kovač", "ana@acme.example"], ["Ana Kovač", "Ben"], ["Ana Kovač"]],
  [["ana", "ana@acme.example"], ["ana", "ben"], ["ana"]],
  [["Ana Kovač", "ana+work@acme.example"], ["ana", "ben"], ["ana"]],
  [["Łukasz Żuk", "lukasz@acme.example"], ["lukasz.zuk", "jan"], ["lukasz.zuk"]],
  [["Søren Ørsted", "s@acme.example"], ["Soren Orsted", "Ben"], ["Soren Orsted"]],
  [["Đorđe Petrović", "dp@acme.example"], ["djordje", "dorde.petrovic"], ["dorde.petrovic"]],
  [["José Núñez", "jose@acme.example"], ["jose", "ben"], ["jose"]],
  [["Анна Ковач", "anna@acme.example"], ["Анна Ковач", "Борис"], ["Анна Ковач"]],
  [["王小明", "wang@acme.example"], ["王小明", "李雷"], ["王小明"]],
  [["王小明", "wang@acme.example"], ["wang", "li"], ["wang"]],
  [["Anne-Marie Roux", "am@acme.example"], ["anne-marie.roux", "ben"], ["anne-marie.roux"]],
  // The part before the @ is the login, whatever the name is.
  [["Maria Lopez", "mlz@acme.example"], ["mlz", "ben"], ["mlz"]],
  // The surname first, without a space.
  [ana, ["kovacana", "benito"], ["kovacana"]],
  // A whole name is the person, whoever else has the first name.
  [ana, ["anakovac", "ana"], ["anakovac"]],
  [["ana", "x@acme.example"], ["ana", "ana.horvat"], ["ana"]],
  [["Ana Maria Kovač"], ["Kovač Ana Maria", "Ben"], ["Kovač Ana Maria"]],
  // A second name and the surname.
  [["Ana Maria Kovač"], ["Maria Kovač", "Ben"], ["Maria Kovač"]],
  [["Ana Maria Kovač"], ["Ana Petra Kovač", "Ben"], []],
  // A login has no rival: it is the part before the @ of the person's address.
  [["Maria Lopez", "mlz@acme.example"], ["mlz", "mlz.ito"], ["mlz"]],
  [work, ["a.kovac", "anton.kovac"], ["a.kovac"]],
  // The part before the @ in another address may be somebody else's, and has rivals.
  [["Maria Lopez", "mlz@acme.example"], ["mlz@other.example", "mlz.ito"], []],
  // An initial has a rival only in another first name with it, and the same surname.
  [["Ana Kovač"], ["a.kovac", "maja.kovac"], ["a.kovac"]],
  [["Ana Kovač"], ["a.kovac", "anton.ito"], ["a.kovac"]],
  [["Ana Kovač"], ["a.kovac", "anton.kovac", "ben"], []],
  [["Ana Kovač"], ["ana", "ana.horvat", "ben"], []],
  // A name in pieces is not the first name.
  [["Ana Kovač"], ["a.na", "ben"], []],
  // What several people share has no initials.
  [["Ops Team"], ["oteam", "ben"], []],
  // A whole name in one place and a login in another are one person.
  [ana, ["ana.kovac", "Ana Kovač"], ["ana.kovac", "Ana Kovač"]],
  // Two Anas: the first name alone is nobody's.
  [ana, ["Ana Kovač", "Ana Horvat"], ["Ana Kovač"]],
  [ana, ["ana.horvat", "ana.kovac"], ["ana.kovac"]],
  [ana, ["Ana Horvat", "Ben Ito"], []],
  [["Ana Kovač", "kovac@acme.example"], ["Ana", "Ana Horvat"], []],
  [["Ana Kovač", "kovac@acme.example"], ["ana", "ana.horvat"], []],
  [["Ana Kovač", "ak@acme.example"], ["Ana H.", "Ana K."], ["Ana K."]],
  [["Ana", "x@acme.example"], ["Ana Kovač", "Ana Horvat"], []],
  // The same surname, the same initial.
  [work, ["Anton Kovač", "Ben Ito"], []],
  [["Ana Kovač", "x@acme.example"], ["a.kovac", "anton.kovac"], []],
  [ana, ["kovac", "ben"], []],
  [ana, ["Maja Kovač", "Ben Ito"], []],
  // The part before the @ is another person's name.
  [["Maria Lopez", "alex@acme.example"], ["Alex", "Maria"], []],
  // Shared addresses and names are not a person.
  [team, ["team", "ben"], []],
  [team, ["team@acme.example", "ben@acme.example"], []],
  [team, ["team", "ana"], ["ana"]],
  [["dev", "dev@acme.example"], ["dev", "ana"], []],
  [["root", "root@localhost"], ["root", "ana"], []],
  [["Ana Kovač", "info@acme.example"], ["info@acme.example"], []],
  // Bots.
  [ana, ["dependabot[bot]", "renovate[bot]"], []],
  [["renovate[bot]", "29139614+renovate[bot]@users.noreply.github.com"], ["renovate[bot]"], []],
  [["Ana Kovač", "ana@acme.example"], ["ana[bot]", "ben"], []],
  // Strangers, nicknames, nothing.
  [ana, ["ben", "jun"], []],
  [ana, ["anabel", "anan"], []],
  [ana, ["an", "a"], []],
  [["Robert Smith", "rs@acme.example"], ["bob", "ben"], []],
  [[], ["ana", "ben"], []],
  [ana, [], []],
  [ana, ["", " "], []],
  [["", " "], ["ana", ""], []],
];

describe("who the names in git mean", () => {
  test.each(table)("%j among %j is %j", (likely, people, me) => {
    const found = findMe({ given: [], likely }, people);
    const keys = me.map((name) => name.trim().replace(/^@/, "").toLowerCase());
    expect([...found.me].toSorted()).toEqual(keys.toSorted());
  });

  test("the table has sixty rows and more", () => {
    expect(table.length).toBeGreaterThanOrEqual(60);
  });
});

test("a name that the person has set is taken as it is, and no other", () => {
  const people = ["ana", "Ana Kovač", "team", "renovate[bot]"];
  const meOf = (given: string[]) => [...findMe({ given, likely: ana }, people).me];
  expect(meOf(["@Ana"])).toEqual(["ana"]);
  expect(meOf(["team"])).toEqual(["team"]);
  expect(meOf(["renovate[bot]"])).toEqual(["renovate[bot]"]);
  expect(meOf(["somebody"])).toEqual(["ana kovač"]);
});

test("when it is not certain, the likeliest person is named", () => {
  const maybe = (likely: string[], people: string[]) => findMe({ given: [], likely }, people).maybe;
  expect(maybe(["Ana Kovač"], ["ana", "ana.horvat"])).toBe("ana");
  expect(maybe(["Ana Kovač"], ["ben", "jun"])).toBeNull();
  expect(maybe(["Ana Kovač"], ["Ana Kovač"])).toBeNull();
});

test.each([
  ["team@acme.example", true],
  ["dependabot[bot]", true],
  ["root", true],
  ["ana@acme.example", false],
  ["Dev Patel", false],
  ["team+alerts@acme.example", true],
  ["team+alerts", false],
  ["renovate-bot-runner", true],
  ["ana renovate", false],
  ["ana[bot]ik", false],
])("%s is shared: %s", (name, expected) => {
  expect(isShared(name)).toBe(expected);
});
