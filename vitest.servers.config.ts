import { defineConfig } from "vitest/config";
import type { ViteUserConfig } from "vitest/config";

/** The tests that run real task servers from npm, one after the other. */
const config: ViteUserConfig = defineConfig({
  test: {
    include: ["test/servers/**/*.test.ts"],
    globalSetup: ["test/support/global-setup.ts"],
    env: { TZ: "UTC" },
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 600_000,
  },
});

export default config;
