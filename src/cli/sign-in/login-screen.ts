import type { Environment } from "../../config/folders.ts";
import type { SignInEvent } from "../../sources/auth/login/sign-in-user.ts";
import { printJson, printNotice, type JsonOption } from "../terminal/terminal.ts";
import { openBrowser } from "../terminal/browser.ts";
import { countDown, countUp } from "../terminal/spinner.ts";

export const browserMs = 300_000;

export interface ScreenOptions extends JsonOption {
  /** True opens a browser. By default, the browser grant opens one on a terminal; the device grant does not. */
  browser?: boolean;
}

interface Screen extends Disposable {
  show: (event: SignInEvent) => void;
}

/** Prints instructions to stderr, even in a pipe. With --json, it prints each event as a line on stdout. */
export function openLoginScreen(name: string, options: ScreenOptions, env: Environment): Screen {
  const isJson = options.json === true;
  let counting: Disposable | null = isJson ? null : countUp(`Asking ${name}`);
  const say = (event: SignInEvent): void => {
    if (event.event === "issuer") return printNotice(`Signing in to ${name} at ${event.issuer}`);
    if (event.event === "address") {
      const opens = options.browser ?? process.stderr.isTTY;
      printNotice(
        `${opens ? "Opening your browser. If it does not open, go to" : "Open"} this address:`,
        "",
      );
      // The address has no indent, so that one that spans several lines can be copied.
      printNotice(event.address, "");
      if (opens) openBrowser(event.address, env);
      counting = countDown("Waiting for your browser", browserMs);
      return;
    }
    printNotice(`  Open   ${event.verificationUri}`);
    printNotice(`  Enter  ${event.userCode}`);
    if (event.completeUri !== null) printNotice(`  or     ${event.completeUri}`);
    if (options.browser === true) openBrowser(event.completeUri ?? event.verificationUri, env);
    counting = countDown("Waiting for you to sign in", event.expiresInSeconds * 1000);
  };
  const stopCounting = (): void => counting?.[Symbol.dispose]();
  return {
    show: (event) => {
      stopCounting();
      if (isJson) printJson(event, true);
      else say(event);
    },
    [Symbol.dispose]: stopCounting,
  };
}
