// Makes the built command use a test tracker as api.github.com, with `gh` on its PATH.

import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestInstallation } from "./installation.ts";
import { temporaryFolder } from "./temporary.ts";
import { startTlsFront } from "./tls-front.ts";
import { token, type FakeTracker } from "./trackers.ts";

/** Changes the environment of the installation. Returns the file in which `gh` records its calls. */
export async function actAsGithub(
  { env, project }: TestInstallation,
  { origin }: Pick<FakeTracker, "origin">,
): Promise<string> {
  const front = await startTlsFront(origin);
  const folder = temporaryFolder();
  const [calls, preload] = [join(folder, "calls"), join(folder, "preload.cjs")];
  writeFileSync(
    preload,
    `const { connect } = require("node:tls");
require("node:https").Agent.prototype.createConnection = (options, done) => {
  if (options.host !== "api.github.com") throw new Error("not for the tests: " + options.host);
  return connect({ ...options, host: "localhost", servername: "localhost", port: ${new URL(front.origin).port} }, done);
};\n`,
  );
  writeFileSync(join(folder, "gh"), `#!/bin/sh\necho "$@" >>'${calls}'\necho ${token}\n`);
  chmodSync(join(folder, "gh"), 0o755);
  env["PATH"] = `${folder}:${env["PATH"] ?? ""}`;
  env["NODE_OPTIONS"] = `--require=${preload}`;
  env["NODE_EXTRA_CA_CERTS"] = front.authority;
  project.git("remote", "add", "origin", "git@github.com:o/r.git");
  return calls;
}
