import { chmodSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  openSignInRecords,
  signInTokenKey,
} from "../../../../src/sources/auth/login/sign-in-record.ts";
import type { SignInRecord } from "../../../../src/sources/auth/login/sign-in-record.ts";
import type { SourceConfig } from "../../../../src/config/source-config.ts";
import { readPerson } from "../../../../src/sources/auth/person.ts";
import { temporaryFolder } from "../../../support/temporary.ts";

const origin = "https://tasks.example";

const aRecord = (subject: string): SignInRecord => ({
  source: "team",
  origin,
  issuer: "https://id.example",
  isNamed: false,
  client: {
    clientId: "c",
    clientSecret: null,
    method: "none",
    from: "registered",
    redirectPort: 4000,
  },
  person: {
    subject,
    label: "",
    resource: `${origin}/mcp`,
    audience: "",
    scope: null,
    signedInAt: 0,
  },
});

const source: SourceConfig = {
  name: "team",
  type: "mcp",
  url: `${origin}/mcp`,
  enabled: true,
  fallback: false,
  args: [],
  env: {},
  with: {},
};

describe("the record of a sign-in", () => {
  test("is read back unchanged, for its source and origin only", () => {
    const records = openSignInRecords(join(temporaryFolder(), "sign-ins"));
    records.put(aRecord("ana"));
    expect(records.get("team", origin)).toEqual(aRecord("ana"));
    expect(records.get("team", "https://other.example")).toBeNull();
    expect(records.get("other", origin)).toBeNull();
    expect(records.all()).toEqual([aRecord("ana")]);
    expect(records.forget("team", origin)).toBe(true);
    expect(records.forget("team", origin)).toBe(false);
  });

  test("is not used if other users can read its file", () => {
    const folder = temporaryFolder();
    const records = openSignInRecords(folder);
    records.put(aRecord("ana"));
    const [name = ""] = readdirSync(folder);
    const file = join(folder, name);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    chmodSync(file, 0o644);
    expect(() => records.get("team", origin)).toThrow(
      expect.objectContaining({ code: "secret-unsafe" }),
    );
    expect(readPerson(source, { signIns: folder })).toBe("");
  });

  test.each(["", "{", "null", '{"origin":"https://tasks.example"}', '{"origin":1,"issuer":2}'])(
    "is null when it is invalid: %s",
    (text) => {
      const folder = temporaryFolder();
      const records = openSignInRecords(folder);
      records.put(aRecord("ana"));
      const [name = ""] = readdirSync(folder);
      writeFileSync(join(folder, name), text);
      expect(records.get("team", origin)).toBeNull();
      expect(records.all()).toEqual([]);
    },
  );

  test("separates the responses and tokens of different people", () => {
    const folder = temporaryFolder();
    const records = openSignInRecords(folder);
    records.put(aRecord("ana"));
    expect(readPerson(source, { signIns: folder })).toBe("ana");
    records.put(aRecord("ben"));
    expect(readPerson(source, { signIns: folder })).toBe("ben");
    expect(signInTokenKey(aRecord("ana"))).not.toEqual(signInTokenKey(aRecord("ben")));
    expect(readPerson(source, { signIns: null })).toBe("");
  });
});
