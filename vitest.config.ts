import { join } from "node:path";
import { defineConfig } from "vitest/config";
import type { ViteUserConfig } from "vitest/config";

const here = import.meta.dirname;

const config: ViteUserConfig = defineConfig({
  // The examples import the package by its name.
  resolve: {
    alias: {
      "sitrep/testing": join(here, "src/client/testing/index.ts"),
      sitrep: join(here, "src/index.ts"),
    },
  },
  test: {
    include: ["test/**/*.test.ts"],
    exclude: [
      "test/claude-code/**",
      "test/conformance/**",
      "test/faults/**",
      "test/postgres/**",
      "test/servers/**",
    ],
    globalSetup: ["test/support/global-setup.ts"],
    env: { TZ: "UTC" },
    testTimeout: 20_000,
    hookTimeout: 60_000,
    coverage: {
      provider: "v8",
      include: ["src/**/*.ts"],
      // scripts/coverage.ts adds what the built files ran, and judges the sum.
      reporter: ["json"],
      reportsDirectory: "coverage/vitest",
      reportOnFailure: true,
    },
  },
});

export default config;
