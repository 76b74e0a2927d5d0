// The package's library. Its code is in `programs.cjs`, and its types are the declarations that its entries reach, so neither
// needs another package.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { pathToFileURL } from "node:url";

/** The parts of `programs.cjs` that are the library, with their files in `src/`. */
const libraryEntries = { library: "index", testing: "client/testing/index" } as const;

/** The text of a module that exports a part's names. */
function moduleOf(part: string, file: string, names: readonly string[], dist: string): string {
  const programs = relative(dirname(file), join(dist, "programs.cjs")).replaceAll("\\", "/");
  return [
    `import programs from "${programs}";`,
    `const { ${names.join(", ")} } = programs.${part}();`,
    `export { ${names.join(", ")} };`,
    "",
  ].join("\n");
}

/** Adds the declarations that `file` reaches to `found`. Throws if one imports a package, which users would lack. */
function reach(file: string, found: Set<string>): void {
  if (found.has(file)) return;
  found.add(file);
  for (const [, name = ""] of readFileSync(file, "utf8").matchAll(
    /(?:from|import)\s*\(?\s*"([^"]+)"/g,
  )) {
    if (name.startsWith("node:")) continue;
    if (!name.startsWith(".")) throw new Error(`${file} names the package ${name}`);
    reach(join(dirname(file), name.replace(/\.ts$/, ".d.ts")), found);
  }
}

function removeOthers(folder: string, keep: ReadonlySet<string>): void {
  for (const one of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    const file = join(one.parentPath, one.name);
    if (one.isFile() && !keep.has(file)) rmSync(file);
  }
  for (const one of readdirSync(folder, { withFileTypes: true, recursive: true }).toReversed()) {
    const path = join(one.parentPath, one.name);
    if (one.isDirectory() && existsSync(path) && readdirSync(path).length === 0)
      rmSync(path, { recursive: true });
  }
}

/** Writes `dist/lib`: the modules and the declarations of the package's exports. */
export async function writeLibrary(root: string, dist: string): Promise<void> {
  const folder = join(dist, "lib");
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  execFileSync(
    process.execPath,
    [compiler, "-p", join(root, "tsconfig.lib.json"), "--outDir", folder],
    { stdio: "inherit" },
  );
  const declarations = new Set<string>();
  for (const name of Object.values(libraryEntries))
    reach(join(folder, `${name}.d.ts`), declarations);
  removeOthers(folder, declarations);
  for (const [part, name] of Object.entries(libraryEntries)) {
    const file = join(folder, `${name}.js`);
    const source = pathToFileURL(join(root, "src", `${name}.ts`)).href;
    const exported = Object.keys((await import(source)) as object).toSorted();
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, moduleOf(part, file, exported, dist));
  }
}
