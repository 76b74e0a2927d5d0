import { messageOf } from "../../core/errors.ts";

export interface Finding {
  state: "ok" | "warning" | "failed";
  detail: string;
  /** A shell command; absent when nothing is wrong, or when the problem only passes with time. */
  fix?: string;
  /** True when `--fix` may run it: it deletes nothing and reverses nothing that a user chose. */
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
/** A warning without a fix: the problem passes with time, and acting sooner would make it worse. */
export const waiting = (detail: string): Finding => ({ state: "warning", detail });
export const failed = (detail: string, fix: Fix): Finding => ({ state: "failed", detail, ...fix });

/** Runs a check. If it throws, it has failed, and `fix` returns the fix for that error. */
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
