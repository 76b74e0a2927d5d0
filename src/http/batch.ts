// Calls that are queued within a short window are started together, so that identical ones become one.

export type Batch = <T>(start: () => Promise<T>) => Promise<T>;

/** `windowMs` from the first that is queued; 0 starts each at once. */
export function createBatch(windowMs: number): Batch {
  let waiting: (() => void)[] = [];
  function startAll(): void {
    const all = waiting;
    waiting = [];
    for (const start of all) start();
  }
  return <T>(start: () => Promise<T>) => {
    if (windowMs <= 0) return start();
    return new Promise<T>((resolve, reject) => {
      if (waiting.length === 0) setTimeout(startAll, windowMs);
      waiting.push(() => void start().then(resolve, reject));
    });
  };
}
