import { defineConfig } from "vitest/config";
import type { ViteUserConfig } from "vitest/config";

/** Real faults with strict times: one test after the other, so that they measure the hook and not the machine. */
const config: ViteUserConfig = defineConfig({
  test: {
    include: ["test/faults/**/*.test.ts"],
    globalSetup: ["test/support/global-setup.ts"],
    env: { TZ: "UTC" },
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});

export default config;
