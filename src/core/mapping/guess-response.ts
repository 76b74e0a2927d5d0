// Where the tasks are in an unknown server's response, and which of their fields are ours: a response map that a person can read.

import { readItems, readObject, type JsonObject } from "../read.ts";
import { missingFieldsText } from "../task/missing-fields-text.ts";
import { fieldNames, missingFields } from "../task/raw-task.ts";
import { guessText } from "./guess-text.ts";
import type { ResponseGuess, ResponseMap } from "./mapping.ts";
import { responseValues, type ToolResponse } from "./tool-response.ts";

const plainKey = /^[A-Za-z_][\w-]{0,60}$/;
const maxDepth = 4;
const maxSample = 50;

interface FoundList {
  path: readonly string[];
  items: readonly unknown[];
}

/** The lists in a value that are empty or hold objects, shallowest first. Lists inside lists are parts of items. */
function listsIn(value: unknown): FoundList[] {
  const found: FoundList[] = [];
  let level: { path: string[]; value: unknown }[] = [{ path: [], value }];
  for (let depth = 0; depth <= maxDepth; depth += 1) {
    for (const one of level) {
      if (!Array.isArray(one.value)) continue;
      const items: unknown[] = one.value;
      if (items.every((item) => readObject(item) !== null)) found.push({ path: one.path, items });
    }
    level = level.flatMap(({ path, value: inner }) =>
      Object.entries(readObject(inner) ?? {})
        .filter(([key]) => plainKey.test(key))
        .map(([key, next]) => ({ path: [...path, key], value: next })),
    );
  }
  return found;
}

const wrappers = ["fields", "node", "task", "issue", "item", "attributes"] as const;

/** The object inside of each item that has the title, as in Jira's `fields`; null for none. */
const wrapperOf = (items: readonly JsonObject[]): string | null =>
  wrappers.find(
    (name) =>
      items.length > 0 &&
      items.every(
        (item) =>
          missingFields(item).includes("a title") &&
          !missingFields({ id: 1, ...readObject(item[name]) }).includes("a title"),
      ),
  ) ?? null;

const other = {
  id: ["issue_id", "issueId", "todo_id", "todoId", "uuid", "uid", "gid", "_id", "ref", "slug"],
  title: ["content", "text", "task", "headline", "task_title", "description"],
  status: ["stage", "column", "done", "completed", "is_completed", "isCompleted", "checked"],
  priority: ["priority", "priorityLabel", "priority_label", "urgency"],
  due: ["dueAt", "due_at", "target_date", "targetDate"],
  assignees: ["owner", "assignee_name", "assigneeName", "responsible"],
  dependsOn: ["depends_on_ids", "dependsOnIds", "dependencyIds", "dependency_ids", "prerequisites"],
} as const;
type Field = keyof typeof other;

/** Id fields: those that people use, before those of a database. */
const shownIds = ["identifier", "key", "references.full", "id", "iid", "number"];
const shownId = /^#?[A-Z][A-Z0-9_]{0,15}-\d+$|^#?\d{1,7}$|^[\w./-]{1,100}#\d+$/;

const valueAt = (item: JsonObject, path: string): unknown =>
  path.split(".").reduce<unknown>((value, key) => readObject(value)?.[key], item);

const idTextOf = (item: JsonObject, path: string): string => {
  const value = valueAt(item, path);
  return typeof value === "string" || typeof value === "number" ? String(value).trim() : "";
};

function idIn(items: readonly JsonObject[]): string | undefined {
  const isShown = (path: string): boolean => {
    const ids = items.map((item) => idTextOf(item, path));
    return ids.every((id) => shownId.test(id)) && new Set(ids).size === ids.length;
  };
  const isThere = (path: string): boolean => items.some((item) => idTextOf(item, path) !== "");
  if (items.length === 0) return undefined;
  return shownIds.find(isShown) ?? [...fieldNames.id, ...other.id].find(isThere);
}

/** Where a field is in the items: the first name that any of them has a value for. */
function placeOf(field: Field, items: readonly JsonObject[]): string | undefined {
  if (field === "id") return idIn(items);
  const names = [...(field === "priority" ? [] : fieldNames[field]), ...other[field]];
  return names.find((name) =>
    items.some((item) => (item[name] ?? null) !== null && item[name] !== ""),
  );
}

/** Fields that `taskFromRaw` finds by itself. */
function isRead(field: Field, place: string, items: readonly JsonObject[]): boolean {
  if (["priority", "done", "completed", "description"].includes(place)) return true;
  if (field === "priority") return false;
  const first = (item: JsonObject) =>
    fieldNames[field].find((name) => (item[name] ?? null) !== null);
  return (
    items.every((item) => (first(item) ?? place) === place) &&
    fieldNames[field].includes(place as never)
  );
}

