import { describe, expect, test } from "vitest";
import { SourceError } from "../../src/core/source-error.ts";
import { networkFailure } from "../../src/http/http-failures.ts";

const coded = (code: string): Error => Object.assign(new Error("words of the system"), { code });

/** As `fetch` throws it. */
const fetchFailed = (cause: unknown): Error => new TypeError("fetch failed", { cause });

describe("the meaning of a failed exchange", () => {
  test.for<[string, string, boolean]>([
    ["ECONNREFUSED", "source-unreachable", true],
    ["ENOTFOUND", "source-unreachable", true],
    ["EAI_AGAIN", "source-unreachable", true],
    ["UND_ERR_CONNECT_TIMEOUT", "source-unreachable", true],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "source-unreachable", true],
    ["CERT_HAS_EXPIRED", "source-unreachable", true],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "source-unreachable", true],
    ["ECONNRESET", "source-unreachable", false],
    ["EPIPE", "source-unreachable", false],
    ["UND_ERR_SOCKET", "source-unreachable", false],
    ["HPE_INVALID_CONSTANT", "source-invalid-response", false],
    ["UND_ERR_HEADERS_OVERFLOW", "source-invalid-response", false],
    ["ESOMETHING", "source-failed", false],
  ])("%s is %s, certainly not sent: %s", ([code, meaning, isUnsent]) => {
    const failure = networkFailure("board", fetchFailed(coded(code)));
    expect(failure).toMatchObject({ code: meaning, isUnsent });
    expect(failure.message).not.toContain("words of the system");
  });

  test("a host whose every address refuses is unreachable, with nothing sent", () => {
    const both = new AggregateError([coded("ECONNREFUSED"), coded("ECONNREFUSED")]);
    expect(networkFailure("board", fetchFailed(both))).toMatchObject({
      code: "source-unreachable",
      isUnsent: true,
    });
  });

  test("a SourceError inside another error is kept as it is", () => {
    const ours = new SourceError("source-rate-limited", "wait", { retryAfterMs: 5 });
    expect(networkFailure("board", fetchFailed(new Error("x", { cause: ours })))).toBe(ours);
  });

  test("a circular cause chain, or a thrown string, is source-failed", () => {
    const round = new Error("round");
    round.cause = round;
    expect(networkFailure("board", round).code).toBe("source-failed");
    expect(networkFailure("board", "words").code).toBe("source-failed");
  });
});
