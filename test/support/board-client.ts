// A browser without scripts, for the board's tests: it keeps cookies and submits forms.

import { expect } from "vitest";

export interface FormBrowser {
  readonly cookies: Map<string, string>;
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  /** Posts a form as a page of the server does; `headers` replace those of a browser. */
  post(
    path: string,
    fields: Record<string, string>,
    headers?: Record<string, string>,
  ): Promise<Response>;
  /** Returns the CSRF token of this session's forms. */
  csrf(): Promise<string>;
}

export function formBrowser(url: string, cookies = new Map<string, string>()): FormBrowser {
  async function request(path: string, init: RequestInit): Promise<Response> {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(new URL(path, url), {
      redirect: "manual",
      ...init,
      headers: {
        ...(cookie === "" ? {} : { cookie }),
        ...(init.headers as Record<string, string>),
      },
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === "") cookies.delete(name);
      else cookies.set(name, value);
    }
    return response;
  }
  const self: FormBrowser = {
    cookies,
    get: (path, headers = {}) => request(path, { headers }),
    post: (path, fields, headers) =>
      request(path, {
        method: "POST",
        body: new URLSearchParams(fields),
        headers: headers ?? { origin: new URL(url).origin, "sec-fetch-site": "same-origin" },
      }),
    csrf: async () => {
      const [, token = ""] =
        /name="csrf" value="(\w+)"/.exec(await (await self.get("/")).text()) ?? [];
      return token;
    },
  };
  return self;
}

/** A browser that has signed in with this key. */
export async function signedInBrowser(url: string, key: string): Promise<FormBrowser> {
  const browser = formBrowser(url);
  const response = await browser.post("/sign-in", { key, to: "/" });
  expect([response.status, response.headers.get("location")]).toEqual([303, "/"]);
  return browser;
}
