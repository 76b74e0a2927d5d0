// Every test, in projects. `npm test` runs `e2e`, `unit` and `timed`; docs/testing.md has the suites. Projects of one
// group run together, and groups one after the other, so that strict times are measured on a machine that does nothing else.

import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";
import type { TestProjectInlineConfiguration, ViteUserConfig } from "vitest/config";

const here = import.meta.dirname;

/** Storms of processes, builds, packages and screens: minutes on their own, so they are no part of `npm test`. */
const slow = "test/**/*.slow.test.ts";
/** Those that leave cases to the slow project, which runs them whole. */
const shortened = readdirSync(join(here, "test"), { recursive: true, encoding: "utf8" })
  .map((name) => join("test", name))
  .filter((file) => file.endsWith(".test.ts"))
  .filter((file) => readFileSync(join(here, file), "utf8").includes("support/cases.ts"));
/** Tests that say how many milliseconds something may take, or that put a module in another's place. */
const timed = [
  "test/other-systems.test.ts",
  "test/e2e/login-interrupt.test.ts",
  "test/e2e/monitor-restart.test.ts",
  "test/hooks/stdin.test.ts",
  "test/http/policy.test.ts",
  // Node's own web classes, which a server in the same process has replaced.
  "test/monitor/fetch-shims.test.ts",
  "test/monitor/monitor-lock.test.ts",
  "test/server/backends/rest-backend.test.ts",
  "test/sources/auth/login/sign-in-user.test.ts",
  "test/sources/mapping/mapper.test.ts",
  "test/sources/mcp/faults.test.ts",
  "test/sources/mcp/stdio.test.ts",
  "test/state/cache/cache-file.test.ts",
  "test/state/cache/source-views.test.ts",
  "test/state/starting-together.test.ts",
];
/** Run in every shell that is installed: in the usual ones by `unit`, in the others by `shells`. */
const gates = "test/hooks/gate/*.test.ts";
/** What needs more than `npm ci`. */
const outside = ["browser", "claude-code", "conformance", "faults", "postgres", "servers"].map(
  (folder) => `test/${folder}/**`,
);

interface Options {
  include: string[];
  exclude?: string[];
  /** The place in the order of groups. */
  group: number;
  /** Files at once; absent: one. More than the machine has cores where tests mostly wait for processes. */
  workers?: number;
  /** False: a worker goes on to the next file as it is. No module of ours keeps what a test could meet again. */
  isolate?: boolean;
  globalSetup?: string[];
  env?: Record<string, string>;
  testTimeout?: number;
  hookTimeout?: number;
}

function project(name: string, options: Options): TestProjectInlineConfiguration {
  const { group, workers = 1, ...more } = options;
  return {
    extends: true,
    test: { name, maxWorkers: workers, sequence: { groupOrder: group }, ...more },
  };
}

const together = 3 * availableParallelism();

const config: ViteUserConfig = defineConfig({
  // The examples import the package by its name.
  resolve: {
    alias: {
      "sitrep/testing": join(here, "src/client/testing/index.ts"),
      sitrep: join(here, "src/index.ts"),
    },
  },
  test: {
    globalSetup: ["test/support/global-setup.ts"],
    env: { TZ: "UTC" },
    unstubEnvs: true,
    // A test waits for what must happen, however busy the machine is.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 30_000, interval: 50 } },
    coverage: {
      provider: "v8",
      include: ["src/**/*.ts"],
      // scripts/coverage.ts adds what the built files ran, and judges the sum.
      reporter: ["json"],
      reportsDirectory: "coverage/vitest",
      reportOnFailure: true,
    },
    projects: [
      // By its name it comes before `unit`: its files take the longest.
      project("e2e", {
        include: ["test/e2e/**/*.test.ts"],
        exclude: [slow, ...timed],
        group: 1,
        workers: together,
        isolate: false,
      }),
      project("unit", {
        include: ["test/**/*.test.ts"],
        exclude: [...outside, ...timed, "test/e2e/**", slow],
        group: 1,
        workers: together,
        isolate: false,
      }),
      project("timed", { include: timed, group: 2, workers: availableParallelism() }),
      project("slow", {
        include: [slow, ...shortened],
        env: { TZ: "UTC", SITREP_TEST_CASES: "all" },
        group: 3,
        workers: availableParallelism(),
        testTimeout: 300_000,
      }),
      project("shells", {
        include: [gates],
        env: { TZ: "UTC", SITREP_TEST_SHELLS: "others" },
        group: 3,
        workers: availableParallelism(),
      }),
      project("faults", { include: ["test/faults/**/*.test.ts"], group: 4 }),
      project("postgres", {
        include: ["test/postgres/**/*.test.ts"],
        globalSetup: ["test/support/postgres-setup.ts"],
        group: 5,
      }),
      project("conformance", { include: ["test/conformance/**/*.test.ts"], group: 6 }),
      project("client", {
        include: ["test/claude-code/**/*.test.ts"],
        globalSetup: ["test/claude-code/client-setup.ts"],
        group: 7,
      }),
      project("browser", { include: ["test/browser/**/*.test.ts"], group: 8 }),
      project("servers", {
        include: ["test/servers/**/*.test.ts"],
        group: 9,
        hookTimeout: 600_000,
      }),
    ],
  },
});

export default config;
