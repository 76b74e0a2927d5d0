// OAuth protected-resource metadata (RFC 9728), and the challenge that points a client to it.

import { scopePermissions } from "../access/verify-token.ts";

export interface ResourceSettings {
  /** Null: no tokens, and no metadata. */
  readonly issuer: string | null;
  readonly publicUrl: string | null;
}

export const metadataPath = "/.well-known/oauth-protected-resource";

const baseOf = ({ publicUrl }: ResourceSettings, requestUrl: string): string =>
  (publicUrl ?? new URL(requestUrl).origin).replace(/\/$/, "");

export function resourceMetadata(settings: ResourceSettings, requestUrl: string): object | null {
  if (settings.issuer === null) return null;
  return {
    resource: `${baseOf(settings, requestUrl)}/mcp`,
    authorization_servers: [settings.issuer],
    scopes_supported: Object.keys(scopePermissions),
    bearer_methods_supported: ["header"],
    resource_name: "Sitrep task server",
  };
}

/** The value of `WWW-Authenticate` (RFC 6750, 3). `error`: null if the request had no credentials. */
export function challenge(
  settings: ResourceSettings,
  requestUrl: string,
  error: { readonly code: string; readonly description: string } | null,
): string {
  const place = `${baseOf(settings, requestUrl)}${metadataPath}/mcp`;
  const parts = [
    'realm="sitrep"',
    ...(error === null
      ? []
      : [`error="${error.code}"`, `error_description="${error.description}"`]),
    ...(settings.issuer === null ? [] : [`resource_metadata="${place}"`]),
  ];
  return `Bearer ${parts.join(", ")}`;
}
