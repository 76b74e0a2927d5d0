import { messageOf } from "../../core/errors.ts";

export interface Finding {
  state: "ok" | "warning" | "failed";
  detail: string;
  /** A shell line; absent when all is well, and when only time helps. */
  fix?: string;
  /** `--fix` runs it: it removes nothing and undoes no choice of a person. */
  isSafe?: boolean;
}

export type Check = Finding & { name: string };

export type Fix = Required<Pick<Finding, "fix" | "isSafe">>;

export const safeFix = (fix: string): Fix => ({ fix, isSafe: true });
export const manualFix = (fix: string): Fix => ({ fix, isSafe: false });

export const ok = (detail: string): Finding => ({ state: "ok", detail });
export const warning = (detail: string, fix: Fix): Finding => ({
  state: "warning",
  detail,
  ...fix,
});
/** For what passes with time and must not be hurried. */
export const waiting = (detail: string): Finding => ({ state: "warning", detail });
export const failed = (detail: string, fix: Fix): Finding => ({ state: "failed", detail, ...fix });

/** Runs a check. One that throws has failed, and `fix` says what helps. */
export async function runCheck(
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
