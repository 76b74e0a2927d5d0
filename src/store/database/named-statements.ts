// Names repeated statements, which PostgreSQL then parses only once for each connection.

/** Most names in a process. A connection needs about ten KiB for each. */
const maxNames = 100;
/** Longer statements are batches, which rarely repeat. */
const maxTextLength = 4000;
const maxSeen = 500;

export interface StatementNames {
  /** A name from the second time on; undefined for a statement that is not kept. */
  nameOf(text: string): string | undefined;
  renew(): void;
}

export function createStatementNames(): StatementNames {
  const seen = new Set<string>();
  const names = new Map<string, string>();
  let made = 0;
  return {
    nameOf: (text) => {
      const known = names.get(text);
      if (known !== undefined || text.length > maxTextLength || names.size === maxNames)
        return known;
      if (seen.size === maxSeen) seen.clear();
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

/** SQLSTATEs of a statement that no longer fits the tables, and of one that the server does not have. */
export const staleStates: readonly string[] = ["0A000", "26000"];

/** An error's SQLSTATE, or the code of a socket; empty if it has none. */
export const sqlState = (error: unknown): string =>
  error instanceof Error && "code" in error ? String(error.code) : "";

export interface Statement {
  readonly name?: string;
  readonly text: string;
  readonly values: unknown[];
}

/** Repeats a stale statement without its name. In a transaction the repetition also fails, and the first error is thrown. */
export async function runNamed<T>(
  ask: (statement: Statement) => Promise<T>,
  names: StatementNames,
  { text, values }: Statement,
): Promise<T> {
  const name = values.length === 0 ? undefined : names.nameOf(text);
  if (name === undefined) return await ask({ text, values });
  try {
    return await ask({ name, text, values });
  } catch (error) {
    if (!staleStates.includes(sqlState(error))) throw error;
    names.renew();
    return await ask({ text, values }).catch(() => {
      throw error;
    });
  }
}
