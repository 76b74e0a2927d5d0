// Fakes of trackers' APIs on loopback, with responses in the form of their published schemas: @octokit/openapi-types
// 29, GitLab's and Gitea's REST pages, @linear/sdk 98, jira.js 5.4, @doist/todoist-sdk 11. Each has pages, checks its
// token and counts the requests that would count against a limit.

import { createHash } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { Config } from "../../src/config/schema.ts";
import { SourceConfig } from "../../src/config/source-config.ts";
import type { TaskSource } from "../../src/core/ports.ts";
import { openConfigured } from "../../src/sources/configured-server.ts";
import { createSourceContext } from "../../src/sources/credentials.ts";
import { githubPulls, type FakePull } from "./fake-pulls.ts";
import { giteaPulls, gitlabPulls } from "./fake-pulls-rest.ts";
import { temporaryFolder } from "./temporary.ts";

export const token = "tok_5f2c9d1e7a3b4c6d";

export interface Asked {
  method: string;
  path: string;
  query: Record<string, string>;
  headers: IncomingMessage["headers"];
  body: unknown;
}

export interface QueryResult {
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
}

/** Returns the fake's response before paging and validators; null: 404. */
type Route = (asked: Asked, fake: FakeTracker) => QueryResult | null;

export interface FakeTracker {
  kind: Kind;
  origin: string;
  asked: Asked[];
  /** The number of requests that count against the limit: all except those answered with 304. */
  used: number;
  /** All open items, in the tracker's own form. */
  items: Record<string, unknown>[];
  pulls: FakePull[];
  /** The errors that GraphQL reports with the pull requests. */
  pullErrors: object[];
  pageSize: number;
  /** Answers instead of the tracker; null: the tracker answers. */
  fault: ((asked: Asked) => QueryResult | null) | null;
  /** Chooses where to cut the connection of a request; null: no cut. */
  cut: ((asked: Asked) => Cut | null) | null;
  /** The comments that were added, as `id: text`. */
  comments: string[];
}

/**
 * `unread`: before the tracker acts. `unanswered`: after it has acted. `half`: in the middle of its response. `empty`:
 * its response is a success without a body.
 */
export const cuts = ["unread", "unanswered", "half", "empty"] as const;
export type Cut = (typeof cuts)[number];

export const etagOf = (body: unknown): string =>
  `"${createHash("sha256")
    .update(JSON.stringify(body ?? null))
    .digest("hex")
    .slice(0, 16)}"`;

/** Returns a page of the items, with the address of the next page in the form of RFC 8288. */
function linked({ path, query }: Asked, { items, pageSize, origin }: FakeTracker): QueryResult {
  const page = Number(query["page"] ?? 1);
  const next = new URLSearchParams({ ...query, page: String(page + 1) });
  const link = {
    link: `<${origin}${path}?${next}>; rel="next", <${origin}${path}?page=9>; rel="last"`,
  };
  const isLast = page * pageSize >= items.length;
  return {
    body: items.slice((page - 1) * pageSize, page * pageSize),
    ...(isLast ? {} : { headers: link }),
  };
}

/** Returns the first item of a cursor's page, and the cursor of the next page or null. */
function pageAt({ items, pageSize }: FakeTracker, cursor: unknown) {
  const from = Number(typeof cursor === "string" ? cursor.replace("c", "") : 0);
  const next = from + pageSize < items.length ? `c${from + pageSize}` : null;
  return { page: items.slice(from, from + pageSize), next };
}

const bodyOf = ({ body }: Asked) => body as Record<string, Record<string, unknown>>;
/** Changes an item as an API does, with the time of the change. */
function changed(item: Record<string, unknown> | undefined, fields: object): QueryResult | null {
  if (item === undefined) return null;
  const at = new Date(Date.now() + ++clicks).toISOString();
  Object.assign(item, fields, "fields" in item ? {} : { updated_at: at, updatedAt: at });
  return { body: item };
}
let clicks = 0;

/** Adds an item with the fields of the request and the next number. */
function added({ body }: Asked, fake: FakeTracker): QueryResult {
  const item = apis[fake.kind].item(fake.items.length + 1, "");
  fake.items.push(Object.assign(item, body));
  return { status: 201, body: item };
}

const logins = (names: unknown) => (names as string[]).map((login) => ({ login }));

