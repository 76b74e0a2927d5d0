// What a check of `doctor` has found, and the one command that mends it.

import { messageOf } from "../../core/errors.ts";

export interface Finding {
  state: "ok" | "warning" | "failed";
  detail: string;
  /** A line for a shell that mends it; absent when all is well, and where only time mends it. */
  fix?: string;
  /** `--fix` runs it: it takes nothing away, and undoes nothing that a person chose. */
  isSafe?: boolean;
}

export type Check = Finding & { name: string };

/** What mends something. */
export type Fix = Required<Pick<Finding, "fix" | "isSafe">>;

export const safely = (fix: string): Fix => ({ fix, isSafe: true });
export const byHand = (fix: string): Fix => ({ fix, isSafe: false });

export const ok = (detail: string): Finding => ({ state: "ok", detail });
export const warning = (detail: string, fix: Fix): Finding => ({
  state: "warning",
  detail,
  ...fix,
});
/** What passes by itself, and must not be hurried. */
export const waiting = (detail: string): Finding => ({ state: "warning", detail });
export const failed = (detail: string, fix: Fix): Finding => ({ state: "failed", detail, ...fix });

/** What the look gives; one that throws has failed, and `fix` mends that. */
export async function check(
  name: string,
  look: () => Finding | Promise<Finding>,
  fix: (error: unknown) => Fix,
): Promise<Check> {
  try {
    return { name, ...(await look()) };
  } catch (error) {
    return { name, ...failed(messageOf(error), fix(error)) };
  }
}
