import { defineConfig } from "vitest/config";
import type { ViteUserConfig } from "vitest/config";

/** What needs a PostgreSQL server: `TEST_DATABASE_URL`, else one out of npm that is started for the tests. */
const config: ViteUserConfig = defineConfig({
  test: {
    include: ["test/postgres/**/*.test.ts"],
    globalSetup: ["test/support/postgres-setup.ts"],
    env: { TZ: "UTC" },
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});

export default config;
