// What is kept of a sign-in beside its tokens: the issuer that was found and is pinned from then on, as which client, and
// who signed in. A record (0600) for each source and origin; a client's own secret may be in it, a token never.

import { createHash } from "node:crypto";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseObject, readNumber, readObject, readOneOf, readString } from "../../../core/read.ts";
import { readOwnFile, readSmallFile } from "../../../state/files/read-small-file.ts";
import { replaceFile } from "../../../state/files/replace-file.ts";
import type { TokenKey } from "../tokens.ts";

export const clientAuthMethods = ["none", "client_secret_basic", "client_secret_post"] as const;
export type ClientAuthMethod = (typeof clientAuthMethods)[number];

/** As which client we ask this issuer. */
export interface ClientIdentity {
  readonly clientId: string;
  /** Null for a public client. */
  readonly clientSecret: string | null;
  readonly method: ClientAuthMethod;
  /** `registered`: the issuer gave it to us; such a one is good for this issuer alone. */
  readonly from: "configured" | "document" | "registered";
  /** The port of the redirect that was registered; null where any will do. */
  readonly redirectPort: number | null;
}

export interface SignInRecord {
  readonly source: string;
  /** Of the task server. */
  readonly origin: string;
  /** Pinned. */
  readonly issuer: string;
  /** True where a person named the issuer, false where the server did. */
  readonly isNamed: boolean;
  readonly client: ClientIdentity | null;
  /** Null before somebody has signed in. */
  readonly person: {
    readonly subject: string;
    /** For people to read, such as a user name; may be empty. */
    readonly label: string;
    /** Sent as `resource`, or as `audience`; empty for neither. */
    readonly resource: string;
    readonly audience: string;
    readonly scope: string | null;
    /** Epoch milliseconds. */
    readonly signedInAt: number;
  } | null;
}

const largest = 64 * 1024;

export interface SignInRecords {
  /** Null when there is none that can be read. Throws `secret-unsafe` for one that others can read. */
  get(source: string, origin: string): SignInRecord | null;
  /** Of every source and origin, those that can be read. */
  all(): SignInRecord[];
  put(record: SignInRecord): void;
  /** True when there was one. */
  forget(source: string, origin: string): boolean;
}

function readClient(value: unknown): ClientIdentity | null {
  const from = readObject(value);
  const clientId = readString(from?.["clientId"]);
  const method = readOneOf(from?.["method"], clientAuthMethods);
  const kind = readOneOf(from?.["from"], ["configured", "document", "registered"]);
  if (clientId === undefined || method === undefined || kind === undefined) return null;
  return {
    clientId,
    clientSecret: readString(from?.["clientSecret"]) ?? null,
    method,
    from: kind,
    redirectPort: readNumber(from?.["redirectPort"]) ?? null,
  };
}

function readPerson(value: unknown): SignInRecord["person"] {
  const from = readObject(value);
  const signedInAt = readNumber(from?.["signedInAt"]);
  if (signedInAt === undefined) return null;
  return {
    subject: readString(from?.["subject"]) ?? "",
    label: readString(from?.["label"]) ?? "",
    resource: readString(from?.["resource"]) ?? "",
    audience: readString(from?.["audience"]) ?? "",
    scope: readString(from?.["scope"]) ?? null,
    signedInAt,
  };
}

/** Null for what makes no sense. */
function readRecord(text: string): SignInRecord | null {
  const from = parseObject(text);
  const source = readString(from?.["source"]);
  const origin = readString(from?.["origin"]);
  const issuer = readString(from?.["issuer"]);
  if (from === null || source === undefined || origin === undefined || issuer === undefined) {
    return null;
  }
  return {
    source,
    origin,
    issuer,
    isNamed: from["isNamed"] === true,
    client: readClient(from["client"]),
    person: readPerson(from["person"]),
  };
}

/** `folder`: made 0700 when first written to. */
export function openSignInRecords(folder: string): SignInRecords {
  const fileOf = (source: string, origin: string): string => {
    const hash = createHash("sha256").update(origin).digest("hex").slice(0, 16);
    return join(folder, `${source}-${hash}.json`);
  };
  const get = (source: string, origin: string): SignInRecord | null => {
    const record = readRecord(readOwnFile(fileOf(source, origin)) ?? "");
    return record?.origin === origin ? { ...record, source } : null;
  };
  return {
    get,
    all: () => {
      const names = existsSync(folder) ? readdirSync(folder) : [];
      const records = names.map((name) =>
        readRecord(readSmallFile(join(folder, name), largest) ?? ""),
      );
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

/** Under which the tokens of a person are kept; null before somebody has signed in. */
export function tokenKeyOf(record: SignInRecord): TokenKey | null {
  const { person, client, issuer, origin } = record;
  if (person === null || client === null) return null;
  const audience = person.resource === "" ? person.audience : person.resource;
  return { issuer, clientId: client.clientId, subject: person.subject, audience, origin };
}
