// Acts like a person's browser at the tests' OpenID provider: follows redirects, keeps cookies, presses the one button.

import { signedInPage } from "./identity-configuration.ts";

export interface PersonBrowser {
  /**
   * Opens an address of the provider and presses each button. Returns the address outside the provider that it finally
   * redirects to (with the code), or null if it stays on a page.
   */
  open(url: string): Promise<string | null>;
  /** Enters a device's user code and confirms it. Throws if the page does not confirm the sign-in. */
  enterCode(page: string, userCode: string): Promise<void>;
}

type Fields = Record<string, string>;

function fieldsOf(html: string): Fields {
  const inputs = [...html.matchAll(/<input[^>]*name="(\w+)"[^>]*value="([^"]*)"/g)];
  return Object.fromEntries(inputs.map(([, name = "", value = ""]) => [name, value]));
}

export function createPersonBrowser(origin: string): PersonBrowser {
  const cookies = new Map<string, string>();

  async function request(url: string, form: Fields | null): Promise<Response> {
    const response = await fetch(url, {
      method: form === null ? "GET" : "POST",
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; ") },
      ...(form === null ? {} : { body: new URLSearchParams(form) }),
      redirect: "manual",
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === "") cookies.delete(name);
      else cookies.set(name, value);
    }
    return response;
  }

  /** Follows redirects. Returns the final page, or the first address outside the provider. */
  async function follow(
    url: string,
    form: Fields | null = null,
  ): Promise<{ page: string; status: number } | { elsewhere: string }> {
    let [at, response] = [url, await request(url, form)];
    for (let hop = 0; hop < 20; hop += 1) {
      const location = response.headers.get("location");
      if (location === null) return { page: await response.text(), status: response.status };
      await response.body?.cancel();
      at = new URL(location, at).href;
      if (new URL(at).origin !== origin) return { elsewhere: at };
      response = await request(at, null);
    }
    throw new Error(`${url}: redirects in a circle`);
  }

  return {
    open: async (url) => {
      const end = await follow(url);
      return "elsewhere" in end ? end.elsewhere : null;
    },
    enterCode: async (page, userCode) => {
      const first = await follow(page);
      if ("elsewhere" in first) throw new Error(`${page} redirects to ${first.elsewhere}`);
      const form = { ...fieldsOf(first.page), user_code: userCode };
      const second = await follow(page, form);
      if ("elsewhere" in second) throw new Error(`${page} redirects to ${second.elsewhere}`);
      const last = await follow(page, { ...form, ...fieldsOf(second.page), confirm: "yes" });
      if ("elsewhere" in last || !last.page.includes(signedInPage)) {
        throw new Error(`The code was not taken: ${JSON.stringify(last)}`);
      }
    },
  };
}
