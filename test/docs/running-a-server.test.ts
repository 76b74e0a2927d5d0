// docs/running-a-server.md names what deploy/ and the server have: files, services, alerts, metrics, variables and numbers.

import { existsSync, globSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import * as z from "zod";
import { serveSettings } from "../../src/server/settings.ts";
import { deployed, deployFolder, readCompose } from "../support/deployed.ts";
import { codeLines, codeSpans, read, root } from "./documents.ts";

const page = read("docs/running-a-server.md");
const spans = codeSpans(page);
const lines = codeLines(page).filter((line) => line !== "");
const commands = [...lines, ...spans].filter((line) => line.startsWith("docker compose "));
const services = readCompose();
const server = services["server-1"];

const compose = z.looseObject({
  services: z.record(z.string(), z.looseObject({ profiles: z.array(z.string()).default([]) })),
});
const profiles = Object.values(compose.parse(parse(deployed("compose.yaml"))).services).flatMap(
  (one) => one.profiles,
);

/** What Compose itself has of the commands that the page shows. */
const verbs: Readonly<Record<string, readonly string[]>> = {
  build: [],
  exec: ["-T"],
  logs: [],
  ps: [],
  run: ["--rm", "--no-deps", "--volume"],
  stop: [],
  up: ["-d", "--wait", "--no-deps"],
};

/** What is wrong with a command's part for Compose. */
function mistakeIn(command: string): string | null {
  const words = command
    .replace(/ --volume "\S+"/, " --volume")
    .split(" ")
    .slice(2);
  const profile = words[0] === "--profile" ? words.splice(0, 2)[1] : undefined;
  if (profile !== undefined && !profiles.includes(profile)) return `no profile ${profile}`;
  const [verb = "", ...rest] = words;
  const options = verbs[verb];
  if (options === undefined) return `${verb} is not known here`;
  const firstPlain = rest.findIndex((word) => !word.startsWith("-"));
  const own = firstPlain === -1 ? rest : rest.slice(0, firstPlain);
  const after = firstPlain === -1 ? [] : rest.slice(firstPlain);
  const wrong = own.find((word) => !options.includes(word));
  if (wrong !== undefined) return `no option ${wrong}`;
  const named = ["exec", "run"].includes(verb) ? after.slice(0, 1) : after;
  const missing = named.find((name) => services[name] === undefined);
  return missing === undefined ? null : `no service ${missing}`;
}

describe("docs/running-a-server.md", () => {
  test("names services, profiles and options of Compose that compose.yaml has", () => {
    expect(commands.length).toBeGreaterThan(20);
    const mistakes = commands.map((line) => [line, mistakeIn(line)]);
    expect(mistakes.filter(([, mistake]) => mistake !== null)).toEqual([]);
    expect(mistakeIn("docker compose exec -T databse psql")).toBe("no service databse");
    expect(mistakeIn("docker compose --profile x up")).toBe("no profile x");
  });

  test("describes every service", () => {
    const rows = [...page.matchAll(/^\| `([\w-]+)` +\|/gm)].map(([, name = ""]) => name);
    expect(rows.filter((name) => name in services)).toEqual(Object.keys(services));
  });

  test("names every file of deploy/, and no other", () => {
    const isOwn = (name: string): boolean =>
      /^(?:[\w.-]+\.(?:yaml|example)|[A-Z]\w+file|grafana\.json)$/.test(name);
    // The last but one word of `cp FROM TO`, too.
    const named = new Set([...spans, ...lines.flatMap((line) => line.split(" "))].filter(isOwn));
    expect([...named].filter((name) => !existsSync(join(deployFolder, name)))).toEqual([]);
    const shipped = globSync("*", { cwd: deployFolder }).filter((name) => isOwn(name));
    expect(shipped.filter((name) => !named.has(name))).toEqual([]);
  });

  test("says what to do after each alert, in the order and with the severity of alerts.yaml", () => {
    const rows = [...page.matchAll(/^\| `(Sitrep\w+)` +\| (\w+) +\|/gm)];
    const shipped = [...deployed("alerts.yaml").matchAll(/alert: (\w+)[\s\S]*?severity: (\w+)/g)];
    expect(shipped.length).toBeGreaterThan(5);
    expect(rows.map(([, ...row]) => row)).toEqual(shipped.map(([, ...alert]) => alert));
  });

  test("names only metrics, panels and variables that exist", () => {
    const source = globSync("src/**/*.ts", { cwd: root }).map(read).join("\n");
    const configured = ["compose.yaml", "env.example"].map(deployed).join("\n");
    const known = new Set(`${source}\n${configured}`.match(/\w+/g));
    const metrics = spans.filter((name) => /^(?:sitrep|nodejs|process)_\w+$/.test(name));
    const set = lines.flatMap((line) => /^([A-Z][A-Z_]+)=/.exec(line)?.[1] ?? []);
    const variables = [...set, ...spans.filter((name) => /^[A-Z]+(?:_[A-Z]+)+$/.test(name))];
    expect(metrics.length * variables.length).toBeGreaterThan(5);
    // The SDK reads these itself.
    const ofTheSdk = ["OTEL_SERVICE_NAME"];
    const missing = [...metrics, ...variables].filter(
      (name) => !known.has(name) && !ofTheSdk.includes(name),
    );
    expect(missing).toEqual([]);
    const panels = deployed("grafana.json");
    for (const title of ["Processor", "Connections to PostgreSQL"]) {
      expect(page).toContain(title);
      expect(panels).toContain(`"title": "${title}"`);
    }
  });

  test("has settings that the server accepts", () => {
    const env = Object.fromEntries(
      lines.flatMap((line) => {
        const [, name, value] = /^([A-Z][A-Z_]+)=(\S*)$/.exec(line) ?? [];
        return name === undefined ? [] : [[name, value ?? ""] as const];
      }),
    );
    const settings = serveSettings({ publicUrl: "https://tasks.example.com" }, env, [], true);
    expect(settings.board.identity?.clientId).toBe("sitrep-board");
    expect(settings.tokens.audiences[0]).toBe("https://tasks.example.com/mcp");
  });

  test("has the sizes that npm run bench:server measured", () => {
    const bench = read("docs/server-performance.md");
    const inFile = [...bench.matchAll(/they take (\d+) MiB. The server used at most (\d+) MiB/g)];
    const [[, sqlite] = [], [, postgres] = []] = inFile;
    const memory = Math.max(...inFile.map(([, , used]) => Number(used)));
    const perSecond = /## PostgreSQL[\s\S]*one in ten a write (?:\|[^|]*){4}\| (\d+)/.exec(
      bench,
    )?.[1];
    expect(page).toContain(
      `${postgres} MiB for 100,000 tasks in PostgreSQL (${sqlite} MiB in SQLite)`,
    );
    expect(page).toContain(`used at most ${memory} MiB with 100,000 tasks`);
    expect(page).toContain(`answers ${perSecond} mixed tool calls per second`);
    const { requestsPerMinute } = serveSettings({}, {}, [], true);
    const people = (Number(perSecond) * 60) / requestsPerMinute;
    expect(page).toContain(`enough for ${Math.floor(people / 10) * 10} people`);
  });

  test("has the numbers of the settings", () => {
    const own = server?.environment ?? {};
    const { drainMs, stopWithinMs, requestsPerMinute } = serveSettings({}, own, [], true);
    expect(page).toContain(`\`SITREP_DRAIN_SECONDS\` (${drainMs / 1000})`);
    expect(page).toContain(`\`SITREP_STOP_SECONDS\` (${stopWithinMs / 1000})`);
    expect(page).toContain(`${requestsPerMinute} per minute (\`RATE_LIMIT_REQUESTS_PER_MINUTE\`)`);
    expect(page).toContain(`${String(server?.["mem_limit"]).replace("m", "")} MiB`);
    const [, each] =
      /connectionLimit = (\d+)/.exec(read("src/store/database/postgres-pool.ts")) ?? [];
    expect(page).toContain(`${Number(each) + 1} to PostgreSQL for each server (${each}, and one`);
  });
});
