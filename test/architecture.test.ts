// The arrows between folders, read from the imports. Dependencies point down only.

import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "..");

/** What each place may import beside itself. `core` is pure: it may import nothing. */
const mayImport: Record<string, readonly string[]> = {
  "src/core": [],
  "src/state": ["src/core"],
  "src/git": ["src/core", "src/state"],
  "src/config": ["src/core", "src/state", "src/git"],
  "src/http": ["src/core", "src/state"],
  "src/store": ["src/core", "src/state"],
  "src/sources": ["src/core", "src/state", "src/git", "src/config", "src/http", "src/store"],
  "src/monitor": ["src/core", "src/state", "src/git", "src/config", "src/sources"],
  "src/hooks": ["src/core", "src/state", "src/git", "src/config", "src/monitor"],
  "src/install": ["src/core", "src/state", "src/git", "src/config", "src/sources"],
  "src/server": [
    "src/core",
    "src/state",
    "src/git",
    "src/config",
    "src/http",
    "src/store",
    "src/sources",
  ],
  "src/client": ["src/core", "src/state", "src/git", "src/config", "src/http", "src/sources"],
  "src/cli": [
    "src/http",
    "src/core",
    "src/state",
    "src/git",
    "src/config",
    "src/sources",
    "src/monitor",
    "src/hooks",
    "src/install",
    "src/server",
  ],
  "src/index.ts": ["src/core", "src/http", "src/store", "src/sources", "src/client"],
  hooks: ["src/hooks"],
  "install.ts": [],
};

