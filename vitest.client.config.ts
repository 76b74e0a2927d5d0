import { defineConfig } from "vitest/config";
import type { ViteUserConfig } from "vitest/config";

/** The tests that run the real client, one after the other. */
const config: ViteUserConfig = defineConfig({
  test: {
    include: ["test/claude-code/**/*.test.ts"],
    globalSetup: ["test/support/global-setup.ts", "test/claude-code/client-setup.ts"],
    env: { TZ: "UTC" },
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});

export default config;
