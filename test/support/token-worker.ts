// Run as a process that needs a token: waits for a line on stdin, and prints the token that it got.

import { once } from "node:events";
import { machineClock } from "../../src/sources/auth/machine-clock.ts";
import { createServiceTokens } from "../../src/sources/auth/service-tokens.ts";
import { codeOf } from "../../src/core/errors.ts";

const [folder = "", issuer = "", secret = "", origin = "", ahead = "0"] = process.argv.slice(2);
const say = (text: string): void => void process.stdout.write(`${text}\n`);

const tokens = createServiceTokens({
  folder,
  renewBeforeMs: 60_000,
  place: { issuer, endpointOrigin: null, whyInsecure: () => null },
  account: { clientId: "service-basic", method: "client_secret_basic" },
  secret: () => secret,
  origin,
  clock: () => {
    const { upMs, wallMs, boot } = machineClock();
    return { upMs: upMs + Number(ahead), wallMs: wallMs + Number(ahead), boot };
  },
});
say("ready");
await once(process.stdin, "data");
try {
  say((await tokens.getToken()).value);
} catch (error) {
  say(`failed: ${codeOf(error)}`);
}
process.exit(0);