/** The files that may import each runtime library. */
const libraryUsers: Record<string, readonly string[]> = {
  "@earendil-works/pi-tui": ["src/state/output/full-screen.ts"],
  "better-sqlite3": ["src/state/sqlite/sqlite.ts"],
  "markdown-it": ["src/sources/files/markdown.ts"],
  yaml: ["src/sources/files/yaml.ts"],
  "simple-git": ["src/git/simple-git-runner.ts"],
  "node-cron": ["src/monitor/schedule.ts", "src/config/schema.ts"],
  hono: [
    "src/server/board/board.ts",
    "src/server/board/security.ts",
    "src/server/board/board-sessions.ts",
    "src/server/http/app.ts",
    "src/server/http/probes.ts",
    "src/server/pages/html.ts",
    "src/server/rest/routes.ts",
  ],
  "@opentelemetry/api": ["src/server/observe/opentelemetry.ts"],
  "@opentelemetry/core": ["src/server/observe/opentelemetry.ts"],
  "@opentelemetry/exporter-trace-otlp-proto": ["src/server/observe/opentelemetry.ts"],
  "@opentelemetry/resources": ["src/server/observe/opentelemetry.ts"],
  "@opentelemetry/sdk-trace": ["src/server/observe/opentelemetry.ts"],
  "prom-client": ["src/server/observe/metrics.ts"],
  "@hono/node-server": ["src/server/http/app.ts", "src/server/http/listener.ts"],
  "d3-array": ["src/server/pages/charts.ts"],
  "d3-shape": ["src/server/pages/charts.ts"],
  pino: ["src/monitor/monitor-log.ts", "src/server/observe/server-log.ts"],
  zod: [
    "src/client/option-checks.ts",
    "src/client/mcp-settings.ts",
    "src/config/environment.ts",
    "src/config/source/mapping-schema.ts",
    "src/config/schema.ts",
    "src/config/setting.ts",
    "src/config/source/auth.ts",
    "src/config/source-config.ts",
    "src/config/project-file.ts",
    "src/sources/auth/token-record.ts",
    "src/sources/auth/login/sign-in-record.ts",
    "src/server/backends/rest-responses.ts",
    "src/server/board/board-settings.ts",
    "src/server/key-table.ts",
    "src/server/mcp/single-message-call.ts",
    "src/server/operations/define-operation.ts",
    "src/server/operations/task-operations.ts",
    "src/server/operations/ticket-operations.ts",
    "src/server/rest/openapi.ts",
    "src/server/rest/routes.ts",
    "src/server/observe/tracing.ts",
    "src/server/settings.ts",
    "src/server/stdio/note-tool.ts",
    "src/server/tools/prompts.ts",
    "src/server/tools/task-tools.ts",
    "src/server/tools/report-tool.ts",
    "src/server/tools/ticket-tools.ts",
    "src/server/tools/tool.ts",
    "src/server/wire.ts",
    "src/client/testing/task-server.ts",
  ],
  "jsonc-parser": [
    "src/install/optional-entries.ts",
    "src/install/settings-hooks.ts",
    "src/install/settings-text.ts",
    "src/install/footer-links.ts",
    "src/sources/files/status-positions.ts",
  ],
  kysely: [
    "src/store/api-keys.ts",
    "src/store/board-queries.ts",
    "src/store/database/store-backup.ts",
    "src/store/database/connection.ts",
    "src/store/database/database.ts",
    "src/store/dependencies.ts",
    "src/store/database/migrations.ts",
    "src/store/moved-project.ts",
    "src/store/database/postgres-pool.ts",
    "src/store/database/postgres.ts",
    "src/store/database/group-commit.ts",
    "src/store/status-writes.ts",
    "src/store/database/sqlite-dialect.ts",
    "src/store/task-numbers.ts",
    "src/store/task-queries.ts",
    "src/store/task-row.ts",
    "src/store/task-writes.ts",
    "src/store/tickets.ts",
    "src/store/undo.ts",
  ],
  pg: ["src/store/database/postgres-notices.ts", "src/store/database/postgres-pool.ts"],
  jsonata: ["src/sources/mapping/expression.ts"],
  "cross-spawn": ["src/sources/mcp/stdio-program.ts"],
  commander: [
    "src/cli/main.ts",
    "src/cli/program/program.ts",
    "src/cli/serve/verbs.ts",
    "src/cli/source/verbs.ts",
    "src/cli/task/verbs.ts",
    "src/cli/program/verb.ts",
  ],
  "fast-string-truncated-width": ["src/cli/terminal/table.ts"],
  "fast-wrap-ansi": ["src/cli/terminal/table.ts"],
  diff: ["src/install/settings-plan.ts"],
  "openid-client": ["src/sources/auth/issuer/client.ts", "src/sources/auth/issuer/failure.ts"],
  jose: [
    "src/sources/auth/service-account.ts",
    "src/server/access/issuer-keys.ts",
    "src/server/access/verify-token.ts",
  ],
  "@modelcontextprotocol/client": [
    "src/sources/mcp/sdk-results.ts",
    "src/sources/mcp/mcp-failures.ts",
    "src/sources/mcp/known-tools.ts",
    "src/sources/mcp/sdk-client.ts",
    "src/sources/mcp/mcp-session.ts",
    "src/sources/mcp/session-calls.ts",
    "src/sources/mcp/stdio-program.ts",
    "src/sources/mcp/stdio-transport.ts",
    "src/sources/mcp/transports.ts",
    "src/sources/mcp/websocket-transport.ts",
  ],
  "@modelcontextprotocol/server": [
    "src/server/mcp/change-notifications.ts",
    "src/server/mcp/http-endpoint.ts",
    "src/server/mcp/single-message-call.ts",
    "src/server/mcp/websocket.ts",
    "src/server/stdio/stdio-server.ts",
    "src/server/tools/prompts.ts",
    "src/server/tools/refusal.ts",
    "src/server/tools/resources.ts",
    "src/server/tools/run-tool.ts",
    "src/server/tools/tool-server.ts",
    "src/server/tools/tool.ts",
    "src/client/testing/task-server.ts",
  ],
  "@modelcontextprotocol/node": ["src/client/testing/task-server.ts"],
  "rate-limiter-flexible": ["src/server/access/limits.ts"],
  ws: [
    "src/sources/mcp/socket.ts",
    "src/sources/mcp/websocket-transport.ts",
    "src/server/mcp/websocket.ts",
  ],
};

interface Import {
  from: string;
  specifier: string;
}

function sourceFiles(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join(folder, name));
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), "utf8");
  const pattern = /(?:^|\n)\s*(?:import|export)\b[^;]*?\bfrom\s+"([^"]+)"|import\("([^"]+)"\)/g;
  return [...text.matchAll(pattern)].map((match) => ({
    from: file,
    specifier: match[1] ?? match[2] ?? "",
  }));
}

