// Reads a table of another server's keys, with the usual column names.

import * as z from "zod";
import { SitrepError } from "../core/errors.ts";
import { issueText, parseJson } from "../core/read.ts";
import { readSmallFile } from "../state/files/read-small-file.ts";
import type { KeyHolder } from "../store/api-keys.ts";

export interface RowDefaults {
  user?: string;
  organization?: string;
  permission?: string[];
}

export interface KeyRow extends RowDefaults, Pick<KeyHolder, "rateLimit" | "metadata"> {
  actAs?: boolean;
  anyOrganization?: boolean;
}

const largestTable = 1024 * 1024;

const count = z.int().min(1).max(1_000_000);

/** `window` is in seconds. */
const Row = z.object({
  user_id: z.string().optional(),
  organization_id: z.string().optional(),
  permissions: z.array(z.string()).optional(),
  act_as: z.boolean().default(false),
  any_organization: z.boolean().default(false),
  rate_limit: z.object({ requests: count, window: count.default(60) }).nullish(),
  metadata: z
    .record(
      z.string(),
      z.unknown().transform((value) => (typeof value === "string" ? value : JSON.stringify(value))),
    )
    .default({}),
});

const Table = z.union([
  z.record(z.string(), z.unknown()).transform((table) => Object.entries(table)),
  z.array(z.string()).transform((secrets) => secrets.map((secret) => [secret, {}] as const)),
]);

function rowOf(value: unknown, entry: string, usual: RowDefaults): KeyRow {
  const read = Row.safeParse(value);
  if (!read.success) throw new SitrepError("usage", `${entry}: ${issueText(read.error)}.`);
  const { rate_limit: limit, metadata, ...row } = read.data;
  const user = row.user_id ?? metadata["user"] ?? usual.user;
  const organization = row.organization_id ?? usual.organization;
  if (user === undefined || organization === undefined) {
    throw new SitrepError("usage", `${entry} lacks user_id or organization_id.`, {
      hint: "For rows that lack them, use --user and --organization.",
    });
  }
  const permission = row.permissions ?? usual.permission;
  return {
    user,
    organization,
    ...(permission === undefined ? {} : { permission }),
    actAs: row.act_as,
    anyOrganization: row.any_organization,
    rateLimit: limit ? { requests: limit.requests, seconds: limit.window } : null,
    metadata,
  };
}

export function readKeyRows(file: string, usual: RowDefaults): [secret: string, row: KeyRow][] {
  const table = Table.safeParse(parseJson(readSmallFile(file, largestTable) ?? ""));
  if (!table.success) {
    throw new SitrepError("usage", `${file} is not a table of keys.`, {
      hint: 'Expected a JSON object: {"TOKEN": {"user_id": …, "organization_id": …, "permissions": […]}}, or a list of tokens.',
    });
  }
  return table.data.map(([secret, value], at) => [
    secret,
    rowOf(value, `${file}: entry ${at + 1}`, usual),
  ]);
}
