// Builds the client's plugin from dist/ into `plugin/`, which the marketplace in .claude-plugin/ names, with this machine's
// addon. With --npm it contains no addon, and a lock file by which the client installs every machine's.
// Usage: node scripts/build-plugin.ts [--npm] [FOLDER].

import { createHash } from "node:crypto";
import {
  chmodSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { buildSync } from "esbuild";
import { hookEntries, type Gate } from "../src/install/hook-entries.ts";

const root = join(import.meta.dirname, "..");
const args = process.argv.slice(2);
const isForNpm = args.includes("--npm");
const name = isForNpm ? "sitrep-plugin" : "plugin";
const target = resolve(args.find((one) => !one.startsWith("-")) ?? join(root, name));

interface Manifest {
  version: string;
  description: string;
  license: string;
  author: string;
  keywords: string[];
}
const text = readFileSync(join(root, "package.json"), "utf8");
const { version, description, license, author, keywords } = JSON.parse(text) as Manifest;

const put = (file: string, content: string | object): void => {
  const path = join(target, file);
  mkdirSync(dirname(path), { recursive: true });
  const isText = typeof content === "string";
  writeFileSync(path, isText ? content : `${JSON.stringify(content, null, 2)}\n`);
};
const take = (from: string, to: string): void =>
  cpSync(join(root, from), join(target, to), { recursive: true });

/**
 * As `gateCommand`, but in the folders that the client names in the environment. It sets these variables last, so no settings
 * can. The hyphen keeps the client from expanding them in the text, where a quote in a path would end the word.
 */
function commandOf({ name: gate }: Gate): string {
  const file =
    gate === "session-start"
      ? "${CLAUDE_PLUGIN_ROOT-}/start.sh"
      : `\${CLAUDE_PLUGIN_DATA-}/gates/${gate}.sh`;
  return `{ [ ! -r "${file}" ] || command . "${file}"; } 2>/dev/null || :`;
}

/** The same entries as in a settings file, by event. */
function hooksFile(): object {
  const entries = hookEntries((gate) => ({ command: commandOf(gate) }));
  const events = [...new Set(entries.map(({ event }) => event))];
  const groupsOf = (event: string): object[] =>
    entries.flatMap((entry) => (entry.event === event ? [entry.group] : []));
  return {
    description,
    modules: ["./module.js"],
    hooks: Object.fromEntries(events.map((event) => [event, groupsOf(event)])),
  };
}

/** The entries of a package and its dependencies in this project's lock file. */
function lockedWith(wanted: string): Record<string, object> {
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
    packages: Record<string, { dependencies?: Record<string, string> }>;
  };
  const path = `node_modules/${wanted}`;
  const entry = packages[path];
  if (entry === undefined) throw new Error(`${wanted} is not in the lock file`);
  return Object.assign(
    { [path]: entry },
    ...Object.keys(entry.dependencies ?? {}).map(lockedWith),
  ) as Record<string, object>;
}

/** The client installs by the lock file, without scripts. It is a shrinkwrap: npm does not publish `package-lock.json`. */
function putLock(): void {
  const manifest = JSON.parse(text) as { dependencies: Record<string, string>; engines: object };
  const { dependencies, engines } = manifest;
  const packages = Object.assign({}, ...Object.keys(dependencies).map(lockedWith)) as object;
  const own = { name, version, license, dependencies, engines };
  put("package.json", { ...own, description, author, keywords });
  put("npm-shrinkwrap.json", {
    name,
    version,
    lockfileVersion: 3,
    requires: true,
    packages: { "": own, ...packages },
  });
}

function buildId(): string {
  const hash = createHash("sha256");
  const folder = join(target, "build");
  for (const file of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (file.isFile())
      hash.update(file.name).update(readFileSync(join(file.parentPath, file.name)));
  }
  return `${version}-${hash.digest("hex").slice(0, 12)}`;
}

rmSync(target, { recursive: true, force: true });
put(".claude-plugin/plugin.json", {
  name: "sitrep",
  version,
  description,
  author: { name: author },
  license,
  keywords,
});
put("hooks/hooks.json", hooksFile());
buildSync({
  entryPoints: [join(root, "hooks/plugin/module.ts")],
  outfile: join(target, "hooks/module.js"),
  bundle: true,
  format: "esm",
  target: "es2023",
  minifySyntax: true,
  logLevel: "warning",
});
put(".mcp.json", {
  mcpServers: { sitrep: { command: "/bin/sh", args: ["${CLAUDE_PLUGIN_ROOT}/mcp.sh"] } },
});
for (const file of ["start.sh", "find-node.sh", "mcp.sh"]) take(`hooks/plugin/${file}`, file);
take("hooks/plugin/sitrep.sh", "bin/sitrep");
chmodSync(join(target, "bin/sitrep"), 0o755);
take("scripts/plugin", ".");
take("LICENSE", "LICENSE");
for (const file of readdirSync(join(root, "dist"))) {
  const isLeftOut = ["lib", "compile-cache"].includes(file) || (isForNpm && file.endsWith(".node"));
  if (!isLeftOut && !file.endsWith(".map") && !file.endsWith(".cache"))
    take(`dist/${file}`, `build/${file}`);
}
put("build/plugin-setup.cjs", `require("./programs.cjs").pluginSetup();\n`);
if (isForNpm) putLock();
put("build-id", `${buildId()}\n`);
