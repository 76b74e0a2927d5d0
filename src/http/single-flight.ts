// One request in flight for identical calls. Each caller may leave by itself; the request ends when the last has left.

import { abortable, cancelledBy } from "./deadline.ts";

interface Flight {
  readonly result: Promise<unknown>;
  readonly end: AbortController;
  callers: number;
}

export interface SingleFlight {
  /** True when `join` would take part in a request that is under way. */
  has(key: string): boolean;
  /** Throws `cancelled`, or the caller's own `SourceError`, when its signal is aborted. */
  join<T>(key: string, caller: AbortSignal, start: (signal: AbortSignal) => Promise<T>): Promise<T>;
}

export function createSingleFlight(name: string): SingleFlight {
  const flights = new Map<string, Flight>();

  function take(key: string, start: (signal: AbortSignal) => Promise<unknown>): Flight {
    const known = flights.get(key);
    if (known !== undefined) return known;
    const end = new AbortController();
    const flight: Flight = { result: start(end.signal), end, callers: 0 };
    flights.set(key, flight);
    const land = (): void => {
      if (flights.get(key) === flight) flights.delete(key);
    };
    flight.result.then(land, land);
    return flight;
  }

  return {
    has: (key) => flights.has(key),
    join: async <T>(
      key: string,
      caller: AbortSignal,
      start: (signal: AbortSignal) => Promise<T>,
    ): Promise<T> => {
      if (caller.aborted) throw cancelledBy(name, caller);
      const flight = take(key, start);
      flight.callers += 1;
      try {
        // The key stands for one operation, and so for one type of answer.
        return await abortable(caller, () => flight.result as Promise<T>);
      } catch (error) {
        throw caller.aborted ? cancelledBy(name, caller) : error;
      } finally {
        flight.callers -= 1;
        // One that has landed is no longer in the map, and there is nothing to end.
        if (flight.callers === 0 && flights.get(key) === flight) {
          flights.delete(key);
          flight.end.abort();
        }
      }
    },
  };
}
