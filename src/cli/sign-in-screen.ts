// What a person sees while signing in.

import { spawn } from "node:child_process";
import type { SignInEvent } from "../sources/auth/log-in.ts";
import { countDown, countUp, print, remark } from "./terminal.ts";

/** How long a person has in the browser. */
export const browserMs = 300_000;

export interface ScreenOptions {
  json?: boolean;
  /** Undefined: the browser grant opens one on a terminal, the device grant none. */
  browser?: boolean;
}

/** Starts the system's own opener; that it is not there is no failure, since the address is shown. */
function openBrowser(address: string, env: ScreenEnvironment): void {
  const [program, ...args] =
    process.platform === "darwin"
      ? ["open"]
      : process.platform === "win32"
        ? ["rundll32", "url.dll,FileProtocolHandler"]
        : ["xdg-open"];
  const options = { env, stdio: "ignore", detached: true } as const;
  const child = spawn(program ?? "", [...args, address], options);
  child.on("error", () => undefined);
  child.unref();
}

/** What a browser is started with. */
type ScreenEnvironment = Readonly<Record<string, string | undefined>>;

export interface Screen extends Disposable {
  show: (event: SignInEvent) => void;
}

/** What a person needs goes to stderr, also in a pipe; a line that counts down only to a terminal. */
export function openScreen(name: string, options: ScreenOptions, env: ScreenEnvironment): Screen {
  let counting: Disposable | null = options.json === true ? null : countUp(`Asking ${name}`);
  const mayOpen = options.json !== true && process.stderr.isTTY;
  const say = (event: SignInEvent): void => {
    if (event.event === "issuer") return remark(`Signing in to ${name} at ${event.issuer}`);
    if (event.event === "address") {
      const opens = options.browser ?? mayOpen;
      remark(`${opens ? "Your browser opens. If not, open" : "Open"} this address:\n`);
      // Not indented: a long one is copied over several lines.
      remark(`${event.address}\n`);
      if (opens) openBrowser(event.address, env);
      counting = countDown("Waiting for your browser", browserMs);
      return;
    }
    remark(`  Open   ${event.verificationUri}`);
    remark(`  Enter  ${event.userCode}`);
    if (event.completeUri !== null) remark(`  or     ${event.completeUri}`);
    if (options.browser === true) openBrowser(event.completeUri ?? event.verificationUri, env);
    counting = countDown("Waiting for you", event.expiresInSeconds * 1000);
  };
  return {
    show: (event) => {
      counting?.[Symbol.dispose]();
      if (options.json !== true) return say(event);
      print(JSON.stringify(event));
    },
    [Symbol.dispose]: () => counting?.[Symbol.dispose](),
  };
}

/** Ctrl-C ends what waits; a second one ends the program as ever. */
export function cancelBySignal(): AbortSignal {
  const controller = new AbortController();
  process.once("SIGINT", () => controller.abort());
  return controller.signal;
}