/** Serves issues of GitHub and similar APIs: state, assignees (`ghost` is left out without an error), comments. */
function issueRoute(asked: Asked, fake: FakeTracker, base: string): QueryResult | null {
  if (asked.path === base)
    return asked.method === "POST" ? added(asked, fake) : linked(asked, fake);
  const [id = "", what] = asked.path.slice(base.length + 1).split("/");
  const item = fake.items.find((one) => String(one["number"]) === id);
  const { body, assignees, ...fields } = (asked.body ?? {}) as Record<string, unknown>;
  if (asked.method === "POST" && what === "comments" && item) {
    fake.comments.push(`${id}: ${String(body)}`);
    return { status: 201, body: { id: 1, body } };
  }
  if (asked.method !== "PATCH") return found(fake, "number", id);
  const given = assignees as string[] | undefined;
  const people = given && { assignees: logins(given.filter((name) => name !== "ghost")) };
  return changed(item, { ...fields, ...people });
}

const found = (fake: FakeTracker, key: string, id: string): QueryResult | null => {
  const item = fake.items.find((one) => String(one[key]) === id);
  return item === undefined ? null : { body: item };
};

interface Api {
  /** The path of the API below the origin. */
  base: string;
  preset: string;
  auth: object;
  isSignedIn: (headers: IncomingMessage["headers"]) => boolean;
  with: Record<string, string>;
  item: (number: number, title: string) => Record<string, unknown>;
  route: Route;
}

const secret = "${env:TOKEN}";
const bearer = { type: "bearer", secret };
const isBearer = ({ authorization }: IncomingMessage["headers"]) =>
  authorization === `Bearer ${token}`;

/** The workflow states, out of order and with a second started state. */
const linearStates = [
  { id: "s-review", name: "In Review", type: "started", position: 3 },
  { id: "s-progress", name: "In Progress", type: "started", position: 2 },
  { id: "s-todo", name: "Todo", type: "unstarted", position: 1 },
  { id: "s-backlog", name: "Backlog", type: "backlog", position: 0 },
  { id: "s-done", name: "Done", type: "completed", position: 4 },
  { id: "s-canceled", name: "Canceled", type: "canceled", position: 5 },
];

const step = (id: string, name: string, key: string, fields = {}) => ({
  id,
  name: `To ${name}`,
  to: { name, statusCategory: { key } },
  fields,
});
/** The transitions; one of them requires a field without a default. */
export const jiraTransitions = [
  step("5", "Closed", "done", { resolution: { required: true, hasDefaultValue: false } }),
  step("41", "Won't Do", "done"),
  step("31", "Done", "done", { resolution: { required: true, hasDefaultValue: true } }),
  step("22", "In Review", "indeterminate"),
  step("21", "In Progress", "indeterminate"),
  step("11", "To Do", "new"),
];

