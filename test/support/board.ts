// Starts a task server with its board, and people in real browsers.

import { join } from "node:path";
import type { BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { onTestFinished } from "vitest";
import { plainProjectNames } from "../../src/server/backends/project-names.ts";
import { createStoreBackend, dayMs } from "../../src/server/backends/store-backend.ts";
import type { NewWireTask } from "../../src/server/wire.ts";
import { createApiKeys, type ApiKeys, type KeyHolder } from "../../src/store/api-keys.ts";
import type { StoreConnection } from "../../src/store/database/connection.ts";
import { openStore, type StoreAddress } from "../../src/store/database/database.ts";
import { createWebSessions } from "../../src/store/web-sessions.ts";
import { browser } from "./chromium.ts";
import { askedBy } from "./principals.ts";
import { addKey, startServing, type ServingOptions, type ServingSources } from "./serving.ts";
import { temporaryFolder } from "./temporary.ts";

export const project = "shop-api";

export interface BoardServer extends ServingSources {
  readonly store: StoreConnection;
  add(tasks: readonly Omit<NewWireTask, "project_id">[], organization?: string): Promise<string[]>;
}

export interface BoardStore {
  readonly store: StoreConnection;
  readonly keys: ApiKeys;
}

export async function openBoardStore(address?: StoreAddress): Promise<BoardStore> {
  const store = await openStore(address ?? { file: join(temporaryFolder(), "tasks.db") });
  onTestFinished(() => store[Symbol.asyncDispose]());
  return { store, keys: createApiKeys(store) };
}

/** `on`: a store that this server shares with others. */
export async function startBoard(
  options: ServingOptions & { on?: BoardStore } = {},
): Promise<BoardServer> {
  const { store, keys } = options.on ?? (await openBoardStore());
  const backend = createStoreBackend({
    store,
    projects: plainProjectNames,
    clock: () => new Date(),
    reservationMs: dayMs,
  });
  const parts = { backend, keys, store, webSessions: createWebSessions(store), ...options.parts };
  const serving = await startServing({ ...options, parts });
  return {
    ...serving,
    get log() {
      return serving.log;
    },
    store,
    add: async (tasks, organization = "acme") => {
      const named = tasks.map((task) => ({ project_id: project, ...task }) as NewWireTask);
      return (await backend.addTasks({ tasks: named }, askedBy(organization))).task_ids;
    },
  };
}

export interface Person {
  readonly context: BrowserContext;
  readonly page: Page;
  /** The page's console messages, errors and dialogs. */
  readonly said: string[];
  readonly open: (path: string) => Promise<void>;
}

export async function newPerson(url: string, options: BrowserContextOptions = {}): Promise<Person> {
  const context = await (await browser()).newContext(options);
  onTestFinished(() => context.close());
  // The machine may be busy with other work.
  context.setDefaultTimeout(100_000);
  const page = await context.newPage();
  const said: string[] = [];
  page.on("console", (one) => said.push(one.text()));
  page.on("pageerror", (one) => said.push(String(one)));
  page.on("dialog", (one) => {
    said.push(one.message());
    void one.dismiss();
  });
  const open = async (path: string): Promise<void> => void (await page.goto(url + path));
  return { context, page, said, open };
}

export const boardPath = (query: Record<string, string> = {}): string =>
  `/board?${new URLSearchParams({ project, ...query }).toString()}`;
export const taskPath = (id: string): string =>
  `/board/task?${new URLSearchParams({ project, id }).toString()}`;

/** A person who has signed in with a key. */
export async function signedIn(
  server: BoardServer,
  holder: Partial<KeyHolder> = {},
  options: BrowserContextOptions = {},
): Promise<Person> {
  const key = await addKey(server.keys, holder);
  const person = await newPerson(server.url, options);
  await person.open("/sign-in");
  await person.page.getByLabel("Key").fill(key);
  await person.page.getByRole("button", { name: "Sign in" }).click();
  await person.page.waitForURL(`${server.url}/`);
  return person;
}
