// The types of the library, as those see them who install the package: strict, and without skipLibCheck.

import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../support/temporary.ts";

const root = join(import.meta.dirname, "../..");

const program = `
import * as sitrep from "sitrep";
import * as testing from "sitrep/testing";
import { createMcpClient, createTaskClient, openSessionCache } from "sitrep";
import type { QueryResult, Task, ToolContent } from "sitrep";

export async function pending(file: string): Promise<QueryResult<Task[]>> {
  await using server = await testing.startTaskServer({ tasks: [{ title: "Fix login" }] });
  using cache = openSessionCache({ file });
  cache.cachePendingTasks([{ id: "1", title: "Task 1", status: "todo" }]);
  await using client = createTaskClient({ url: server.origin, cache });
  return client.queryPendingTasks({ limit: 3 });
}
export async function images(url: string): Promise<ToolContent[]> {
  await using client = createMcpClient({ url });
  const { content } = await client.callTool("chart");
  return content.filter((block) => block.type === "image" && block.mimeType === "image/png");
}
export { sitrep, testing };
`;

const strict = {
  target: "es2022",
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noPropertyAccessFromIndexSignature: true,
  skipLibCheck: false,
  noEmit: true,
  types: ["node"],
};

/** A program with the packed package and what that depends on; nothing that only this checkout has. */
function install(): string {
  const folder = temporaryFolder();
  const flags = ["pack", "--ignore-scripts", "--silent", "--pack-destination", folder];
  const packed = execFileSync("npm", flags, { cwd: root, encoding: "utf8" }).trim();
  const home = join(folder, "node_modules/sitrep");
  mkdirSync(home, { recursive: true });
  execFileSync("tar", ["xzf", join(folder, packed), "-C", home, "--strip-components=1"]);
  const { dependencies } = JSON.parse(readFileSync(join(home, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  for (const name of [...Object.keys(dependencies), "@types/node"]) {
    const place = join(folder, "node_modules", name);
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(join(root, "node_modules", name), place);
  }
  writeFileSync(join(folder, "package.json"), '{"type":"module"}');
  writeFileSync(join(folder, "program.ts"), program);
  return folder;
}

test("a strict program compiles against the packed package with either module resolution", () => {
  const folder = install();
  const ways = [{ module: "nodenext" }, { module: "esnext", moduleResolution: "bundler" }];
  for (const way of ways) {
    const options = { compilerOptions: { ...strict, ...way }, include: ["program.ts"] };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(options));
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    const { stdout } = spawnSync(process.execPath, [tsc, "-p", folder], { encoding: "utf8" });
    expect(stdout).toBe("");
  }
});