const files = [...sourceFiles("src"), ...sourceFiles("hooks"), join("install.ts", "index.js")];
const imports = files.flatMap(importsOf);

/** The place in `mayImport` that a file belongs to. */
function placeOf(file: string): string {
  const parts = file.split(sep);
  const [first = "", second = ""] = parts;
  return first === "src" && parts.length > 2
    ? `src/${second}`
    : first === "src"
      ? `src/${second}`
      : first;
}

const target = ({ from, specifier }: Import): string =>
  relative(root, resolve(root, dirname(from), specifier));

const libraryOf = (specifier: string): string =>
  specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");

describe("the imports between folders", () => {
  test("are found: of Sitrep's own files, of libraries, and those inside a call", () => {
    const main = imports.filter(({ from }) => from === join("src", "cli", "program", "program.ts"));
    const specifiers = main.map(({ specifier }) => specifier);
    expect(specifiers).toEqual(
      expect.arrayContaining(["commander", "../../config/context.ts", "../install/install.ts"]),
    );
  });

  test("every folder has its position in this test", () => {
    expect([...new Set(files.map(placeOf))].toSorted()).toEqual(Object.keys(mayImport).toSorted());
  });

  test("no import points up", () => {
    const wrong = imports.filter((one) => {
      if (!one.specifier.startsWith(".")) return false;
      const [from, to] = [placeOf(one.from), placeOf(target(one))];
      const allowed = mayImport[from] ?? [];
      return from !== to && !allowed.includes(to);
    });
    expect(wrong.map((one) => `${one.from} -> ${target(one)}`)).toEqual([]);
  });

  test("core imports nothing but itself", () => {
    const wrong = imports.filter(
      (one) => placeOf(one.from) === "src/core" && !one.specifier.startsWith("."),
    );
    expect(wrong).toEqual([]);
  });

  test("each runtime library is imported by its own few files", () => {
    const wrong = imports.filter(({ from, specifier }) => {
      if (specifier.startsWith(".") || specifier.startsWith("node:")) return false;
      return !(libraryUsers[libraryOf(specifier)] ?? []).includes(from);
    });
    expect(wrong.map((one) => `${one.from} imports ${one.specifier}`)).toEqual([]);
  });
});

test("no folder has more than 25 files on one level", () => {
  const counts = new Map<string, number>();
  for (const file of files) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1);
  expect(counts.get(join("src", "core", "brief"))).toBeGreaterThan(0);
  expect([...counts].filter(([, count]) => count > 25)).toEqual([]);
});

const code = (file: string): string => readFileSync(join(root, file), "utf8");

