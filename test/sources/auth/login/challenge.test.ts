import { describe, expect, test } from "vitest";
import {
  readChallenge,
  joinScopes,
  findChallenge,
  signInAndRetry,
} from "../../../../src/sources/auth/login/challenge.ts";
import { SourceError } from "../../../../src/core/source-error.ts";

const none = { error: null, scope: null, resourceMetadata: null };

describe("the parser of a WWW-Authenticate challenge", () => {
  test.for<[string, string | null, object | null]>([
    ["that is missing", null, null],
    ["of another scheme", 'Basic realm="tasks"', null],
    ["that names bearer in another's value", 'Basic realm="Bearer scope=x"', null],
    ["without parameters", "Bearer", none],
    [
      "with all of them",
      'Bearer error="invalid_token", scope="a b", resource_metadata="https://a.example/m"',
      { error: "invalid_token", scope: "a b", resourceMetadata: "https://a.example/m" },
    ],
    ["after another one", 'Basic realm="x", Bearer scope=a', { ...none, scope: "a" }],
    ["in small letters", "bearer scope=a", { ...none, scope: "a" }],
    ["given twice: the first counts", 'Bearer scope="a", scope="b"', { ...none, scope: "a" }],
    ["with escaped characters", String.raw`Bearer error="a\"b"`, { ...none, error: 'a"b' }],
    ["whose scope is none", 'Bearer scope="a\u0001b"', none],
    ["whose scope is endless", `Bearer scope="${"a ".repeat(3000)}"`, none],
  ])("reads a challenge %s", ([, header, expected]) => {
    expect(readChallenge(header)).toEqual(expected);
  });
});

const refused = (status: number, challenge: string | null): SourceError =>
  new SourceError("source-refused", "no", { status, challenge });

describe("a refused request", () => {
  test("requires a sign-in after 401, and after 403 only if a scope is missing", () => {
    expect(findChallenge(refused(401, null))).toEqual(none);
    expect(findChallenge(refused(403, null))).toBeNull();
    expect(
      findChallenge(refused(403, 'Bearer error="insufficient_scope", scope="w"')),
    ).toMatchObject({
      scope: "w",
    });
    expect(findChallenge(new SourceError("source-failed", "no", { status: 401 }))).toBeNull();
    expect(findChallenge(new Error("no"))).toBeNull();
  });

  test("leads to a second sign-in with the scopes of both requests, but not to a third", async () => {
    const asked: (string | null)[] = [];
    const responses = [
      refused(401, 'Bearer scope="read"'),
      refused(403, 'Bearer error="insufficient_scope", scope="write"'),
      refused(403, 'Bearer error="insufficient_scope", scope="admin"'),
    ];
    const work = (): Promise<never> => Promise.reject(responses.shift());
    await expect(
      signInAndRetry(work, async ({ scope }) => void asked.push(scope)),
    ).rejects.toMatchObject({ status: 403 });
    expect(asked).toEqual(["read", "read write"]);
  });

  test("does not lead to a second sign-in if its token is new", async () => {
    let signIns = 0;
    const work = (): Promise<never> => Promise.reject(refused(401, 'Bearer scope="read"'));
    await expect(signInAndRetry(work, async () => void (signIns += 1))).rejects.toMatchObject({
      status: 401,
    });
    expect(signIns).toBe(1);
  });

  test("asks for each scope of two requests once", () => {
    expect(joinScopes("a b", "b c")).toBe("a b c");
    expect(joinScopes(null, null)).toBeNull();
  });
});
