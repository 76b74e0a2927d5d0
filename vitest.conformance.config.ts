import { defineConfig } from "vitest/config";
import type { ViteUserConfig } from "vitest/config";

/** The official conformance suite, one scenario after the other. */
const config: ViteUserConfig = defineConfig({
  test: {
    include: ["test/conformance/**/*.test.ts"],
    globalSetup: ["test/support/global-setup.ts"],
    env: { TZ: "UTC" },
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});

export default config;
