// The only file that imports JSONata. An expression comes from a person, its input from a server.

import jsonata from "jsonata";
import { SitrepError } from "../../core/errors.ts";

/** Undefined when the expression finds nothing. Throws the library's error when a limit is exceeded. */
export type Evaluate = (value: unknown, bindings: Record<string, unknown>) => Promise<unknown>;

/** Milliseconds, depth of calls, items. The first does not stop a regular expression; the worker's own limit does. */
const limits = { timeout: 1000, stack: 200, sequence: 100_000 };

/** Server text must never become an expression. */
function refuseEval(): never {
  throw new Error("$eval is switched off");
}

/** Removes the properties that JSONata adds to arrays. */
const plain = (value: unknown): unknown => (Array.isArray(value) ? Array.from(value) : value);

/** Compiles an expression. Throws `config-invalid`, naming the expression and the position in it. */
export function compile(expression: string): Evaluate {
  let compiled: jsonata.Expression;
  try {
    compiled = jsonata(expression, limits);
  } catch (cause) {
    const { position } = cause as { position?: unknown };
    const where = typeof position === "number" ? ` at character ${position}` : "";
    throw new SitrepError("config-invalid", `Invalid JSONata expression${where}: ${expression}`, {
      hint: "See https://docs.jsonata.org for the language.",
      cause,
    });
  }
  compiled.registerFunction("eval", refuseEval);
  return async (value, bindings) => plain(await compiled.evaluate(value, bindings));
}
