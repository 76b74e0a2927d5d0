import * as z from "zod";
import { isPlainAddress } from "../../core/address.ts";
import { clientAuthMethods } from "../../core/ports.ts";
import { optionalText, Text } from "../setting.ts";

/** A reference such as `${env:NAME}` (see secrets.ts), never the secret itself. */
export const secretReference: RegExp =
  /^\$\{(?:env:[A-Za-z_][A-Za-z0-9_]*|file:\/[^}]+|keychain:[A-Za-z0-9][A-Za-z0-9._-]{0,63})\}$/;
const Secret = z.string().regex(secretReference, {
  error: 'must be a reference: "${env:NAME}", "${file:/path}" or "${keychain:NAME}"',
});

/** A reference to the token that a tracker's program prints, `${gh:github.com}`; allowed only in `auth`. */
export const programReference: RegExp = /^\$\{(gh|glab):([a-z0-9.-]{1,253})\}$/;
const PlainSecret = z
  .string()
  .refine((value) => secretReference.test(value) || programReference.test(value), {
    error:
      'must be a reference: "${env:NAME}", "${file:/path}", "${keychain:NAME}", "${gh:HOST}" or "${glab:HOST}"',
  })
  .describe("A reference to the secret.");

const isIssuer = (value: string): boolean => isPlainAddress(value) && URL.canParse(value);
const isOrigin = (value: string): boolean => isIssuer(value) && new URL(value).origin === value;
const Issuer = z.string().refine(isIssuer, { error: "is not the https: address of an issuer" });

/** A service account: tokens by client credentials from an OpenID provider. */
const ServiceAuth = z.strictObject({
  type: z.literal("oidc"),
  issuer: Issuer.describe(
    "The OpenID provider's exact issuer URL. For Keycloak `https://HOST/realms/REALM`, before version 17 `https://HOST/auth/realms/REALM`.",
  ),
  clientId: Text.describe("The service account's client id."),
  method: z
    .enum(clientAuthMethods)
    .default("client_secret_basic")
    .describe("How the client authenticates to the provider."),
  secret: Secret.describe(
    "A reference to the client's secret, or for `private_key_jwt` to its private key, as PEM or JWK.",
  ),
  algorithm: z
    .string()
    .regex(/^(RS|PS|ES)(256|384|512)$|^EdDSA$/)
    .exactOptional()
    .describe("For `private_key_jwt`. Default: the JWK's, else the usual one for the key's type."),
  keyId: optionalText("For `private_key_jwt`."),
  scope: optionalText("The tokens' scopes."),
  audience: optionalText("The tokens' audience."),
  resource: optionalText("The tokens' resource (RFC 8707)."),
  endpointOrigin: z
    .string()
    .refine(isOrigin, { error: "is not an origin, such as https://id.example" })
    .exactOptional()
    .describe("An additional origin, besides the issuer's, where its endpoints may be."),
});
export type ServiceAuth = z.infer<typeof ServiceAuth>;

/** A person who signs in with `sitrep login`. The server provides everything that is not set. */
const PersonAuth = z
  .strictObject({
    type: z.literal("login"),
    issuer: Issuer.exactOptional().describe(
      "The identity provider's exact issuer URL. Default: the one that the server names.",
    ),
    clientId: optionalText(
      "The client's id, or the `https:` address of its metadata document. Default: a newly registered client.",
    ),
    secret: Secret.exactOptional().describe(
      "A reference to the client's secret, if it has one. It is sent to `issuer` only.",
    ),
    scope: optionalText("The tokens' scopes."),
    audience: optionalText("The tokens' audience."),
  })
  .refine(({ secret, issuer, clientId }) => !secret || (issuer && clientId), {
    error: "a client's secret needs the issuer and the clientId that it belongs to",
  });
export type PersonAuth = z.infer<typeof PersonAuth>;

const HeaderAuth = z.strictObject({
  type: z.literal("header"),
  header: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,64}$/, { error: "is not a valid header name" })
    .describe("The header's name."),
  scheme: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,32}$/, { error: "is not a word" })
    .exactOptional()
    .describe("A word before the secret, such as `token`."),
  secret: PlainSecret,
});

const BasicAuth = z.strictObject({
  type: z.literal("basic"),
  user: Text.regex(/^[^:\p{Cc}]+$/u, { error: "must not contain a colon" }).describe(
    "The user's name or e-mail address.",
  ),
  secret: PlainSecret,
});

const BearerAuth = z.strictObject({ type: z.literal("bearer"), secret: PlainSecret });

export const SourceAuth = z.discriminatedUnion("type", [
  ServiceAuth,
  PersonAuth,
  BearerAuth,
  HeaderAuth,
  BasicAuth,
]);
