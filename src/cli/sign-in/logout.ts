import type { Revocation } from "../../sources/auth/login/person-grant.ts";
import { openSignInRecords, signInTokenKey } from "../../sources/auth/login/sign-in-record.ts";
import { sourceOrigin } from "../../config/source-address.ts";
import type { SourceConfig } from "../../config/source-config.ts";
import type { CommandContext } from "../../config/context.ts";
import { createPersonDeps, openTokenStore, readSignIn } from "../../sources/auth/person.ts";
import { withSourceContext, findSource } from "../source/lookup.ts";
import { SitrepError } from "../../core/errors.ts";
import { ageText } from "../../core/time.ts";
import { peopleSources } from "./login.ts";
import { locateScope, type Run } from "../program/verb-context.ts";
import { asWhom } from "./signed-in-as.ts";
import { printResult } from "../terminal/terminal.ts";

interface LogoutDone extends Revocation {
  source: string;
  issuer: string;
  subject: string;
  /** The access token's expiry in epoch milliseconds; null when unknown. */
  expiresAt: number | null;
}

/** Always removes the record of the sign-in. Returns null when nobody was signed in. */
export const logOut = (context: CommandContext, source: SourceConfig): Promise<LogoutDone | null> =>
  withSourceContext(context, async (sources) => {
    const { name } = source;
    const records = openSignInRecords(sources.signIns ?? "");
    const record = readSignIn(source, sources);
    if (record === null) {
      // An unfinished sign-in leaves a record with a pinned issuer.
      records.forget(name, sourceOrigin(source));
      return null;
    }
    const { revokeSignIn } = await import("../../sources/auth/login/person-grant.ts");
    const key = signInTokenKey(record);
    const tokenStore = openTokenStore(sources);
    const kept = key === null ? null : await tokenStore.get(key);
    const ended = await revokeSignIn(record, tokenStore, createPersonDeps(source, sources));
    records.forget(name, sourceOrigin(source));
    const { issuer, person } = record;
    const expiresAt = kept?.expiresAt ?? null;
    return { source: name, issuer, subject: person?.subject ?? "", expiresAt, ...ended };
  });

function logoutText(done: LogoutDone): string[] {
  const { source, subject, issuer, revoked, failed, expiresAt } = done;
  const who = asWhom({ subject, label: "" }).replace(" as ", "");
  const how =
    revoked.length === 0 ? "" : `; ${issuer} has revoked the ${revoked.join(" and the ")}`;
  const lines = [`Signed out of ${source}${who === "" ? "" : ` (${who})`}${how}.`];
  for (const { what, code } of failed) {
    const why = code === "not-offered" ? "it does not revoke such tokens" : code;
    const left = expiresAt === null ? 0 : expiresAt - Date.now();
    const end = what === "access token" && left > 0 ? ` It expires in ${ageText(left)}.` : "";
    lines.push(`The ${what} was not revoked at ${issuer} (${why}), only deleted here.${end}`);
  }
  return lines;
}

export const runLogout: Run<[string | undefined]> = async (context, name, options) => {
  const scope = locateScope(context, options);
  const signedIn = (await peopleSources(context, scope)).filter(({ signIn }) => signIn !== null);
  if (name === undefined && signedIn.length > 1) {
    const names = signedIn.map(({ source }) => source.name);
    throw new SitrepError(
      "usage",
      `Several sources are signed in. Name one of: ${names.join(", ")}`,
      {
        hint: `sitrep logout ${names[0] ?? ""}`,
      },
    );
  }
  const source = name === undefined ? signedIn[0]?.source : findSource(context, scope, name);
  const done = source === undefined ? null : await logOut(context, source);
  const words = done === null ? "You were not signed in." : logoutText(done);
  printResult(options, { signedOut: done !== null, ...done }, words);
};
