// Typed events. A listener that throws harms neither the others nor the emitter.

export interface EventEmitter<Events> {
  on<E extends keyof Events>(event: E, listener: Events[E]): () => void;
  emit<E extends keyof Events>(
    event: E,
    ...values: Events[E] extends (...values: infer V) => void ? V : never
  ): void;
}

export function createEventEmitter<Events extends object>(): EventEmitter<Events> {
  const listeners = new Map<keyof Events, Set<(...values: unknown[]) => unknown>>();
  return {
    on: (event, listener) => {
      const known = listeners.get(event) ?? new Set();
      listeners.set(event, known);
      // A wrapper lets one function be added twice and removed once.
      const wrapper = (...values: unknown[]): unknown =>
        (listener as (...values: unknown[]) => unknown)(...values);
      known.add(wrapper);
      return () => void known.delete(wrapper);
    },
    emit: (event, ...values) => {
      for (const listener of listeners.get(event) ?? []) {
        try {
          // An asynchronous listener may fail later.
          Promise.resolve(listener(...values)).catch(() => {});
        } catch {}
      }
    },
  };
}
