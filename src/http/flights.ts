// One request in flight for identical calls. Each caller may leave by itself; the request ends when the last has left.

import { SourceError } from "../core/source-error.ts";

interface Flight {
  readonly result: Promise<unknown>;
  readonly end: AbortController;
  passengers: number;
}

export interface Flights {
  /** True when `join` would take part in a request that is under way. */
  has(key: string): boolean;
  join<T>(
    key: string,
    caller: AbortSignal | undefined,
    start: (signal: AbortSignal) => Promise<T>,
  ): Promise<T>;
}

export function createFlights(name: string): Flights {
  const flights = new Map<string, Flight>();

  function take(key: string, start: (signal: AbortSignal) => Promise<unknown>): Flight {
    const known = flights.get(key);
    if (known !== undefined) return known;
    const end = new AbortController();
    const result = start(end.signal);
    const flight: Flight = { result, end, passengers: 0 };
    flights.set(key, flight);
    const land = (): void => {
      if (flights.get(key) === flight) flights.delete(key);
    };
    result.then(land, land);
    return flight;
  }

  return {
    has: (key) => flights.has(key),
    join: <T>(
      key: string,
      caller: AbortSignal | undefined,
      start: (signal: AbortSignal) => Promise<T>,
    ) => {
      const cancelled = (): SourceError =>
        caller?.reason instanceof SourceError
          ? caller.reason
          : new SourceError("cancelled", `The call to ${name} was cancelled.`);
      if (caller?.aborted === true) return Promise.reject(cancelled());
      const flight = take(key, start);
      flight.passengers += 1;
      return new Promise<T>((resolve, reject) => {
        let isAboard = true;
        const leave = (): void => {
          if (!isAboard) return;
          isAboard = false;
          caller?.removeEventListener("abort", onAbort);
          flight.passengers -= 1;
          // One that has landed is no longer among them, and there is nothing to end.
          if (flight.passengers > 0 || flights.get(key) !== flight) return;
          flights.delete(key);
          flight.end.abort();
        };
        const onAbort = (): void => {
          leave();
          reject(cancelled());
        };
        caller?.addEventListener("abort", onAbort, { once: true });
        // The key stands for one operation, and so for one type of answer.
        (flight.result as Promise<T>).then(resolve, reject).finally(leave);
      });
    },
  };
}
