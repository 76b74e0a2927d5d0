// A package registry on loopback. It serves our package, made by `npm pack`, and its dependencies from node_modules.

import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const root = join(import.meta.dirname, "../..");
const run = promisify(execFile);

export interface Registry extends AsyncDisposable {
  url: string;
  /** The path of our own package. */
  tarball: string;
  /** Packs and serves another package or version, in addition to the earlier ones. */
  add: (folder: string) => Promise<void>;
  /** The integrity of a package's tarball here, in the form of lock files. */
  integrityOf: (name: string) => string;
}

/** Variables that make npm use only this registry, without requests of its own. */
export const npmVariables = ({ url }: Registry): Record<string, string> => ({
  npm_config_registry: url,
  npm_config_audit: "false",
  npm_config_fund: "false",
  npm_config_update_notifier: "false",
});

interface Packed {
  manifest: { name: string; version: string };
  file: string;
}

async function pack(folder: string, into: string): Promise<Packed> {
  const flags = ["pack", folder, "--json", "--ignore-scripts", "--pack-destination", into];
  const { stdout } = await run("npm", flags, { cwd: root });
  const [packed] = JSON.parse(stdout) as { filename: string }[];
  const text = readFileSync(join(folder, "package.json"), "utf8");
  return {
    manifest: JSON.parse(text) as Packed["manifest"],
    file: join(into, packed?.filename ?? ""),
  };
}

/** The folders of the other packages that ours needs on this machine. */
function dependencies(): string[] {
  const modules = join(root, "node_modules");
  const keychain = join(modules, "@napi-rs");
  const addons = existsSync(keychain) ? readdirSync(keychain) : [];
  return [
    join(modules, "better-sqlite3"),
    join(modules, "node-addon-api"),
    ...addons.map((name) => join(keychain, name)),
  ].filter(existsSync);
}

export async function startRegistry(): Promise<Registry> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "sitrep-registry-")));
  const folders = [root, ...dependencies()];
  const packages = await Promise.all(folders.map((one) => pack(one, folder)));
  const integrity = (file: string): string =>
    `sha512-${createHash("sha512").update(readFileSync(file)).digest("base64")}`;
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? "");
    const found = packages.filter(({ manifest }) => path === `/${manifest.name}`);
    const wanted = packages.find(({ file }) => path === `/-${file.slice(folder.length)}`);
    if (wanted !== undefined) return void response.end(readFileSync(wanted.file));
    const last = found.at(-1)?.manifest;
    if (last === undefined) return void response.writeHead(404).end("{}");
    const versions = found.map(({ manifest, file }) => {
      const dist = { tarball: `${url}/-${file.slice(folder.length)}`, integrity: integrity(file) };
      return [manifest.version, { ...manifest, dist }] as const;
    });
    response.setHeader("content-type", "application/json");
    response.end(
      JSON.stringify({
        name: last.name,
        "dist-tags": { latest: last.version },
        versions: Object.fromEntries(versions),
      }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    tarball: packages[0]?.file ?? "",
    add: async (one) => void packages.push(await pack(one, folder)),
    integrityOf: (name) =>
      integrity(packages.find(({ manifest }) => manifest.name === name)?.file ?? ""),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