export const apis = {
  github: {
    base: "",
    preset: "github",
    auth: bearer,
    isSignedIn: isBearer,
    with: { repository: "o/r" },
    item: (number, title) => ({
      id: 1000 + number,
      number,
      title,
      state: "open",
      state_reason: null,
      html_url: `https://github.com/o/r/issues/${number}`,
      labels: [{ name: "bug" }],
      assignees: [{ login: "ada" }],
      milestone: null,
      type: null,
      body: "…",
      created_at: "2026-11-01T09:00:00Z",
      updated_at: "2026-11-20T09:00:00Z",
    }),
    route: (asked, fake) => {
      if (asked.path === "/user") return { body: { login: "ada" } };
      if (asked.path === "/graphql") return githubPulls(asked.body, fake);
      return issueRoute(asked, fake, "/repos/o/r/issues");
    },
  },
  gitlab: {
    base: "/api/v4",
    preset: "gitlab",
    auth: bearer,
    isSignedIn: isBearer,
    with: { repository: "group/sub/p" },
    item: (iid, title) => ({
      id: 70 + iid,
      iid,
      title,
      description: "…",
      state: "opened",
      labels: ["bug"],
      assignees: [{ username: "ada" }],
      milestone: null,
      due_date: null,
      weight: null,
      issue_type: "issue",
      web_url: `https://gitlab.com/group/sub/p/-/issues/${iid}`,
      created_at: "2026-11-01T09:00:00.000Z",
      updated_at: "2026-11-20T09:00:00.000Z",
    }),
    route: (asked, fake) => {
      if (asked.path === "/api/v4/user") return { body: { username: "ada" } };
      const project = "/api/v4/projects/group%2Fsub%2Fp/issues";
      if (asked.path === project)
        return asked.method === "POST" ? added(asked, fake) : linked(asked, fake);
      if (asked.path === "/api/v4/users") {
        const ids = { ada: 1, bob: 2 } as Record<string, number>;
        const id = ids[asked.query["username"] ?? ""];
        return { body: id === undefined ? [] : [{ id, username: asked.query["username"] }] };
      }
      if (!asked.path.startsWith(`${project}/`)) return gitlabPulls(asked, fake);
      const rest = asked.path.slice(project.length + 1);
      const [id = "", what] = rest.split("/");
      const item = fake.items.find((one) => String(one["iid"]) === id);
      const {
        body,
        state_event: event,
        assignee_ids: ids,
      } = (asked.body ?? {}) as never as {
        body?: string;
        state_event?: string;
        assignee_ids?: number[];
      };
      if (asked.method === "POST" && what === "notes" && item) {
        fake.comments.push(`${id}: ${body}`);
        return { status: 201, body: { id: 1, body } };
      }
      if (asked.method !== "PUT") return found(fake, "iid", id);
      const people = ids && {
        assignees: ids.map((one) => ({ username: ["", "ada", "bob"][one] })),
      };
      const state = event && { state: event === "close" ? "closed" : "opened" };
      return changed(item, { ...state, ...people });
    },
  },
  gitea: {
    base: "/api/v1",
    preset: "gitea",
    auth: { type: "header", header: "authorization", scheme: "token", secret },
    isSignedIn: ({ authorization }) => authorization === `token ${token}`,
    with: { repository: "o/r" },
    item: (number, title) => ({
      id: number,
      number,
      title,
      body: "…",
      state: "open",
      ref: "",
      labels: [{ id: 1, name: "bug", color: "ee0701" }],
      assignees: [{ login: "ada" }],
      milestone: null,
      due_date: null,
      html_url: `https://codeberg.org/o/r/issues/${number}`,
      pull_request: null,
      repository: { full_name: "o/r" },
      updated_at: "2026-11-20T09:00:00Z",
    }),
    route: (asked, fake) => {
      if (asked.path === "/api/v1/user") return { body: { login: "ada" } };
      const issues = "/api/v1/repos/o/r/issues";
      return asked.path.startsWith(issues)
        ? issueRoute(asked, fake, issues)
        : giteaPulls(asked, fake);
    },
  },
  linear: {
    base: "",
    preset: "linear",
    auth: { type: "header", header: "authorization", secret },
    isSignedIn: ({ authorization }) => authorization === token,
    with: {},
    item: (number, title) => ({
      id: `9cf-${number}`,
      identifier: `ENG-${number}`,
      title,
      description: null,
      priority: 2,
      branchName: `ada/eng-${number}-fix`,
      dueDate: null,
      url: `https://linear.app/acme/issue/ENG-${number}`,
      createdAt: "2026-11-01T09:00:00.000Z",
      updatedAt: "2026-11-20T09:00:00.000Z",
      state: { name: "In Progress", type: "started" },
      assignee: { displayName: "ada" },
      labels: { nodes: [{ name: "bug" }] },
      parent: null,
      estimate: null,
      inverseRelations: { nodes: [] },
    }),
    route: (asked, fake) => {
      if (asked.path !== "/graphql") return null;
      const { query, variables = {} } = bodyOf(asked);
      const text = String(query);
      const issueOf = (id: unknown) =>
        fake.items.find((one) => one["identifier"] === id || one["id"] === id);
      if (text.includes("commentCreate")) {
        fake.comments.push(`${String(variables["id"])}: ${String(variables["text"])}`);
        return { body: { data: { commentCreate: { success: true } } } };
      }
      if (text.includes("users(filter")) {
        const all = ["ada", "bob", "twin", "twin"];
        const people = all.filter((name) => name === variables["name"]);
        return {
          body: { data: { users: { nodes: people.map((name) => ({ id: `u-${name}` })) } } },
        };
      }
      if (text.includes("team{states")) {
        const nodes = linearStates.map(({ id, name, type, position }) => ({
          id,
          name,
          type,
          position,
        }));
        return { body: { data: { issue: { team: { states: { nodes } } } } } };
      }
      if (text.includes("issueUpdate")) {
        const value = String(variables["value"]);
        const { name, type } = linearStates.find((one) => one.id === value) ?? {};
        const change =
          name === undefined
            ? { assignee: { displayName: value.replace("u-", "") } }
            : { state: { name, type } };
        const issue = changed(issueOf(variables["id"]), change)?.body;
        return { body: { data: { issueUpdate: { success: issue !== undefined, issue } } } };
      }
      if (text.includes("issue(id:")) {
        const id = String(variables["id"]);
        const issue = fake.items.find((one) => one["identifier"] === id) ?? null;
        return issue === null
          ? {
              body: {
                data: null,
                errors: [
                  { message: "Entity not found: Issue", extensions: { code: "INPUT_ERROR" } },
                ],
              },
            }
          : { body: { data: { issue } } };
      }
      if (!text.includes("assignedIssues"))
        return { body: { data: { viewer: { displayName: "ada", name: "Ada", email: "a@b.c" } } } };
      const { page: nodes, next } = pageAt(fake, variables["after"]);
      const pageInfo = { hasNextPage: next !== null, endCursor: next ?? "c9" };
      return { body: { data: { viewer: { assignedIssues: { nodes, pageInfo } } } } };
    },
  },
  jira: {
    base: "",
    preset: "jira",
    auth: { type: "basic", user: "ada@acme.example", secret },
    isSignedIn: ({ authorization }) =>
      authorization === `Basic ${Buffer.from(`ada@acme.example:${token}`).toString("base64")}`,
    with: {},
    item: (number, title) => ({
      id: String(10_000 + number),
      key: `PROJ-${number}`,
      fields: {
        summary: title,
        description: { type: "doc", version: 1, content: [] },
        status: { name: "In Progress", statusCategory: { key: "indeterminate" } },
        priority: { name: "High" },
        assignee: { accountId: "5b1", displayName: "ada" },
        labels: ["bug"],
        duedate: null,
        issuetype: { name: "Task" },
        issuelinks: [],
        created: "2026-11-01T09:00:00.000+0000",
        updated: "2026-11-20T09:00:00.000+0000",
      },
    }),
    route: (asked, fake) => {
      if (asked.path === "/rest/api/3/myself")
        return { body: { displayName: "ada", emailAddress: "ada@acme.example" } };
      if (asked.path === "/rest/api/3/search/jql") {
        const { page: issues, next } = pageAt(fake, bodyOf(asked)["nextPageToken"]);
        return {
          body: {
            issues,
            ...(next === null ? { isLast: true } : { nextPageToken: next, isLast: false }),
          },
        };
      }
      if (asked.path === "/rest/api/3/user/assignable/search") {
        const people = ["ada", "bob"].filter((name) => name.startsWith(asked.query["query"] ?? ""));
        return { body: people.map((name) => ({ accountId: `a-${name}`, displayName: name })) };
      }
      const [key = "", what] = asked.path.replace(/^\/rest\/api\/\d\/issue\//, "").split("/");
      const item = fake.items.find((one) => one["key"] === key);
      if (what === undefined || item === undefined) return found(fake, "key", key);
      const own = item["fields"] as Record<string, unknown>;
      const updated = new Date(Date.now() + ++clicks).toISOString();
      if (what === "comment") {
        fake.comments.push(`${key}: ${String(bodyOf(asked)["body"])}`);
        return { status: 201, body: { id: "1" } };
      }
      if (what === "assignee") {
        const account = String((asked.body as { accountId: string }).accountId);
        Object.assign(own, { assignee: { displayName: account.replace("a-", "") }, updated });
        return { status: 204 };
      }
      if (asked.method === "GET") return { body: { transitions: jiraTransitions } };
      const id = String(bodyOf(asked)["transition"]?.["id"]);
      Object.assign(own, { status: jiraTransitions.find((one) => one.id === id)?.to, updated });
      return { status: 204 };
    },
  },
  todoist: {
    base: "/api/v1",
    preset: "todoist",
    auth: bearer,
    isSignedIn: isBearer,
    with: {},
    item: (number, content) => ({
      id: `6X${number}`,
      project_id: "6Jf",
      section_id: null,
      parent_id: null,
      content,
      description: "",
      checked: false,
      is_deleted: false,
      priority: 3,
      labels: ["bug"],
      due: null,
      deadline: null,
      responsible_uid: "ada",
      added_at: "2026-11-01T09:00:00Z",
      updated_at: "2026-11-20T09:00:00Z",
    }),
    route: (asked, fake) => {
      if (asked.path === "/api/v1/user")
        return { body: { id: "ada", full_name: "Ada", email: "a@b.c" } };
      if (asked.path === "/api/v1/tasks") {
        if (asked.method === "POST") return added(asked, fake);
        const { page: results, next } = pageAt(fake, asked.query["cursor"]);
        return { body: { results, next_cursor: next } };
      }
      const [, id = "", what] = /^\/api\/v1\/tasks\/(\w+)(?:\/(\w+))?$/.exec(asked.path) ?? [];
      if (asked.path === "/api/v1/comments") {
        const { task_id: task, content } = asked.body as Record<string, string>;
        fake.comments.push(`${task}: ${content}`);
        return { body: { id: "1" } };
      }
      const isClosed = what === "close";
      if (asked.method !== "POST") return found(fake, "id", id);
      changed(
        fake.items.find((one) => one["id"] === id),
        { checked: isClosed },
      );
      return { status: 204 };
    },
  },
} as const satisfies Record<string, Api>;
export type Kind = keyof typeof apis;
export const kinds = Object.keys(apis) as Kind[];

async function readBody(request: IncomingMessage): Promise<unknown> {
  let text = "";
  for await (const part of request.setEncoding("utf8")) text += String(part);
  return text === "" ? undefined : (JSON.parse(text) as unknown);
}

/** Starts a tracker with `count` open items and stops it at the end of the test. */
export async function startTracker(kind: Kind, count = 0): Promise<FakeTracker> {
  const api: Api = apis[kind];
  const fake: FakeTracker = {
    kind,
    origin: "",
    asked: [],
    used: 0,
    items: [],
    pulls: [],
    pullErrors: [],
    pageSize: 2,
    fault: null,
    cut: null,
    comments: [],
  };
  fake.items = Array.from({ length: count }, (_, at) => api.item(at + 1, `Title ${at + 1}`));
  const server = createServer((request, response) => {
    void (async () => {
      const url = new URL(request.url ?? "/", "http://fake");
      const { method = "GET", headers } = request;
      const query = Object.fromEntries(url.searchParams);
      const asked: Asked = {
        method,
        path: url.pathname,
        query,
        headers,
        body: await readBody(request),
      };
      fake.asked.push(asked);
      const cut = fake.cut?.(asked) ?? null;
      if (cut === "unread") return void request.socket.destroy();
      const refused: QueryResult = { status: 401, body: { message: "Bad credentials" } };
      const reply =
        fake.fault?.(asked) ?? (api.isSignedIn(headers) ? api.route(asked, fake) : refused);
      const none: QueryResult = { status: 404, body: { message: "Not Found" } };
      const { status = 200, headers: head = {}, body } = reply ?? none;
      const etag = etagOf(body);
      const isUnchanged = status === 200 && method === "GET" && headers["if-none-match"] === etag;
      if (!isUnchanged) fake.used += 1;
      if (cut === "unanswered") return void request.socket.destroy();
      if (cut === "empty") return void response.writeHead(200).end();
      if (cut === "half") {
        const text = JSON.stringify(body ?? {});
        response.writeHead(200, { "content-type": "application/json", "content-length": "4000" });
        response.write(text.slice(0, text.length / 2), () => request.socket.destroy());
        return;
      }
      response.writeHead(isUnchanged ? 304 : status, {
        "content-type": "application/json",
        etag,
        ...head,
      });
      response.end(isUnchanged || body === undefined ? undefined : JSON.stringify(body));
      // Ignore a request that was cut off.
    })().catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  fake.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return fake;
}

export const project = { path: "/work/shop-api", name: "shop-api" };

/** Opens the configured source at an address, as a command does. */
export const sourceAt = (
  url: string,
  more: object,
  env: Record<string, string> = { TOKEN: token },
): TaskSource => sourceOf({ name: "tracker", type: "json", url, ...more }, env);

export function sourceOf(settings: object, env: Record<string, string> = {}): TaskSource {
  const folder = temporaryFolder();
  const files = {
    secrets: folder,
    tokens: folder,
    signIns: folder,
    serverKeys: join(folder, "server-keys"),
    state: folder,
    installation: join(folder, "i.json"),
  };
  const context = createSourceContext(files, Config.parse({}), env, null);
  const config = SourceConfig.parse(settings);
  const { source } = openConfigured(config, project, context);
  onTestFinished(() => source[Symbol.asyncDispose]());
  return source;
}

export const trackerSource = (
  kind: Kind,
  { origin }: FakeTracker,
  more: object = {},
): TaskSource => {
  const { base, preset, auth, with: set }: Api = apis[kind];
  return sourceAt(origin + base, { preset, auth, with: set, retries: 2, ...more });
};
