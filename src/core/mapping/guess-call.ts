// Which tool of an unknown server lists tasks, and with which arguments: from names, annotations and schemas. A tool that may
// write is never chosen.

import { readNumber, readObject, readString, readStrings, type JsonObject } from "../read.ts";
import { isOpenTask } from "../task/task.ts";
import { parseTaskStatus } from "../task/synonyms.ts";

/** A tool as the server describes it; its hints are null where it gives none. */
export interface ListedTool {
  readonly name: string;
  readonly inputSchema: JsonObject;
  readonly isReadOnly: boolean | null;
  readonly isDestructive: boolean | null;
}

export interface GuessedCall {
  tool: string;
  /** Templates, as in a mapping. */
  arguments: Record<string, unknown>;
  /** The open statuses, each a value of `${status}`, if the tool lists one status per call. */
  statuses: string[];
  pageSize: number | null;
  /** Required arguments that only a person can give. */
  missing: string[];
}

const set = (words: string): ReadonlySet<string> => new Set(words.split(" "));

const listVerbs = set("list lists listing search query find fetch browse retrieve all index");
const readVerbs = set("get show read view overview");
const pluralNouns = set("tasks issues todos tickets workitems");
const nouns = set("task issue todo ticket workitem");
const holders = set(
  "container containers item items entity entities record records object objects",
);
const qualifiers = set(
  "my mine me to assigned open active current pending ready user project workspace team repo repository board work item items do",
);
const writingVerbs = set(
  `create add new insert update edit set write delete remove clear purge drop archive close complete finish mark move assign
  import sync reset run execute start stop send post put patch plan split verify merge approve reopen rename replace manage`.replace(
    /\s+/g,
    " ",
  ),
);
const isIn = (words: ReadonlySet<string>) => (word: string) => words.has(word);

const wordsOf = (name: string): string[] =>
  name
    .replaceAll(/work[_-]?(items?)/gi, "work$1")
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replaceAll(/([A-Z])([A-Z][a-z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");

const enumOf = (schema: unknown): string[] => readStrings(readObject(schema)?.["enum"]);
const isNoun = (word: string): boolean => nouns.has(word) || pluralNouns.has(word);

const propertiesOf = ({ inputSchema }: ListedTool): [string, JsonObject][] =>
  Object.entries(readObject(inputSchema["properties"]) ?? {}).map(([name, schema]) => [
    name,
    readObject(schema) ?? {},
  ]);
const requiredOf = ({ inputSchema }: ListedTool): string[] => readStrings(inputSchema["required"]);

/** True if a required argument selects tasks or other things: `containerType: project, feature, task`. */
const choosesTasks = (tool: ListedTool): boolean =>
  propertiesOf(tool).some(
    ([name, schema]) =>
      requiredOf(tool).includes(name) && enumOf(schema).some((word) => isNoun(word.toLowerCase())),
  );

/** True when nothing in the tool's name and hints says that it may change anything. `own`: words of the server's name. */
function readsOnly({ name, isReadOnly, isDestructive }: ListedTool, own: ReadonlySet<string>) {
  const words = wordsOf(name);
  if (isReadOnly === false || words.some(isIn(writingVerbs))) return false;
  if (isReadOnly === true) return true;
  const known = [listVerbs, readVerbs, pluralNouns, nouns, holders, qualifiers, own];
  return isDestructive !== true && words.every((word) => known.some((some) => some.has(word)));
}

/** Ranks a tool by how likely it lists tasks, 0 first; null if it does not, or may write. */
function rankOf(tool: ListedTool, own: ReadonlySet<string>): number | null {
  const words = wordsOf(tool.name);
  const isList = words.some(isIn(listVerbs));
  const isListName =
    words.some(isIn(pluralNouns)) || (isList && (words.some(isNoun) || choosesTasks(tool)));
  const hasVerb = isList || words.some(isIn(readVerbs)) || words.includes("my");
  if (!isListName || !hasVerb || !readsOnly(tool, own)) return null;
  if (words.some(isIn(set("my mine me")))) return 0;
  const others = words.filter((word) => !isNoun(word) && !/^(?:list|get)$/.test(word));
  return 1 + others.length;
}

/** The tools that look like a list of tasks, the likeliest first. `serverName`: its words may be in a tool's name. */
export function listingTools<T extends ListedTool>(tools: readonly T[], serverName: string): T[] {
  const own = new Set(wordsOf(serverName));
  const ranked = tools.map((tool) => ({ tool, rank: rankOf(tool, own) }));
  return ranked
    .filter((one): one is { tool: T; rank: number } => one.rank !== null)
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ tool }) => tool);
}

const folderName =
  /^(?:(?:project|workspace|repo|repository|working|root|base)_?(?:root|path|dir|directory|folder)|cwd|projectroot)$/i;
