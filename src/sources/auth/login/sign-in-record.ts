// One record (0600) for each source and origin. It may contain a client's secret, never a token.

import { createHash } from "node:crypto";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { parseJson } from "../../../core/read.ts";
import { SourceError, type SourceErrorDetails } from "../../../core/source-error.ts";
import { readOwnFile, readSmallFile } from "../../../state/files/read-small-file.ts";
import { replaceFile } from "../../../state/files/replace-file.ts";
import type { TokenKey } from "../tokens.ts";

export const recordAuthMethods = ["none", "client_secret_basic", "client_secret_post"] as const;
export type RecordAuthMethod = (typeof recordAuthMethods)[number];

const ClientIdentity = z.object({
  clientId: z.string(),
  clientSecret: z.string().nullable().catch(null),
  method: z.enum(recordAuthMethods),
  /** `registered`: the issuer registered it for us; it is valid at this issuer only. */
  from: z.enum(["configured", "document", "registered"]),
  /** The port of the registered redirect; null when any will do. */
  redirectPort: z.number().nullable().catch(null),
});
export type ClientIdentity = Readonly<z.infer<typeof ClientIdentity>>;

const Person = z.object({
  subject: z.string().catch(""),
  /** For people, such as a user name; may be empty. */
  label: z.string().catch(""),
  resource: z.string().catch(""),
  audience: z.string().catch(""),
  scope: z.string().nullable().catch(null),
  signedInAt: z.number(),
});

const SignInRecord = z.object({
  source: z.string(),
  origin: z.string(),
  /** Pinned. */
  issuer: z.string(),
  /** True when a person named the issuer, false when the server did. */
  isNamed: z.boolean().catch(false),
  client: ClientIdentity.nullable().catch(null),
  /** Null until somebody has signed in. */
  person: Person.nullable().catch(null),
});
export type SignInRecord = Readonly<z.infer<typeof SignInRecord>>;

const largest = 64 * 1024;

export interface SignInRecords {
  /** Null when there is none. Throws `secret-unsafe` for one that others can read. */
  get(source: string, origin: string): SignInRecord | null;
  all(): SignInRecord[];
  put(record: SignInRecord): void;
  forget(source: string, origin: string): boolean;
}

const readRecord = (text: string | null): SignInRecord | null =>
  SignInRecord.safeParse(parseJson(text ?? "")).data ?? null;

export function openSignInRecords(folder: string): SignInRecords {
  const fileOf = (source: string, origin: string): string => {
    const hash = createHash("sha256").update(origin).digest("hex").slice(0, 16);
    return join(folder, `${source}-${hash}.json`);
  };
  const get = (source: string, origin: string): SignInRecord | null => {
    const record = readRecord(readOwnFile(fileOf(source, origin)));
    return record?.origin === origin ? { ...record, source } : null;
  };
  return {
    get,
    all: () => {
      const names = existsSync(folder) ? readdirSync(folder) : [];
      const records = names.map((name) => readRecord(readSmallFile(join(folder, name), largest)));
      return records.filter((one) => one !== null);
    },
    put: (record) => {
      const file = fileOf(record.source, record.origin);
      replaceFile(file, JSON.stringify(record), { mode: 0o600 });
    },
    forget: (source, origin) => {
      const isThere = get(source, origin) !== null;
      rmSync(fileOf(source, origin), { force: true });
      return isThere;
    },
  };
}

/** The key of a person's tokens; null until somebody has signed in. */
export function signInTokenKey(record: SignInRecord): TokenKey | null {
  const { person, client, issuer, origin } = record;
  if (person === null || client === null) return null;
  const audience = person.resource === "" ? person.audience : person.resource;
  return { issuer, clientId: client.clientId, subject: person.subject, audience, origin };
}

/** `source-refused`: a person has to sign in. */
export const signInNeeded = (name: string, details: SourceErrorDetails = {}): SourceError =>
  new SourceError("source-refused", `${name}: sign-in needed.`, {
    hint: `sitrep login ${name}`,
    ...details,
  });
