// The tests that `npm run test:mutation` runs against each change to the code: those in memory, of the pure rules and the hooks.

import { defineConfig } from "vitest/config";
import type { ViteUserConfig } from "vitest/config";

const config: ViteUserConfig = defineConfig({
  test: {
    include: ["test/core/**/*.test.ts", "test/hooks/*.test.ts"],
    exclude: ["**/*.slow.test.ts", "test/hooks/{plugin,stdin,hook-process}.test.ts"],
    env: { TZ: "UTC" },
    unstubEnvs: true,
  },
});

export default config;
