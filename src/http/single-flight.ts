// Identical calls share one request in flight. Each caller may leave; the request is aborted when the last one has left.

import { abortable, cancelledError } from "./deadline.ts";

interface Flight {
  readonly result: Promise<unknown>;
  readonly end: AbortController;
  callers: number;
}

export function createSingleFlight(name: string) {
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
    /** True if `join` would join a request in flight. */
    has: (key: string): boolean => flights.has(key),
    /** Throws `cancelled`, or the caller's own `SourceError`, when the caller aborts. */
    join: async <T>(
      key: string,
      caller: AbortSignal,
      start: (signal: AbortSignal) => Promise<T>,
    ): Promise<T> => {
      if (caller.aborted) throw cancelledError(name, caller);
      const flight = take(key, start);
      flight.callers += 1;
      try {
        // The key names the operation, and with it the type of its response.
        return await abortable(caller, () => flight.result as Promise<T>);
      } catch (error) {
        throw caller.aborted ? cancelledError(name, caller) : error;
      } finally {
        flight.callers -= 1;
        // A finished flight is no longer in the map.
        if (flight.callers === 0 && flights.get(key) === flight) {
          flights.delete(key);
          flight.end.abort();
        }
      }
    },
  };
}
