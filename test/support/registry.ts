// A package registry on loopback that has our package, as `npm pack` makes it, and what it depends on, out of node_modules.

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
  /** Our own package. */
  tarball: string;
  /** Packs and serves one more, or another version; both names stay. */
  add: (folder: string) => Promise<void>;
  /** Of the packages' tarballs here, as lock files have it. */
  integrityOf: (name: string) => string;
}

/** For npm to use this registry and no other, without its own requests. */
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

/** What our package needs of others on this machine. */
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
