// Statements that PostgreSQL keeps: what is asked again and again is parsed once for each connection, and planned once where
// no better plan is to be had for the values at hand.

/** Of one process. A connection holds some ten KiB for each. */
const mostNames = 100;
/** Those of batches are longer, and seldom the same twice. */
const longestText = 4000;
const mostSeen = 500;

export interface StatementNames {
  /** From the second time that it is asked for; undefined for one that is not to be kept. */
  nameOf(text: string): string | undefined;
  /** Every statement gets a new name: what is kept by the old ones is no longer asked for. */
  renew(): void;
}

export function createStatementNames(): StatementNames {
  const seen = new Set<string>();
  const names = new Map<string, string>();
  let made = 0;
  return {
    nameOf: (text) => {
      const known = names.get(text);
      if (known !== undefined || text.length > longestText || names.size === mostNames)
        return known;
      if (seen.size === mostSeen) seen.clear();
      if (!seen.delete(text)) {
        seen.add(text);
        return undefined;
      }
      const name = `sitrep_${(made += 1)}`;
      names.set(text, name);
      return name;
    },
    renew: () => names.clear(),
  };
}

/** SQLSTATEs of one that no longer fits the tables, which a newer version may have changed, and of one that is not there. */
export const staleStates: readonly string[] = ["0A000", "26000"];

/** A statement as the driver takes it. */
export interface Statement {
  readonly name?: string;
  readonly text: string;
  readonly values: unknown[];
}

/** Asks once more without the name where what was kept is stale; in a transaction that fails too, and the first error counts. */
export async function askKept<T>(
  ask: (statement: Statement) => Promise<T>,
  names: StatementNames,
  { text, values }: Statement,
): Promise<T> {
  const name = values.length === 0 ? undefined : names.nameOf(text);
  if (name === undefined) return await ask({ text, values });
  try {
    return await ask({ name, text, values });
  } catch (error) {
    const state = error instanceof Error && "code" in error ? String(error.code) : "";
    if (!staleStates.includes(state)) throw error;
    names.renew();
    return await ask({ text, values }).catch(() => {
      throw error;
    });
  }
}
