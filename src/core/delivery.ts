// What a session was told, word for word: for the person who wants to see it afterwards.

import { readNumber, readObject, readString } from "./read.ts";
import type { JsonObject } from "./read.ts";

/** How old what a text was made from was. Instants are epoch milliseconds. */
export interface DeliveryData {
  /** For each source, when its tasks were fetched (null: never) and the failure since. */
  sources: readonly { source: string; fetchedAt: number | null; code: string | null }[];
  /** When the state of the repository was read; null where none was known. */
  gitReadAt: number | null;
  /** When the monitor found the news; null for a brief. */
  foundAt: number | null;
}

export interface Delivery {
  sessionId: string;
  /** Null where the hook did not look. */
  project: string | null;
  at: number;
  /** The hook's event. */
  event: string;
  /** Why: how the session began, or what was news. */
  cause: string;
  text: string;
  data: DeliveryData;
}

export const noData: DeliveryData = { sources: [], gitReadAt: null, foundAt: null };

export function readDeliveryData(value: unknown): DeliveryData {
  const from = readObject(value);
  const sources: unknown = from?.["sources"];
  return {
    sources: (Array.isArray(sources) ? sources : []).flatMap((one: unknown) => {
      const view = readObject(one);
      const source = readString(view?.["source"]);
      if (view === null || source === undefined) return [];
      const fetchedAt = readNumber(view["fetchedAt"]) ?? null;
      return [{ source, fetchedAt, code: readString(view["code"]) ?? null }];
    }),
    gitReadAt: readNumber(from?.["gitReadAt"]) ?? null,
    foundAt: readNumber(from?.["foundAt"]) ?? null,
  };
}

/** The telling in an object that another process wrote, or null. */
export function readDelivery(from: JsonObject | null): Delivery | null {
  const [sessionId, event] = [readString(from?.["sessionId"]), readString(from?.["event"])];
  const [at, text] = [readNumber(from?.["at"]), readString(from?.["text"])];
  if (from === null || sessionId === undefined || event === undefined) return null;
  if (at === undefined || text === undefined) return null;
  return {
    sessionId,
    project: readString(from["project"]) ?? null,
    at,
    event,
    cause: readString(from["cause"]) ?? "",
    text,
    data: readDeliveryData(from["data"]),
  };
}