/** The libraries that are loaded with a file: by what it imports, and what that imports, before anything is called. */
function loadedWith(file: string, seen = new Set<string>()): string[] {
  if (seen.has(file) || !files.includes(file)) return [];
  seen.add(file);
  const statement = /^(?:import|export)\b(?!\s+type\b)[^;"]*"([^"]+)";$/gm;
  const specifiers = [...code(file).matchAll(statement)].map(([, specifier = ""]) => specifier);
  return specifiers.flatMap((specifier) =>
    specifier.startsWith(".")
      ? loadedWith(target({ from: file, specifier }), seen)
      : [libraryOf(specifier)],
  );
}

test("no verb of the command waits for a library that speaks with servers, serves or runs git before the verb needs that library", () => {
  const heavy = [
    "@modelcontextprotocol/client",
    "@modelcontextprotocol/server",
    "@hono/node-server",
    "openid-client",
    "pg",
    "pino",
    "prom-client",
    "simple-git",
    "ws",
  ];
  const verbs = files.filter((file) => placeOf(file) === "src/cli");
  expect(loadedWith(join("src", "cli", "task", "write.ts"))).toContain("kysely");
  const wrong = verbs.flatMap((file) => {
    const loaded = loadedWith(file).filter((library) => heavy.includes(library));
    return [...new Set(loaded)].map((library) => `${file} loads ${library}`);
  });
  expect(wrong).toEqual([]);
});

describe("one place writes output:", () => {
  const hookFiles = files.filter((file) => /^(hooks|src\/(hooks|core|state|git))\b/.test(file));

  test("only src/hooks/output.ts writes a hook's stdout or ends its process", () => {
    const speaking = /writeSync\(1\b|process\.(?:stdout|exit|kill)\b|console\./;
    // The installer runs it to make a code cache; the client never does.
    const runs = hookFiles.filter((file) => file !== "hooks/warm.ts");
    // For commands; that nothing prints but by these is a rule of the linter's, `sitrep/one-way-out`.
    const others = runs.filter((file) => !file.startsWith(join("src", "state", "output")));
    const speakers = others.filter((file) => speaking.test(code(file)));
    // The runners of git end git's processes, not ours.
    const runners = ["src/git/kill-group.ts", "src/git/simple-git-runner.ts"];
    expect(speakers).toEqual([...runners, "src/hooks/output.ts"]);
    for (const runner of runners) expect(code(runner)).not.toMatch(/process\.(?:stdout|exit)\b/);
  });

  test("only src/cli/terminal/styles.ts styles the command's output, and only the writers use escape codes", () => {
    const escaping = /\bstyleText\b|\\(?:u001b|x1b|033)\[/;
    const others = files.filter((file) => !/^src\/(?:state\/output|core\/quote)/.test(file));
    expect(others.filter((file) => escaping.test(code(file)))).toEqual([]);
    const users = imports.filter(({ specifier }) => specifier.endsWith("output/styled.ts"));
    const takesStyle = ({ from }: Import): boolean => /\bStyle\b[^;]*styled\.ts/.test(code(from));
    expect(users.filter(takesStyle).map(({ from }) => from)).toEqual([
      "src/cli/terminal/styles.ts",
    ]);
  });

  test("A23: no hook can state a permission decision except a question to the user, or exit with 2", () => {
    const words = /permissionDecision|exit\(2\)|exitCode = 2|updatedInput/;
    expect(hookFiles.filter((file) => words.test(code(file)))).toEqual(["src/hooks/output.ts"]);
    const decisions = [...code("src/hooks/output.ts").matchAll(/permissionDecision:\s*(\S+)/g)];
    expect(decisions.map(([, value]) => value)).toEqual(['"ask",']);
  });
});

describe("the code's layout", () => {
  const sources = files.filter((file) => file.startsWith("src"));

  test("has at most thirteen folders", () => {
    const folders = readdirSync(join(root, "src"), { withFileTypes: true });
    expect(folders.filter((one) => one.isDirectory()).length).toBeLessThanOrEqual(13);
  });

  test("has no file that only passes on what another one exports", () => {
    // The package's own two entries are what a package's entries are.
    const entries = [join("src", "index.ts"), join("src", "client", "testing", "index.ts")];
    const statement = /^(?:import|export)\b[^;]*\bfrom\s+"[^"]+";$/gm;
    const comment = /\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
    const isForwarding = (file: string): boolean =>
      code(file).replace(comment, "").replace(statement, "").trim() === "";
    expect(sources.filter((file) => !entries.includes(file) && isForwarding(file))).toEqual([]);
  });

  test("names nothing by a word of its own if the field has a term", () => {
    const parts = /[A-Z]?[a-z]+/g;
    const own = new Set([
      "mouth",
      "sheet",
      "shelf",
      "world",
      "door",
      "stage",
      "told",
      "inside",
      "turn",
    ]);
    // A hint of the protocol's, and a migration that is never edited.
    const kept = ["openWorldHint", "told_", "tellings"];
    const names = sources.flatMap((file) => {
      const text = kept.reduce((left, one) => left.replaceAll(one, ""), code(file));
      const declared = text.matchAll(/\b(?:const|let|function|class|interface|type)\s+(\w+)/g);
      return [...declared].map(([, name = ""]) => `${file}: ${name}`);
    });
    const wrong = [...sources, ...names].filter((name) =>
      (name.split(/[/:]/).at(-1)?.match(parts) ?? []).some((part) => own.has(part.toLowerCase())),
    );
    expect(wrong).toEqual([]);
  });
});
