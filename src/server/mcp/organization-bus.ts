// Change events, heard only within the organisation that they are of. The SDK's streams subscribe by themselves, so a
// subscription belongs to the organisation on whose behalf it is made.

import { AsyncLocalStorage } from "node:async_hooks";
import type { ServerEvent, ServerEventBus } from "@modelcontextprotocol/server";

export interface OrganizationBus extends ServerEventBus {
  /** What subscribes during `work` hears events of this organisation. */
  runFor<T>(organization: string, work: () => T): T;
  publishTo(organization: string, event: ServerEvent): void;
}

type Listener = (event: ServerEvent) => void;

export function createOrganizationBus(): OrganizationBus {
  const listeners = new Map<Listener, string>();
  const current = new AsyncLocalStorage<string>();
  function tell(event: ServerEvent, isMeant: (organization: string) => boolean): void {
    for (const [listener, organization] of listeners) {
      if (isMeant(organization)) listener(event);
    }
  }
  return {
    runFor: (organization, work) => current.run(organization, work),
    publishTo: (organization, event) => tell(event, (one) => one === organization),
    publish: (event) => tell(event, () => true),
    subscribe: (listener) => {
      const organization = current.getStore();
      if (organization === undefined) throw new Error("a subscription without a principal");
      // The same function may subscribe twice; each has its own entry.
      const own: Listener = (event) => listener(event);
      listeners.set(own, organization);
      return () => void listeners.delete(own);
    },
  };
}