const quotedPath = (path: readonly string[]): string =>
  path.map((key) => (/^[A-Za-z_]\w*$/.test(key) ? key : `\`${key}\``)).join(".");

const isTask = (view: JsonObject): boolean =>
  placeOf("id", [view]) !== undefined && placeOf("title", [view]) !== undefined;

function fieldsOf(items: readonly JsonObject[]) {
  const wrapper = wrapperOf(items);
  const views = items.map((item) =>
    wrapper === null ? item : { ...item, ...readObject(item[wrapper]) },
  );
  const fields: [Field, string][] = (Object.keys(other) as Field[]).flatMap((field) => {
    const place = placeOf(field, views);
    return place === undefined ? [] : [[field, place] as [Field, string]];
  });
  const own = fields
    .filter(([field, place]) => !isRead(field, place, views))
    .map(([field, place]) => {
      const isFlag = field === "status" && views.some((view) => typeof view[place] === "boolean");
      return `"${isFlag ? "done" : field}": ${quotedPath(place.split("."))}`;
    });
  const base = wrapper === null ? "$" : `$merge([$, ${wrapper}])`;
  const task =
    own.length > 0 ? `${base}.$merge([$, {${own.join(", ")}}])` : wrapper === null ? null : base;
  return { fields, task, hasTasks: views.some(isTask) };
}

const listName =
  /^(?:tasks|issues|todos|tickets|cards|items|nodes|results?|data|records|entries|values)$/i;
const taskName = /^(?:tasks|issues|todos|tickets)$/i;

/** The likeliest of several lists: named like a task list, else with tasks, else named like any list. */
const weightOf = ({ path, items }: FoundList): number => {
  const name = path.at(-1) ?? "items";
  const hasTasks = items.length > 0 && fieldsOf(sampleOf(items)).hasTasks;
  return (taskName.test(name) ? 4 : 0) + (hasTasks ? 2 : 0) + (listName.test(name) ? 1 : 0);
};

const sampleOf = (items: readonly unknown[]): JsonObject[] =>
  readItems(items.slice(0, maxSample), readObject);

const totalNames = ["total", "totalCount", "total_count", "pagination.total"];
const cursors = [
  ["nextCursor", "nextCursor"],
  ["next_cursor", "next_cursor"],
  ["nextPageToken", "nextPageToken"],
  ["next_page_token", "next_page_token"],
  ["pageInfo.endCursor", "pageInfo.hasNextPage ? pageInfo.endCursor"],
] as const;

/** The server's count, and the cursor of the next page, at the top or beside the list. */
function pagesIn(value: unknown, path: readonly string[]): Pick<ResponseMap, "total" | "cursor"> {
  const found: Pick<ResponseMap, "total" | "cursor"> = {};
  for (const base of [path.slice(0, -1), []]) {
    const beside = readObject(base.reduce<unknown>((one, key) => readObject(one)?.[key], value));
    if (beside === null) continue;
    const at = (name: string): string => quotedPath([...base, ...name.split(".")]);
    const total = totalNames.find((name) => typeof valueAt(beside, name) === "number");
    const cursor = cursors.find(([name]) => valueAt(beside, name) !== undefined);
    if (total !== undefined) found.total ??= at(total);
    if (cursor !== undefined) {
      const expression = cursor[1].replaceAll("pageInfo", at("pageInfo"));
      found.cursor ??= expression === cursor[0] ? at(cursor[0]) : expression;
    }
  }
  return found;
}

function guessValue(value: unknown): ResponseGuess | null {
  const lists = listsIn(value);
  const [best, ...rest] = lists.toSorted((a, b) => weightOf(b) - weightOf(a));
  if (best === undefined || (best.items.length === 0 && weightOf(best) === 0)) return null;
  const { fields, task, hasTasks } = fieldsOf(sampleOf(best.items));
  const tasks = best.path.length === 0 ? "$" : quotedPath(best.path);
  const isMore = ({ items }: FoundList): boolean =>
    items.length > 0 && fieldsOf(sampleOf(items)).hasTasks;
  return {
    map: { tasks, ...(task !== null && { task }), ...pagesIn(value, best.path) },
    kind: hasTasks ? "tasks" : best.items.length === 0 ? "empty" : "lacking",
    lack: hasTasks ? null : missingFieldsText(best.items),
    place: best.path.length === 0 ? "the response itself" : best.path.join("."),
    fields: fields.map(([field, from]) => [field === "dependsOn" ? "dependencies" : field, from]),
    others: rest.filter(isMore).map(({ path }) => path.join(".")),
  };
}

/** Null when the response has no list of objects and no text that looks like tasks. */
export function guessResponse(response: ToolResponse): ResponseGuess | null {
  for (const value of responseValues(response)) {
    const guess = guessValue(value);
    if (guess !== null) return guess;
  }
  return guessText(response.texts);
}
