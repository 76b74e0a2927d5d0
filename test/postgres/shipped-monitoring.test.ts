// The alerts and the dashboard that deploy/ ships, in a real Prometheus that collects from real servers on PostgreSQL.

import { expect, describe, test } from "vitest";
import { parse } from "yaml";
import * as z from "zod";
import { deployed, operatorsProgram } from "../support/deployed.ts";
import { freePort, inOtherWords, startProgram } from "../support/operators.ts";
import { serverUrl, temporaryDatabase } from "../support/postgres.ts";
import { bearer, postRpc } from "../support/rpc.ts";
import { addKeyTo, createServeFixture, startServeProcess } from "../support/serve-process.ts";

const prometheus = operatorsProgram("prometheus", "prometheus");

const series = z.object({ metric: z.record(z.string(), z.string()) });
const response = z.object({ status: z.string(), data: z.object({ result: z.array(series) }) });
type Series = z.infer<typeof series>;

const panels = z.object({
  panels: z.array(
    z.object({
      title: z.string(),
      targets: z.array(z.object({ expr: z.string(), legendFormat: z.string() })).default([]),
    }),
  ),
});
const rule = z.object({
  alert: z.string(),
  expr: z.string(),
  annotations: z.object({ summary: z.string() }),
});
const ruleFile = z.object({ groups: z.array(z.object({ rules: z.array(rule) })) });
const rulesAnswer = z.object({
  data: z.object({
    groups: z.array(
      z.object({
        rules: z.array(
          z.object({ name: z.string(), state: z.string(), health: z.string(), type: z.string() }),
        ),
      }),
    ),
  }),
});

/** Two servers, one of which drains, and of everything that is counted at least one. */
async function startServers() {
  const env = {
    DATABASE_URL: await temporaryDatabase(),
    SITREP_METRICS_ADDRESS: "127.0.0.1:0",
    SITREP_DRAIN_SECONDS: "600",
  };
  const fixture = createServeFixture(env);
  const key = addKeyTo(fixture, "laptop", "--organization", "acme");
  const servers = [await startServeProcess(fixture), await startServeProcess(fixture)] as const;
  servers[1].signal("SIGTERM");
  await expect.poll(async () => (await fetch(`${servers[1].url}/readyz`)).status).toBe(503);
  const use = async (): Promise<void> => {
    const headers = bearer(key);
    for (const { url } of servers) {
      // oxlint-disable no-await-in-loop -- one after the other
      const call = async (name: string, args: object): Promise<void> => {
        const params = { name, arguments: { project_id: "shop", ...args } };
        await (await postRpc(url, "tools/call", { params, headers })).text();
      };
      await call("add_task", { tasks: [{ title: "Add login" }] });
      for (let times = 0; times < 2; times += 1) await call("list_tasks", {});
      await call("update_task_status", { task_id: "NONE-1", status: "completed" });
      await fetch(`${url}/tasks`, { headers: bearer("wrong") });
      await fetch(`${url}/readyz`);
      // oxlint-enable no-await-in-loop
    }
  };
  return { servers, use };
}

async function startPrometheus(targets: readonly string[]): Promise<string> {
  const address = `127.0.0.1:${await freePort()}`;
  const config = inOtherWords(deployed("prometheus.yaml"), [
    ['"server-1:9464", "server-2:9464"', targets.map((one) => JSON.stringify(one)).join(", ")],
    ["interval: 15s", "interval: 1s"],
  ]);
  startProgram(
    prometheus ?? "",
    ["--config.file=config.yaml", "--storage.tsdb.path=data", `--web.listen-address=${address}`],
    { "config.yaml": config, "alerts.yaml": deployed("alerts.yaml") },
  );
  return `http://${address}`;
}

/** What Grafana puts in place of its variables. */
const filledIn = (expression: string): string =>
  expression
    .replaceAll("$job", "sitrep")
    .replaceAll("$instance", ".+")
    .replaceAll("$__rate_interval", "30s");

/** Without the limits that say when an alert fires, and with failures that there are, so that it has a value now. */
const withoutLimit = (expression: string): string =>
  expression
    .replaceAll(/ (?:>|==) [\d.* ]+$/gm, "")
    .replace(/^count\((.+)\)$/, "$1")
    .replace('"5.."', '"4.."');

const namedLabels = (text: string): string[] =>
  [...text.matchAll(/\{\{ ?(?:\$labels\.)?(\w+) ?\}\}/g)].map(([, name]) => name ?? "");

describe.skipIf(serverUrl === null || prometheus === null)("Prometheus", () => {
  test("knows every metric and label of the alerts and the dashboard, and notices a server that is down", async () => {
    const { servers, use } = await startServers();
    const targets = servers.map(({ log }) => new URL(String(log[0]?.["metrics"])).host);
    const url = await startPrometheus(targets);
    const ask = async (query: string): Promise<Series[]> => {
      const sent = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(query)}`);
      const text = await sent.text();
      if (!sent.ok) throw new Error(`${query}: ${text}`);
      return response.parse(JSON.parse(text)).data.result;
    };
    await use();
    const scraped = (): Promise<Series[]> =>
      ask('count_over_time(sitrep_tool_calls_total{tool="list_tasks"}[1m]) >= 2').catch(() => []);
    await expect.poll(scraped).toHaveLength(2);
    await use();

    const shown = panels.parse(JSON.parse(deployed("grafana.json"))).panels.flatMap((panel) =>
      panel.targets.map(({ expr, legendFormat }) => ({
        name: panel.title,
        query: filledIn(expr),
        labels: namedLabels(legendFormat),
      })),
    );
    const rules = ruleFile.parse(parse(deployed("alerts.yaml"))).groups.flatMap((one) => one.rules);
    const alerts = rules.map(({ alert: name, expr, annotations }) => ({
      name,
      query: withoutLimit(expr),
      labels: namedLabels(annotations.summary),
    }));
    expect(shown.length).toBeGreaterThan(20);
    for (const { name, query, labels } of [...shown, ...alerts]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const found = await ask(query);
      expect(found, `${name}: ${query}`).not.toEqual([]);
      const has = Object.keys(found[0]?.metric ?? {});
      const grouped = (/ by \(([\w, ]+)\)/.exec(query)?.[1] ?? "").split(", ");
      const named = [...labels, ...grouped].filter((label) => !["le", ""].includes(label));
      expect({ name, has }).toEqual({ name, has: expect.arrayContaining(named) as unknown });
    }

    servers[0].signal("SIGKILL");
    await servers[0].ended;
    const states = async (): Promise<Record<string, string>> => {
      const sent = await fetch(`${url}/api/v1/rules`);
      const loaded = rulesAnswer.parse(await sent.json()).data.groups.flatMap((one) => one.rules);
      expect(loaded.map(({ name }) => name)).toEqual(alerts.map(({ name }) => name));
      expect(new Set(loaded.map(({ health }) => health))).toEqual(new Set(["ok"]));
      return Object.fromEntries(loaded.map(({ name, state }) => [name, state]));
    };
    await expect.poll(states).toMatchObject({
      SitrepDown: "pending",
      SitrepStoreUnreachable: "inactive",
      SitrepVersionsDiffer: "inactive",
    });
  });
});
