// Signs people in and out, by the identity provider or by a key in a form.

import { SitrepError } from "../../core/errors.ts";
import { isToken, tokenEnd, type VerifyToken } from "../access/verify-token.ts";
import type { RequestGuard } from "../http/request-guard.ts";
import type { Routes } from "../http/app.ts";
import type { Principal } from "../principal.ts";
import type { Observer } from "../observe/observer.ts";
import { errorPage, redirect, refusedPage, signInPage } from "./responses.ts";
import type { createIdentity } from "./identity-provider.ts";
import { readAttempt, writeAttempt } from "./identity-provider.ts";
import { hasToken, readForm } from "./form.ts";
import { headOf, headWith, ownPage, type BoardContext } from "./security.ts";
import type { Sessions } from "./board-sessions.ts";

export interface SignInDeps {
  readonly guard: RequestGuard;
  readonly sessions: Sessions;
  readonly identity: ReturnType<typeof createIdentity> | null;
  readonly verifyToken: VerifyToken;
  readonly observer: Pick<Observer, "signIn" | "fault">;
  /** The server's address for browsers; null: the one of the request. */
  readonly publicUrl: string | null;
  readonly isOpen: boolean;
}

const callbackPath = "/sign-in/callback";

type Identity = NonNullable<SignInDeps["identity"]>;

const waysOf = ({ identity, isOpen }: SignInDeps, to: string) => ({
  hasIssuer: identity !== null,
  isOpen,
  to,
});

/** The address of the callback, as browsers reach it. */
const callbackOf = (context: BoardContext, { publicUrl }: SignInDeps): string =>
  (publicUrl ?? new URL(context.req.url).origin).replace(/\/$/, "") + callbackPath;

async function signInByKey(context: BoardContext, deps: SignInDeps): Promise<Response> {
  const form = await readForm(context);
  if (form instanceof Response) return form;
  const ways = waysOf(deps, ownPage(form.get("to") ?? "/"));
  const key = (form.get("key") ?? "").trim();
  if (key === "" && !deps.isOpen) return signInPage(ways, "Enter a key.", 400);
  const head = headWith(headOf(context), key === "" ? null : key);
  const signedIn = await deps.guard.signIn(head);
  if (signedIn instanceof Response) {
    if (signedIn.status !== 401) return refusedPage(null, signedIn);
    return signInPage(ways, "This key is unknown, has expired or was revoked.", 401);
  }
  context.set("principal", signedIn);
  await deps.sessions.start(context, signedIn, isToken(key) ? tokenEnd(key) : null);
  return redirect(ways.to);
}

async function begin(context: BoardContext, deps: SignInDeps, provider: Identity) {
  const to = ownPage(context.req.query("to"));
  try {
    const { address, attempt } = await provider.begin(callbackOf(context, deps), to);
    deps.sessions.remember(context, writeAttempt(attempt));
    return redirect(address.href);
  } catch (error) {
    deps.observer.fault(error);
    const text = "The identity provider cannot be reached. Try again, or sign in with a key.";
    return signInPage(waysOf(deps, to), text, 503);
  }
}

async function finish(context: BoardContext, deps: SignInDeps, provider: Identity) {
  const { guard, sessions, observer } = deps;
  const head = headOf(context);
  const started = performance.now();
  const attempt = readAttempt(sessions.recall(context));
  const excess = await guard.refuseGuess(head);
  if (excess !== null) return refusedPage(null, excess);
  const seen = (principal: Principal | null, status: number): void => {
    const code = principal === null ? "sign-in-refused" : null;
    observer.signIn({ principal, status, code, durationMs: performance.now() - started });
  };
  const failed = async (text: string, status = 401): Promise<Response> => {
    await guard.countFailure(head);
    seen(null, status);
    return signInPage(waysOf(deps, ownPage(attempt?.to)), text, status);
  };
  if (attempt === null)
    return failed("This sign-in was not begun in this browser, or too long ago.");
  try {
    const response = new URL(callbackOf(context, deps) + new URL(context.req.url).search);
    const principal = await deps.verifyToken(await provider.finish(response, attempt));
    context.set("principal", principal);
    await sessions.start(context, principal, null);
    seen(principal, 200);
    return redirect(ownPage(attempt.to));
  } catch (error) {
    if (error instanceof SitrepError && error.code === "sign-in-refused")
      return failed(`Your account may not sign in here. ${error.message}`, 403);
    observer.fault(error);
    return failed("The identity provider did not confirm the sign-in. Try again.");
  }
}

async function signOut(context: BoardContext, { sessions }: SignInDeps): Promise<Response> {
  const session = await sessions.of(context);
  if (session === null) return redirect("/sign-in");
  const form = await readForm(context);
  if (form instanceof Response) return form;
  if (!hasToken(form, session)) return redirect("/");
  await sessions.end(context, session);
  return redirect("/sign-in");
}

export function addSignIn(app: Routes, deps: SignInDeps): void {
  const { identity } = deps;
  app.get("/sign-in", (context) => signInPage(waysOf(deps, ownPage(context.req.query("to")))));
  app.post("/sign-in", (context) => signInByKey(context, deps));
  if (identity !== null) {
    app.get("/sign-in/start", (context) => begin(context, deps, identity));
    app.get(callbackPath, (context) => finish(context, deps, identity));
  }
  app.post("/sign-out", (context) => signOut(context, deps));
  app.onError((error) => {
    deps.observer.fault(error);
    return errorPage(null, error);
  });
}
