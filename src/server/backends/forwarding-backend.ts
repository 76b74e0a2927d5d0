// A task service behind the server: each call says for whom it is made. The server's key must be one that may say so
// (`act_as`); a service that does not heed it shows everybody what that key may see.

import { AsyncLocalStorage } from "node:async_hooks";
import { SitrepError } from "../../core/errors.ts";
import type { Asked, TaskBackend } from "../backend.ts";
import type { Principal } from "../principal.ts";
import { createRestBackend, type RestBackend } from "./rest-backend.ts";

export interface ServiceBehind {
  readonly url: string;
  readonly key: string;
}

const headersFor = ({ user, organization, by }: Principal): Record<string, string> =>
  by === "local" ? {} : { "x-user-id": user, "x-organization-id": organization };

const isAsked = (value: unknown): value is Asked =>
  typeof value === "object" && value !== null && "as" in value;

/** Header values are bytes; a name beyond ASCII would not arrive as it is. */
const isSendable = (headers: Record<string, string>): boolean =>
  Object.values(headers).every((value) => /^[\x20-\x7e]*$/.test(value));

/** As `createRestBackend`. A principal whose name cannot be sent gets `not-supported`, never another's rows. */
export function createForwardingBackend({ url, key }: ServiceBehind): RestBackend {
  const current = new AsyncLocalStorage<Principal>();
  const rest = createRestBackend({
    url,
    headers: async () => {
      const principal = current.getStore();
      const named = principal === undefined ? {} : headersFor(principal);
      if (!isSendable(named)) {
        throw new SitrepError("not-supported", "The service cannot be sent a name beyond ASCII.");
      }
      return { authorization: `Bearer ${key}`, ...named };
    },
  });
  return new Proxy(rest, {
    get: (target, name: keyof TaskBackend) => {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => {
        const asked = args.find(isAsked);
        const call = (): unknown => value.apply(target, args);
        return asked === undefined ? call() : current.run(asked.as, call);
      };
    },
  });
}
