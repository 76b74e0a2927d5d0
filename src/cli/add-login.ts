// `sitrep source add --login`: a person signs in before the source is tried and added.

import { SitrepError } from "../core/errors.ts";
import type { ProjectScope } from "../core/ports.ts";
import type { AddRequest } from "../sources/add-source.ts";
import type { CommandContext } from "../config/context.ts";
import { environmentForOthers } from "../sources/settle-environment.ts";
import type { LoginWishes } from "../sources/auth/log-in.ts";
import { browserMs, cancelBySignal, openScreen } from "./sign-in-screen.ts";
import type { ScreenOptions } from "./sign-in-screen.ts";
import { asWhom } from "./sign-in-words.ts";
import { remark } from "./terminal.ts";

interface SignInOptions extends ScreenOptions {
  device?: boolean;
}

interface AddLoginOptions extends ScreenOptions {
  issuer?: string;
  clientId?: string;
  scope?: string;
  audience?: string;
}

/** The setting of a source that a person signs in to. Throws `usage` where there is a token too. */
export function personAuth(options: AddLoginOptions, secret: string | undefined): object {
  if (secret !== undefined) {
    throw new SitrepError("usage", "--login and a token: a source signs in with one of them.");
  }
  const { issuer, clientId, scope, audience } = options;
  return {
    type: "login",
    ...(issuer !== undefined && { issuer }),
    ...(clientId !== undefined && { clientId }),
    ...(scope !== undefined && { scope }),
    ...(audience !== undefined && { audience }),
  };
}

/** What the settings do not say is left to the server. */
const noWishes: LoginWishes = {
  issuer: null,
  clientId: null,
  scope: null,
  grant: null,
  port: null,
};

/** Has the person sign in for the source that is about to be added. */
export function signInForNew(
  context: CommandContext,
  scope: ProjectScope,
  options: SignInOptions,
): NonNullable<AddRequest["signIn"]> {
  return async (source, probe) => {
    const { logIn } = await import("../sources/auth/log-in.ts");
    using screen = openScreen(source.name, options, environmentForOthers(context));
    const wishes = options.device === true ? { ...noWishes, grant: "device" as const } : noWishes;
    const request = { scope, source, wishes, timeoutMs: browserMs };
    const signal = cancelBySignal();
    const onEvent = screen.show;
    const { signIn } = await logIn(context, {
      ...request,
      signal,
      onEvent,
      ...(probe && { probe }),
    });
    screen[Symbol.dispose]();
    if (options.json === true) return;
    remark(
      signIn === null
        ? `${source.name} needs no sign-in.`
        : `Signed in to ${source.name}${asWhom(signIn)} (${signIn.issuer}).`,
    );
  };
}
