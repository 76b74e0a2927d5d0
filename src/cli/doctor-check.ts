// What a check of `doctor` says.

export interface Check {
  name: string;
  state: "ok" | "warning" | "failed";
  /** What was found. */
  detail: string;
  /** The way out; absent when all is well. */
  fix?: string;
}
