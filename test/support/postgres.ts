// Creates databases on the PostgreSQL server of the tests.

import { randomBytes } from "node:crypto";
import { Client } from "pg";
import { inject, onTestFinished } from "vitest";

/** The address of the server. Null if no server can run, and the tests are skipped. */
export const serverUrl: string | null = inject("databaseUrl");

/** Runs one statement as the server's administrator and returns its rows. */
export async function onServer(
  text: string,
  url: string = serverUrl ?? "",
): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
}

/** Creates an empty database and returns its address. */
export async function makeDatabase(): Promise<{ url: string; drop: () => Promise<void> }> {
  const name = `sitrep_test_${randomBytes(6).toString("hex")}`;
  await onServer(`create database ${name}`);
  const url = new URL(serverUrl ?? "");
  url.pathname = `/${name}`;
  const drop = async (): Promise<void> => {
    await onServer(`drop database if exists ${name} with (force)`);
  };
  return { url: url.href, drop };
}

/** Creates a database like `makeDatabase` and drops it at the end of the test. */
export async function temporaryDatabase(): Promise<string> {
  const { url, drop } = await makeDatabase();
  onTestFinished(drop);
  return url;
}
