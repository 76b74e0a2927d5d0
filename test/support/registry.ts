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
  /** The paths that were asked for. */
  asked: string[];
}

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

/** `more`: further packages, by their folders. */
export async function startRegistry(more: readonly string[] = []): Promise<Registry> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "sitrep-registry-")));
  const folders = [root, ...dependencies(), ...more];
  const packages = await Promise.all(folders.map((one) => pack(one, folder)));
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? "");
    asked.push(path);
    const found = packages.find(({ manifest }) => path === `/${manifest.name}`);
    const wanted = packages.find(({ file }) => path === `/-${file.slice(folder.length)}`);
    if (wanted !== undefined) return void response.end(readFileSync(wanted.file));
    if (found === undefined) return void response.writeHead(404).end("{}");
    const { name, version } = found.manifest;
    const hash = createHash("sha512").update(readFileSync(found.file)).digest("base64");
    const tarball = `${url}/-${found.file.slice(folder.length)}`;
    const manifest = { ...found.manifest, dist: { tarball, integrity: `sha512-${hash}` } };
    response.setHeader("content-type", "application/json");
    response.end(
      JSON.stringify({ name, "dist-tags": { latest: version }, versions: { [version]: manifest } }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    tarball: packages[0]?.file ?? "",
    asked,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
