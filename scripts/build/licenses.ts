// The licenses of the packages that the bundler put into the built files.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Metafile } from "esbuild";

interface Manifest {
  name: string;
  version: string;
  license?: string;
}

const packageFolder = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//;

/** The folders of the packages with at least one byte in an output, relative to the project, sorted. */
function bundledPackages(metafiles: readonly Metafile[]): string[] {
  const inputs = metafiles
    .flatMap(({ outputs }) => Object.values(outputs))
    .flatMap((output) => Object.entries(output.inputs))
    .flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? [file] : []));
  return [...new Set(inputs.flatMap((file) => packageFolder.exec(file)?.[1] ?? []))].toSorted();
}

/** Throws if a package does not state a license: its code may not be distributed. */
function licenseOf(root: string, folder: string): string {
  const path = join(root, folder);
  const { name, version, license } = JSON.parse(
    readFileSync(join(path, "package.json"), "utf8"),
  ) as Manifest;
  if (license === undefined) throw new Error(`${name} says no license`);
  const file = readdirSync(path).find((one) => /^(?:licen[cs]e|copying)(?:[.-]\w+)?$/i.test(one));
  const text = file === undefined ? "" : readFileSync(join(path, file), "utf8").trim();
  return `## ${name} ${version}: ${license}\n\n${text}\n`;
}

/** The text of `dist/licenses.md`. `more`: folders of packages whose files are distributed beside the bundles. */
export function licensesOf(
  root: string,
  metafiles: readonly Metafile[],
  more: readonly string[],
): string {
  const folders = [...new Set([...bundledPackages(metafiles), ...more])].toSorted();
  return [
    "# Licenses of the packages in the built files\n",
    ...folders.map((folder) => licenseOf(root, folder)),
  ].join("\n");
}
