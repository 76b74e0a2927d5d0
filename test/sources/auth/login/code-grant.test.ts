import { request } from "node:http";
import { describe, expect, test } from "vitest";
import { openLoopbackRedirect } from "../../../../src/sources/auth/login/code-grant.ts";

const never = new AbortController().signal;

/** The status of a request with any `Host`, which `fetch` does not let one choose. */
const statusOf = (port: number, path: string, headers: Record<string, string>, method = "GET") =>
  new Promise<number | undefined>((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", port, path, headers, method }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    asked.on("error", reject);
    asked.end();
  });

describe("the redirect from the browser", () => {
  test("is accepted once, and answered with a page that loads and stores nothing", async () => {
    using redirect = await openLoopbackRedirect(null);
    const response = redirect.response(5000, never);
    const page = await fetch(`${redirect.uri}?code=a&state=b`);
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(page.headers.get("referrer-policy")).toBe("no-referrer");
    expect(page.headers.get("cache-control")).toBe("no-store");
    expect(await page.text()).not.toMatch(/script|http/);
    expect((await response).search).toBe("?code=a&state=b");
    expect((await fetch(`${redirect.uri}?code=c&state=d`)).status).toBe(410);
    expect((await response).search).toBe("?code=a&state=b");
  });

  test("is refused with another path, method or host name", async () => {
    using redirect = await openLoopbackRedirect(null);
    const { port } = redirect;
    const host = `127.0.0.1:${port}`;
    expect(await statusOf(port, "/favicon.ico", { host })).toBe(404);
    expect(await statusOf(port, "/callback?code=a", { host }, "POST")).toBe(404);
    expect(await statusOf(port, "/callback?code=a", { host: `evil.example:${port}` })).toBe(404);
    expect(await statusOf(port, "/callback?code=a", { host })).toBe(200);
  });

  test("listens on the registered port, or on another if that is in use", async () => {
    using first = await openLoopbackRedirect(null);
    using second = await openLoopbackRedirect(first.port);
    expect(second.port).not.toBe(first.port);
    const { port } = second;
    second[Symbol.dispose]();
    using third = await openLoopbackRedirect(port);
    expect(third.port).toBe(port);
  });

  test("is awaited until its time limit, or until the caller cancels", async () => {
    using redirect = await openLoopbackRedirect(null);
    await expect(redirect.response(10, never)).rejects.toMatchObject({ code: "sign-in-expired" });
    await expect(redirect.response(5000, AbortSignal.abort())).rejects.toMatchObject({
      code: "cancelled",
    });
  });
});
