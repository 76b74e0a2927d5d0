// JSONata, bounded: the only file that knows the library. An expression comes from a preset or from a configuration that
// a person has accepted; what it is applied to comes from a server.

import jsonata from "jsonata";
import { SitrepError } from "../../core/errors.ts";

/** Evaluates on a value; undefined when nothing is found. Throws what the library throws when a limit is passed. */
export type Evaluate = (value: unknown, bindings: Record<string, unknown>) => Promise<unknown>;

/** Milliseconds, calls deep, items. Regular expressions pass over the first: the worker's own limit holds for those. */
const limits = { timeout: 1000, stack: 200, sequence: 100_000 };

/** Server text must never become an expression. */
function refuseEval(): never {
  throw new Error("$eval is switched off");
}

/** Results carry JSONata's own marks on arrays; what leaves is plain. */
const plain = (value: unknown): unknown => (Array.isArray(value) ? Array.from(value) : value);

/** Compiles an expression. Throws `config-invalid`, naming the expression and the place in it. */
export function compile(expression: string): Evaluate {
  let compiled: jsonata.Expression;
  try {
    compiled = jsonata(expression, limits);
  } catch (cause) {
    const { position } = cause as { position?: unknown };
    const where = typeof position === "number" ? ` at character ${position}` : "";
    throw new SitrepError("config-invalid", `Not a JSONata expression${where}: ${expression}`, {
      hint: "See https://docs.jsonata.org for the language.",
      cause,
    });
  }
  compiled.registerFunction("eval", refuseEval);
  return async (value, bindings) => plain(await compiled.evaluate(value, bindings));
}
