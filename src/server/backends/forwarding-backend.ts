// Each call names the user that it is made for, so the server's key must be allowed to act for others (`act_as`).

import { AsyncLocalStorage } from "node:async_hooks";
import { SitrepError } from "../../core/errors.ts";
import type { Principal } from "../principal.ts";
import { createRestBackend, type RestBackend } from "./rest-backend.ts";
import { wrapCalls } from "./wrap-calls.ts";

export interface ForwardTarget {
  readonly url: string;
  readonly key: string;
}

const headersFor = ({ user, organization, by }: Principal): Record<string, string> =>
  by === "local" ? {} : { "x-user-id": user, "x-organization-id": organization };

/** Header values are bytes: a non-ASCII name would arrive changed. */
const isSendable = (headers: Record<string, string>): boolean =>
  Object.values(headers).every((value) => /^[\x20-\x7e]*$/.test(value));

/** As `createRestBackend`. A principal whose name cannot be sent gets `not-supported`, never another's rows. */
export function createForwardingBackend({ url, key }: ForwardTarget): RestBackend {
  const current = new AsyncLocalStorage<Principal>();
  const rest = createRestBackend({
    url,
    headers: async () => {
      const principal = current.getStore();
      const named = principal === undefined ? {} : headersFor(principal);
      if (!isSendable(named)) {
        throw new SitrepError("not-supported", "The service accepts only ASCII names.");
      }
      return { authorization: `Bearer ${key}`, ...named };
    },
  });
  return wrapCalls(rest, ({ input, asked }, run) => current.run(asked.as, () => run(input)));
}
