// A person's machine for one test: a real repository with a remote and a colleague's clone, the built-in store, task
// servers on loopback, the cache, the monitor's parts and the hooks' handlers. All are real except the clock. Tests
// read its true state with git and from the servers' data, never from a text.

import { cpSync, mkdirSync, realpathSync, utimesSync, writeFileSync, existsSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { createHookSettings, loadConfig } from "../../src/config/config-file.ts";
import { gitIdentity } from "../../src/config/git-identity.ts";
import { configFile, findFolders, stateFiles } from "../../src/config/folders.ts";
import { hookSettingsKey } from "../../src/core/hook-settings.ts";
import { createPreToolUse, liveFolder } from "../../src/hooks/pre-tool-use.ts";
import { noMonitor } from "../../src/hooks/gather-brief.ts";
import { createSessionStart } from "../../src/hooks/session-start.ts";
import { sessionStartDeps } from "../../src/hooks/session-start-process.ts";
import { createSubagentStart } from "../../src/hooks/subagent-start.ts";
import { locate } from "../../src/git/repository.ts";
import { createSimpleGit } from "../../src/git/simple-git-runner.ts";
import { createGitReader } from "../../src/hooks/git-reader.ts";
import { createHandoffKeeper } from "../../src/monitor/handoff-keeper.ts";
import {
  emptyMemory,
  findLiveSessions,
  type SessionMemory,
} from "../../src/monitor/live-sessions.ts";
import { createNewsKeeper } from "../../src/monitor/news-keeper.ts";
import { refreshGit } from "../../src/monitor/git-refresh.ts";
import { refreshMismatches } from "../../src/monitor/mismatches/refresh-mismatches.ts";
import { refreshTasks } from "../../src/sources/refresh.ts";
import { createSourcePool } from "../../src/sources/source-pool.ts";
import { openCache } from "../../src/state/cache/cache-file.ts";
import { setEntry } from "../../src/state/cache/cache-entries.ts";
import { endSession, readLiveSessions } from "../../src/state/cache/sessions.ts";
import { openTaskStore } from "../../src/store/task-store.ts";
import type { NewTask } from "../../src/core/task/task.ts";
import { aNewTask, day, hour, minute, saturday, utcCalendar } from "./builders.ts";
import { onceInRun } from "./once-in-run.ts";
import { outputOf } from "./run-program.ts";
import { temporaryFolder } from "./temporary.ts";

/** A generous timeout for operations that succeed: the machine may be busy. */
const amplyMs = 60_000;

/** A task in the words of a third-party server. */
export interface Item {
  key: string;
  summary: string;
  state?: string;
  prio?: string;
  due?: string;
  owner?: string;
  text?: string;
  branch?: string;
  waitsFor?: string[];
}

/** A third-party task server: MCP over HTTP with one tool that lists tasks and one that gets a task. */
export interface Tracker {
  name: string;
  items: Item[];
  /** The server's fault; `none`: it answers. */
  fault: "none" | "down" | "unauthorized";
  /** When the server last answered with its tasks, epoch milliseconds; null: never. */
  answeredAt: number | null;
  /** When the server first failed after that; null: it has not failed. */
  failingSince: number | null;
}

/** A clone of the project's remote. */
export interface Clone {
  folder: string;
  git: (...args: string[]) => string;
  /** Git's output without trailing whitespace, or null if git fails. */
  ask: (...args: string[]) => string | null;
  write: (path: string, text: string) => void;
  commit: (path: string, text: string, subject?: string) => void;
}

/** The part of a tool call that a handler receives. */
interface Call {
  tool: "Bash" | "Edit";
  about: string;
}

interface StartOptions {
  cwd?: string;
  source?: string;
  /** Absent: the monitor runs. */
  isMonitorDead?: boolean;
  /** Absent: git works. */
  isGitMissing?: boolean;
  isCacheMissing?: boolean;
  /** The pid of Claude Code. */
  client?: number;
}

export interface World {
  /** Epoch milliseconds. A test reads its brief on Saturday 21 November 2026, 10:02 UTC. */
  now: () => number;
  /** Sets the clock to an earlier or later instant. */
  at: (instant: number) => void;
  pass: (ms: number) => void;
  home: string;
  project: Clone;
  /** Adds a worktree of the project on this machine with `git worktree add`. */
  worktree: (name: string, branch: string) => Clone;
  /** Clones the project's remote for a colleague, who commits as Jun. */
  colleague: () => Clone;
  /** Runs the person's `git fetch`, at the world's time. */
  fetch: () => void;
  tracker: (name: string, items: Item[]) => Tracker;
  /** Writes a task list into the project's files, last modified at `at`. */
  taskFile: (kind: string, place: string, path: string, text: string, at: number) => void;
  /** Adds a task to the built-in list. */
  add: (task: Partial<NewTask> & { id: string }) => Promise<void>;
  /** Lets the monitor query every source. */
  refresh: () => Promise<void>;
  /** Lets the monitor read the repositories of the live sessions and publish the news. */
  tick: () => Promise<void>;
  /** Starts a session here and returns the text that it reads; null: no text. */
  start: (id: string, more?: StartOptions) => Promise<string | null>;
  subagent: (id: string) => Promise<string | null>;
  /** Makes a tool call and returns the text that the session reads. */
  call: (id: string, call: Call, cwd?: string) => Promise<string | null>;
  end: (id: string) => void;
  /** Ends a session with this transcript, one JSON object a line. */
  leave: (id: string, transcript: string) => Promise<void>;
  trackers: Tracker[];
  /** Returns the tasks of the built-in list. */
  stored: () => Promise<readonly { id: string }[]>;
}

const list = {
  tool: "list_items",
  tasks: "items",
  task: `{ "id": key, "title": summary, "status": state, "priority": prio, "assignees": owner, "due": due,
    "description": text, "branch": branch, "dependsOn": waitsFor }`,
};
const mapping = {
  list,
  get: { tool: "get_item", arguments: { key: "${id}" }, tasks: "[item]", task: list.task },
};

const closed = /^(?:done|completed|cancelled|erledigt)$/i;

interface RpcRequest {
  id?: number;
  method: string;
  params?: { name?: string; arguments?: { key?: string }; protocolVersion?: string };
}

/** Answers like a minimal MCP server, without sessions and streams. */
function responseOf(request: RpcRequest, tracker: Tracker): unknown {
  if (request.method === "initialize") {
    return {
      protocolVersion: request.params?.protocolVersion ?? "2025-06-18",
      capabilities: { tools: {} },
      serverInfo: { name: tracker.name, version: "1" },
    };
  }
  if (request.method === "tools/list") {
    const tools = ["list_items", "get_item"].map((name) => ({
      name,
      inputSchema: { type: "object" },
    }));
    return { tools };
  }
  const { name, arguments: given } = request.params ?? {};
  const value =
    name === "list_items"
      ? { items: tracker.items.filter(({ state = "" }) => !closed.test(state)) }
      : { item: tracker.items.find(({ key }) => key === given?.key) ?? null };
  return { content: [{ type: "text", text: JSON.stringify(value) }], structuredContent: value };
}

async function serve(tracker: Tracker, now: () => number): Promise<string> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      if (tracker.fault === "down") return response.destroy();
      if (tracker.fault === "unauthorized") return response.writeHead(401).end();
      if (request.method !== "POST") return response.writeHead(405).end();
      const asked = JSON.parse(Buffer.concat(chunks).toString("utf8")) as RpcRequest;
      if (asked.id === undefined) return response.writeHead(202).end();
      if (asked.params?.name === "list_items") tracker.answeredAt = now();
      response.writeHead(200, { "content-type": "application/json" });
      const result = responseOf(asked, tracker);
      return response.end(JSON.stringify({ jsonrpc: "2.0", id: asked.id, result }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
}

function cloneAt(folder: string, person: string, home: string, now: () => number): Clone {
  const git = (...args: string[]): string => {
    const at = new Date(now()).toISOString();
    return outputOf("git", args, {
      cwd: folder,
      env: {
        PATH: process.env["PATH"] ?? "/usr/bin:/bin",
        HOME: home,
        GIT_CONFIG_NOSYSTEM: "1",
        GIT_CONFIG_GLOBAL: "/dev/null",
        GIT_AUTHOR_NAME: person,
        GIT_AUTHOR_EMAIL: `${person.toLowerCase().replace(" ", ".")}@shop.example`,
        GIT_COMMITTER_NAME: person,
        GIT_COMMITTER_EMAIL: `${person.toLowerCase().replace(" ", ".")}@shop.example`,
        GIT_AUTHOR_DATE: at,
        GIT_COMMITTER_DATE: at,
        GIT_EDITOR: "true",
      },
    });
  };
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  return {
    folder,
    git,
    ask: (...args) => {
      try {
        return git(...args).trimEnd();
      } catch {
        return null;
      }
    },
    write,
    commit: (path, text, subject = `Change ${path}`) => {
      write(path, text);
      git("add", "--", path);
      git("commit", "-q", "-m", subject);
    },
  };
}

export const person = "Ana Lopez";

interface WorldOptions {
  /** False: the project's folder is not in a repository. */
  isRepository?: boolean;
  /** False: the repository has no remote. */
  hasRemote?: boolean;
  /** Fields of config.json in addition to the sources. */
  config?: Record<string, unknown>;
}

/** Makes the project and its remote in a home. */
function begin(home: string, hasRemote: boolean, now: () => number): void {
  mkdirSync(join(home, "shop-api"));
  const project = cloneAt(join(home, "shop-api"), person, home, now);
  project.git("init", "-q", "-b", "main");
  project.git("config", "rebase.autoSquash", "false");
  project.commit("README.md", "# Shop\n", "Begin");
  if (!hasRemote) return;
  cloneAt(home, person, home, now).git("init", "-q", "--bare", "-b", "main", "remote.git");
  project.git("remote", "add", "origin", join(home, "remote.git"));
  project.git("push", "-q", "-u", "origin", "main");
  project.git("remote", "set-head", "origin", "main");
}

/** Makes a world two days before the brief, with one pushed commit on `main`. It is removed at the end of the test. */
export async function aWorld(options: WorldOptions = {}): Promise<World> {
  const { isRepository = true, hasRemote = true, config: given = {} } = options;
  let instant = saturday - 2 * day;
  const now = (): number => instant;
  const home = realpathSync(temporaryFolder("sitrep-world-"));
  const folder = join(home, "shop-api");
  writeFileSync(
    join(home, ".gitconfig"),
    `[user]\n\tname = ${person}\n\temail = ana.lopez@shop.example\n`,
  );
  const env = { HOME: home, SITREP_HOME: join(home, "sitrep"), PATH: process.env["PATH"] ?? "" };
  const folders = findFolders(env, process.platform, home);
  const files = stateFiles(folders.state);
  for (const one of [folders.config, folders.state, files.live]) {
    mkdirSync(one, { recursive: true, mode: 0o700 });
  }
  if (isRepository) {
    const begun = onceInRun(hasRemote ? "world" : "world-without-remote", (first) => {
      begin(first, hasRemote, now);
    });
    cpSync(begun, home, { recursive: true });
  } else mkdirSync(folder);
  const project = cloneAt(folder, person, home, now);
  const remote = cloneAt(home, person, home, now);
  if (isRepository && hasRemote) {
    project.git("remote", "set-url", "origin", join(home, "remote.git"));
  }

  const sources: object[] = [];
  const file = configFile(folders.config);
  const writeConfig = (): void =>
    writeFileSync(file, JSON.stringify({ ...given, sources }), { mode: 0o600 });
  writeConfig();
  const config = () => loadConfig(file, env);
  const db = openCache(files.cache);
  const pool = createSourcePool({ files, config, env: null });
  onTestFinished(async () => {
    await pool[Symbol.asyncDispose]();
    db.close();
  });
  const program = { file: "/usr/bin/git", home, copies: files.gitSettings };
  const place = locate(folder);
  const scope = { path: place?.project ?? folder, name: place?.projectName ?? "shop-api" };
  const news = createNewsKeeper(db, files.live, () => false);
  const trackers: Tracker[] = [];
  const pending: Promise<unknown>[] = [];

  const settle = async (): Promise<void> => {
    await Promise.all(pending.splice(0));
    writeConfig();
    const value = createHookSettings(config(), gitIdentity(home, env));
    setEntry(db, { key: hookSettingsKey, kind: "setting", value, ttlMs: 0 }, now());
  };
  const hookDeps = ({ isMonitorDead, isGitMissing, isCacheMissing }: StartOptions = {}) => {
    const context = {
      files: isCacheMissing === true ? { ...files, cache: join(home, "no-cache.db") } : files,
      installation: null,
      git: isGitMissing === true ? { ...program, file: join(home, "no-git") } : program,
      earlyGit: null,
      report: () => undefined,
    };
    return {
      ...sessionStartDeps(context),
      // These tests check the text about a repository. test/faults checks that hooks do not wait for a slow git.
      readGit: createGitReader(context, amplyMs),
      now,
      calendar: utcCalendar,
      monitor: { ...noMonitor, isAlive: () => isMonitorDead !== true },
      claimEvent: () => true,
      maxWaitMs: 0,
    };
  };
  const transcriptOf = (id: string): string => join(home, `${id}.jsonl`);
  const inputOf = (id: string, cwd: string) => ({
    sessionId: id,
    cwd,
    transcript: transcriptOf(id),
    source: null,
    toolName: null,
    toolInput: null,
    agentId: null,
    agentType: null,
  });
  /** Writes a file into the live folder, as a gate does. */
  const leaveFile = (name: string, text: string): void => {
    const path = join(files.live, name);
    writeFileSync(path, text);
    utimesSync(path, now() / 1000, now() / 1000);
  };
  const memory: SessionMemory = emptyMemory();
  const keepHandoff = createHandoffKeeper({
    db,
    live: files.live,
    isOff: () => false,
    isOffIn: () => false,
    wakeIn: () => undefined,
  });
  const store = () =>
    openTaskStore(files.store, {
      source: "embedded",
      clock: () => new Date(instant),
      author: null,
    });
  const sessionsSince = () => readLiveSessions(db, now() - hour);

  const world: World = {
    now,
    at: (to) => {
      instant = to;
    },
    pass: (ms) => {
      instant += ms;
    },
    home,
    project,
    trackers,
    worktree: (name, branch) => {
      const other = join(home, name);
      project.git("worktree", "add", "-q", "-b", branch, other);
      return cloneAt(other, person, home, now);
    },
    colleague: () => {
      const other = join(home, "jun");
      if (!existsSync(other)) remote.git("clone", "-q", "remote.git", "jun");
      return cloneAt(other, "Jun", home, now);
    },
    fetch: () => {
      project.git("fetch", "-q");
      const head = join(folder, ".git/FETCH_HEAD");
      utimesSync(head, now() / 1000, now() / 1000);
    },
    tracker: (name, items) => {
      const tracker: Tracker = { name, items, fault: "none", answeredAt: null, failingSince: null };
      trackers.push(tracker);
      pending.push(
        serve(tracker, now).then((url) =>
          sources.push({ name, type: "mcp", url, mapping, retries: 0 }),
        ),
      );
      return tracker;
    },
    taskFile: (kind, where, path, text, at) => {
      project.write(path, text);
      utimesSync(join(project.folder, path), at / 1000, at / 1000);
      sources.push({ name: kind, type: "file", kind, path: where });
    },
    add: async (task) => {
      await using opened = await store();
      await opened.add(scope.path, [aNewTask({ priority: "none", ...task })]);
    },
    stored: async () => {
      await using opened = await store();
      return await opened.list(scope.path);
    },
    refresh: async () => {
      await settle();
      await refreshTasks(
        { db, sourcesOf: pool.sourcesOf, now, timeoutMs: amplyMs, bySession: null },
        scope,
        { force: true },
      );
      for (const tracker of trackers) {
        tracker.failingSince = tracker.fault === "none" ? null : (tracker.failingSince ?? now());
      }
    },
    tick: async () => {
      await settle();
      findLiveSessions(db, files.live, { now: now(), withinMs: hour }, memory);
      news.recordDeliveries();
      const git = {
        db,
        live: files.live,
        program,
        run: createSimpleGit(program),
        timeoutMs: amplyMs,
        now,
      };
      for (const { worktree } of sessionsSince()) {
        await refreshGit(git, worktree);
        await refreshMismatches(git, worktree);
      }
      news.publish(sessionsSince(), now());
    },
    start: async (id, more = {}) => {
      const { cwd = folder, source = "startup" } = more;
      await settle();
      const response = await createSessionStart(hookDeps(more))({ ...inputOf(id, cwd), source });
      response.afterwards?.();
      if (more.client !== undefined) leaveFile(id, `${cwd}\0${cwd}\0${more.client}\0`);
      return response.context;
    },
    subagent: async (id) => {
      await settle();
      const deps = { ...hookDeps(), postDelivery: () => undefined };
      const input = { ...inputOf(id, folder), agentId: "agent-1", agentType: "Explore" };
      return (await createSubagentStart(deps)(input)).context;
    },
    call: async (id, { tool, about }, cwd = folder) => {
      const toolInput = tool === "Bash" ? { command: about } : { file_path: about };
      const input = { ...inputOf(id, cwd), toolName: tool, toolInput };
      const kinds = tool === "Bash" ? (["news", "git"] as const) : (["news", "files"] as const);
      const texts: string[] = [];
      for (const kind of kinds) {
        const response = await createPreToolUse({
          kind,
          now,
          clock: () => 0,
          calendar: utcCalendar,
          monitor: noMonitor,
          live: liveFolder(files.live, () => undefined),
        })(input);
        if (response.context !== null) texts.push(response.context);
      }
      return texts.length === 0 ? null : texts.join("\n\n");
    },
    end: (id) => endSession(db, id, now()),
    leave: async (id, transcript) => {
      await settle();
      writeFileSync(transcriptOf(id), transcript);
      leaveFile(`${id}.ended`, ".");
      keepHandoff(now());
      findLiveSessions(db, files.live, { now: now(), withinMs: hour }, memory);
    },
  };
  return world;
}

export { day, hour, minute, saturday };
