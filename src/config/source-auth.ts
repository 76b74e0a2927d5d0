// How a source signs in, as it is configured.

import * as z from "zod";
import { isPlainAddress } from "../core/address.ts";
import { SettingText } from "./setting-text.ts";

/** How to sign in. `secret` is a reference, such as `${env:NAME}` (see secrets.ts), never the secret itself. */
export interface StaticAuth {
  type: "bearer" | "header";
  /** The header's name, for `header`. */
  header?: string;
  secret: string;
}

export const clientAuthMethods = [
  "client_secret_basic",
  "client_secret_post",
  "private_key_jwt",
] as const;
export type ClientAuthMethod = (typeof clientAuthMethods)[number];

/** A service account: tokens by client credentials from an OpenID provider. */
export interface ServiceAuth {
  type: "oidc";
  /** Exactly as the provider names itself. For Keycloak `https://HOST/realms/REALM`, before 17 `/auth/realms/REALM`. */
  issuer: string;
  clientId: string;
  method: ClientAuthMethod;
  /** A reference to the client's secret; for `private_key_jwt` to its private key, as PEM or JWK. */
  secret: string;
  /** For `private_key_jwt`. Default: that of a JWK, else the usual one of its kind. */
  algorithm?: string;
  /** For `private_key_jwt`. */
  keyId?: string;
  scope?: string;
  audience?: string;
  /** RFC 8707. */
  resource?: string;
  /** An origin beside the issuer's at which its endpoints may be. */
  endpointOrigin?: string;
}

/** A person who signs in: `sitrep login`. What is left out the server says itself. */
export interface PersonAuth {
  type: "login";
  /** Exactly as it names itself. */
  issuer?: string;
  /** The client's id, or the `https:` address of its metadata document. */
  clientId?: string;
  /** A reference to the secret of a client that has one; it goes to `issuer` alone. */
  secret?: string;
  scope?: string;
  audience?: string;
}

export type SourceAuth = StaticAuth | ServiceAuth | PersonAuth;

/** What stands for a secret in settings. */
export const secretReference: RegExp =
  /^\$\{(?:env:[A-Za-z_][A-Za-z0-9_]*|file:\/[^}]+|keychain:[A-Za-z0-9][A-Za-z0-9._-]{0,63})\}$/;
const Secret = z.string().regex(secretReference, {
  error: 'must be a reference: "${env:NAME}", "${file:/path}" or "${keychain:NAME}"',
});

const isIssuer = (value: string): boolean => isPlainAddress(value) && URL.canParse(value);
const isOrigin = (value: string): boolean => isIssuer(value) && new URL(value).origin === value;

export const SourceAuth: z.ZodType<SourceAuth> = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("oidc"),
    issuer: z.string().refine(isIssuer, { error: "is not the https: address of an issuer" }),
    clientId: SettingText,
    method: z.enum(clientAuthMethods).default("client_secret_basic"),
    secret: Secret,
    algorithm: z
      .string()
      .regex(/^(RS|PS|ES)(256|384|512)$|^EdDSA$/)
      .exactOptional(),
    keyId: SettingText.exactOptional(),
    scope: SettingText.exactOptional(),
    audience: SettingText.exactOptional(),
    resource: SettingText.exactOptional(),
    endpointOrigin: z
      .string()
      .refine(isOrigin, { error: "is not an origin, such as https://id.example" })
      .exactOptional(),
  }),
  z
    .strictObject({
      type: z.literal("login"),
      issuer: z
        .string()
        .refine(isIssuer, { error: "is not the https: address of an issuer" })
        .exactOptional(),
      clientId: SettingText.exactOptional(),
      secret: Secret.exactOptional(),
      scope: SettingText.exactOptional(),
      audience: SettingText.exactOptional(),
    })
    .refine(({ secret, issuer, clientId }) => !secret || (issuer && clientId), {
      error: "a client's secret needs the issuer and the clientId that it belongs to",
    }),
  z.strictObject({ type: z.literal("bearer"), secret: Secret }),
  z.strictObject({
    type: z.literal("header"),
    header: z.string().regex(/^[A-Za-z0-9-]{1,64}$/, { error: "is not the name of a header" }),
    secret: Secret,
  }),
]);
