// What a server says in `WWW-Authenticate` when it refuses a request (RFC 9110, RFC 6750, RFC 9728). Untrusted text.

export interface Challenge {
  /** `invalid_token`, `insufficient_scope` and the like; null where none is given. */
  readonly error: string | null;
  /** The scopes that the request needs. */
  readonly scope: string | null;
  /** Where the server describes itself. */
  readonly resourceMetadata: string | null;
}

const longest = 4096;
const parameter = /([a-z_]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))/gi;
const scopeWords = /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/;

/** Scopes as RFC 6749 spells them; null for anything else. */
export const readScope = (text: string | null | undefined): string | null =>
  text !== null && text !== undefined && text.length <= 2000 && scopeWords.test(text) ? text : null;

/** The bearer challenge of a header; null where there is none. */
export function readChallenge(header: string | null): Challenge | null {
  const text = header?.slice(0, longest) ?? "";
  const begin = /(?:^|,)\s*bearer(?=\s|$|,)/i.exec(text);
  if (begin === null) return null;
  const found = new Map<string, string>();
  for (const [, name = "", quoted, plain] of text.slice(begin.index).matchAll(parameter)) {
    const value = quoted?.replace(/\\(.)/g, "$1") ?? plain ?? "";
    if (!found.has(name.toLowerCase())) found.set(name.toLowerCase(), value);
  }
  return {
    error: found.get("error") ?? null,
    scope: readScope(found.get("scope")),
    resourceMetadata: found.get("resource_metadata") ?? null,
  };
}
