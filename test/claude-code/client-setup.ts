// Before the client's tests: the client must have been installed, since the tests themselves reach nothing outside.

import { existsSync } from "node:fs";
import { clientPackage, clientProgram } from "../../scripts/cached-packages.ts";

export default function setup(): void {
  if (existsSync(clientProgram)) return;
  throw new Error(`${clientPackage} is not installed; run "npm run test:client", which does that.`);
}
