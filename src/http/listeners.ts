// Listeners by event. One that throws harms neither the others nor the one who speaks.

export interface Listeners<Events> {
  on<E extends keyof Events>(event: E, listener: Events[E]): () => void;
  emit<E extends keyof Events>(
    event: E,
    ...values: Events[E] extends (...values: infer V) => void ? V : never
  ): void;
}

export function createListeners<Events extends object>(): Listeners<Events> {
  const listeners = new Map<keyof Events, Set<(...values: unknown[]) => unknown>>();
  return {
    on: (event, listener) => {
      const known = listeners.get(event) ?? new Set();
      listeners.set(event, known);
      // A wrapper, so that one function may listen twice and leave once.
      const wrapper = (...values: unknown[]): unknown =>
        (listener as (...values: unknown[]) => unknown)(...values);
      known.add(wrapper);
      return () => void known.delete(wrapper);
    },
    emit: (event, ...values) => {
      for (const listener of listeners.get(event) ?? []) {
        try {
          // One that is asynchronous may fail later; that is its own affair too.
          Promise.resolve(listener(...values)).catch(() => {});
        } catch {
          // Its own affair.
        }
      }
    },
  };
}
