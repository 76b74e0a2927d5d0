// Sessions of the board: the cookie has an opaque id; the store has its hash and the principal.

import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { parseObject, readString, readStrings } from "../../core/read.ts";
import type { ApiKeys } from "../../store/api-keys.ts";
import type { WebSessions } from "../../store/web-sessions.ts";
import { principalOfKey } from "../access/authenticate.ts";
import type { RequestGuard } from "../http/request-guard.ts";
import type { Principal } from "../principal.ts";
import { headOf, headWith, type BoardContext } from "./security.ts";

export interface BoardSession {
  readonly principal: Principal;
  /** The hash of its id. */
  readonly hash: string;
  /** The token that this session's forms send. */
  readonly csrf: string;
}

export interface SessionDeps {
  readonly rows: WebSessions;
  readonly keys: Pick<ApiKeys, "find">;
  readonly guard: Pick<RequestGuard, "isStillSignedIn">;
  /** True if browsers reach the server by TLS. */
  readonly isSecure: boolean;
  readonly lifetimeMs: number;
}

const digest = (text: string): string => createHash("sha256").update(text).digest("hex");

export function isSameText(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(digest(one)), Buffer.from(digest(other))];
  return timingSafeEqual(a, b);
}

function readPrincipal(text: string): Principal | null {
  const from = parseObject(text);
  const [organization, user] = [readString(from?.["organization"]), readString(from?.["user"])];
  const by = readString(from?.["by"]);
  if (organization === undefined || user === undefined) return null;
  if (by !== "local" && by !== "key" && by !== "token") return null;
  const keyId = readString(from?.["keyId"]);
  const permissions = readStrings(from?.["permissions"]);
  return { organization, user, permissions, by, ...(keyId === undefined ? {} : { keyId }) };
}

export type Sessions = ReturnType<typeof createSessions>;

export function createSessions({ rows, keys, guard, isSecure, lifetimeMs }: SessionDeps) {
  // With the prefix, no other host of the domain and nothing without TLS can set it.
  const prefix = isSecure ? "__Host-" : "";
  const [name, attemptName] = [`${prefix}sitrep-session`, `${prefix}sitrep-sign-in`];
  const cookie = { httpOnly: true, sameSite: "Lax", path: "/", secure: isSecure } as const;

  /** The current principal: a key may have been revoked, or the server may no longer be open. */
  async function current(kept: Principal, context: BoardContext): Promise<Principal | null> {
    if (kept.by === "token") return kept;
    if (kept.by === "local") {
      return (await guard.isStillSignedIn(headWith(headOf(context), null))) ? kept : null;
    }
    const found = await keys.find(kept.keyId ?? "");
    return found === null ? null : principalOfKey(found.key, { user: null, organization: null });
  }

  async function of(context: BoardContext): Promise<BoardSession | null> {
    const id = getCookie(context, name);
    if (id === undefined || !/^[\w-]{43}$/.test(id)) return null;
    const hash = digest(id);
    const row = await rows.find(hash, new Date());
    const kept = row === null ? null : readPrincipal(row.principal);
    const principal = kept === null ? null : await current(kept, context);
    return principal === null ? null : { principal, hash, csrf: digest(`form ${id}`) };
  }

  return {
    of,
    /** Always uses a new id, against session fixation. `endsAt`: the session ends then at the latest. */
    start: async (
      context: BoardContext,
      principal: Principal,
      endsAt: Date | null,
    ): Promise<void> => {
      const before = await of(context);
      if (before !== null) await rows.remove(before.hash);
      const id = randomBytes(32).toString("base64url");
      const end = Math.min(Date.now() + lifetimeMs, endsAt?.getTime() ?? Infinity);
      const { limit: _, ...kept } = principal;
      await rows.add(digest(id), JSON.stringify(kept), new Date(end));
      const maxAge = Math.max(0, Math.round((end - Date.now()) / 1000));
      setCookie(context, name, id, { ...cookie, maxAge });
    },
    end: async (context: BoardContext, { hash }: BoardSession): Promise<void> => {
      await rows.remove(hash);
      deleteCookie(context, name, cookie);
    },
    /** A value that only the browser keeps while a person signs in at the issuer. */
    remember: (context: BoardContext, value: string): void =>
      setCookie(context, attemptName, value, { ...cookie, maxAge: 600 }),
    recall: (context: BoardContext): string | undefined => {
      const found = getCookie(context, attemptName);
      deleteCookie(context, attemptName, cookie);
      return found;
    },
  };
}