const plainFolder = /^(?:path|dir|directory|folder|root|workspace)$/i;
const projectName = /^(?:project_?name|repo_?name)$/i;
const sizeName = /^(?:limit|per_?page|page_?size|max_?results|first|count|top)$/i;
const cursorName = /^(?:cursor|after|(?:next_?)?page_?token)$/i;
const anyWord = /^(?:all|any|\*)$/i;
const openWord = /^(?:open|opened|active)$/i;
const defaultPage = 100;

const isStatus = (name: string, values: readonly string[]): boolean =>
  /stat(?:us|e)$/i.test(name) ||
  values.filter((value) => parseTaskStatus(value) !== null).length * 2 > values.length;

/** The values that are not closed; an unknown word may be open. */
const openOf = (values: readonly string[]): string[] =>
  values.filter((value) => {
    const status = parseTaskStatus(value);
    return !anyWord.test(value) && (status === null || isOpenTask({ status }));
  });

/** The filter's one open value, if it leaves out only closed tasks. */
function openFilter(name: string, values: readonly string[]): string | undefined {
  const [open, ...others] = /^(?:status|state)$/i.test(name) ? openOf(values) : [];
  return others.length === 0 && openWord.test(open ?? "") ? open : undefined;
}

/** Converts text to the schema's type: a number, true or false, a list. */
function typed(text: string, { type }: JsonObject): unknown {
  if ((type === "number" || type === "integer") && Number.isFinite(Number(text)))
    return Number(text);
  if (type === "boolean") return text === "true";
  return type === "array" ? text.split(",") : text;
}

/** The value of an argument that needs no question. `known`: settings that have a value here, such as `owner`. */
function usual(name: string, known: Readonly<Record<string, string>>): string | undefined {
  if (folderName.test(name)) return "${project.path}";
  if (projectName.test(name)) return "${project.name}";
  return Object.hasOwn(known, name) ? `\${${name}}` : undefined;
}

function chosen(values: readonly string[]): string | undefined {
  const words = values.map((value) => value.toLowerCase());
  const at = [isNoun, isIn(listVerbs), isIn(set("json"))]
    .map((fits) => words.findIndex((word) => fits(word)))
    .find((index) => index >= 0);
  return at === undefined ? (values.length === 1 ? values[0] : undefined) : values[at];
}

function fillRequired(call: GuessedCall, name: string, schema: JsonObject): void {
  const values = enumOf(schema);
  const open = isStatus(name, values) ? openOf(values) : [];
  const value = chosen(values) ?? schema["default"];
  if (open.length > 1) {
    call.statuses = open;
    call.arguments[name] = "${status}";
  } else if (open[0] !== undefined) call.arguments[name] = open[0];
  else if (value !== undefined) call.arguments[name] = value;
  else if (plainFolder.test(name)) call.arguments[name] = "${project.path}";
  else call.missing.push(name);
}

/** Asks for large pages, and for the next one where the tool has an argument for it. */
function fillPages(call: GuessedCall, properties: readonly [string, JsonObject][]): void {
  const [size, schema] = properties.find(([name]) => sizeName.test(name)) ?? [];
  if (size !== undefined && schema !== undefined && call.arguments[size] === undefined) {
    call.pageSize = Math.min(defaultPage, readNumber(schema["maximum"]) ?? defaultPage);
    call.arguments[size] = call.pageSize;
  }
  for (const [name, own] of properties) {
    if (call.arguments[name] !== undefined) continue;
    const isFromZero = own["minimum"] === 0 || own["default"] === 0;
    if (/^page$/i.test(name)) call.arguments[name] = isFromZero ? "${pageIndex?}" : "${page?}";
    else if (/^(?:offset|skip|start_?at)$/i.test(name)) call.arguments[name] = "${offset?}";
    else if (cursorName.test(name)) call.arguments[name] = "${cursor?}";
  }
}

/** The call of a tool. `given`: values of its arguments that a person gave. */
export function guessCall(
  tool: ListedTool,
  given: Readonly<Record<string, string>>,
  known: Readonly<Record<string, string>>,
): GuessedCall {
  const call: GuessedCall = {
    tool: tool.name,
    arguments: {},
    statuses: [],
    pageSize: null,
    missing: [],
  };
  const properties = propertiesOf(tool);
  const required = requiredOf(tool);
  for (const [name, schema] of properties) {
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    const own = readString(schema["type"]) === "string" ? usual(name, known) : undefined;
    const open = openFilter(name, enumOf(schema));
    if (value !== undefined) call.arguments[name] = typed(value, schema);
    else if (own !== undefined) call.arguments[name] = own;
    else if (open !== undefined) call.arguments[name] = open;
    else if (required.includes(name) && !sizeName.test(name)) fillRequired(call, name, schema);
  }
  fillPages(call, properties);
  return call;
}
