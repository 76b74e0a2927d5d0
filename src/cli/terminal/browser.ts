import { spawn } from "node:child_process";
import type { Environment } from "../../config/folders.ts";

/** Opens a browser. Ignores a system without an opener, because the caller also prints the address. */
export function openBrowser(address: string, env: Environment): void {
  const openers: Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>> = {
    darwin: ["open"],
    win32: ["rundll32", "url.dll,FileProtocolHandler"],
  };
  const [program, ...args] = openers[process.platform] ?? ["xdg-open"];
  const child = spawn(program, [...args, address], { env, stdio: "ignore", detached: true });
  child.on("error", () => undefined);
  child.unref();
}
