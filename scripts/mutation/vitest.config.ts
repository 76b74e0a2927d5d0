// The tests that `npm run test:mutation` runs for each mutation: the in-memory tests of the pure rules and the hooks.

import { mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";
import type { ViteUserConfig } from "vitest/config";

const shared = join(tmpdir(), "sitrep-mutation");
mkdirSync(shared, { recursive: true });

const config: ViteUserConfig = defineConfig({
  test: {
    include: ["test/core/**/*.test.ts", "test/hooks/*.test.ts"],
    exclude: [
      "**/*.slow.test.ts",
      "test/hooks/{plugin,stdin,hook-process,situations,told-once,tokens}.test.ts",
    ],
    env: { TZ: "UTC", SITREP_TEST_SHARED: shared },
    unstubEnvs: true,
  },
});

export default config;
