// Failures that a person or a program can act on. Branch on `code`, never on the message.

export const errorCodes = [
  "usage",
  "config-invalid",
  "node-too-old",
  "addon-missing",
  "sqlite-too-old",
  "git-missing",
  "git-too-old",
  "git-failed",
  "git-untrusted",
  "git-timeout",
  "disk-full",
  "file-denied",
  "too-many-files",
  "database-missing",
  "database-unreadable",
  "cache-newer",
  "cache-unreadable",
  "cache-busy",
  "store-newer",
  "store-unreadable",
  "store-replaced",
  "store-busy",
  "store-unreachable",
  "store-interrupted",
  "store-not-empty",
  "task-not-found",
  "task-ambiguous",
  "task-changed",
  "nothing-to-undo",
  "ticket-not-found",
  "project-unknown",
  "not-supported",
  "permission-denied",
  "write-not-allowed",
  "write-unknown",
  "write-not-applied",
  "task-invalid",
  "transition-invalid",
  "import-invalid",
  "settings-not-strict",
  "settings-unexpected",
  "settings-changed",
  "settings-unwritable",
  "folder-unsafe",
  "install-incomplete",
  "install-check-failed",
  "project-missing",
  "monitor-not-started",
  "monitor-not-stopped",
  "sign-in-missing",
  "sign-in-needed",
  "tls-off",
  "keychain-failed",
  "source-unreachable",
  "source-interrupted",
  "source-timeout",
  "source-refused",
  "source-rate-limited",
  "source-failed",
  "source-invalid-response",
  "source-not-started",
  "source-file-missing",
  "source-file-invalid",
  "source-cooldown",
  "source-unknown",
  "secret-missing",
  "secret-unsafe",
  "issuer-unknown",
  "issuer-changed",
  "client-unknown",
  "sign-in-denied",
  "sign-in-expired",
  "sign-in-failed",
  "key-unknown",
  "key-exists",
  "sign-in-refused",
  "sign-in-unavailable",
  "serve-unsafe",
  "serve-not-started",
  "cancelled",
  "busy",
  "unexpected",
] as const;
export type ErrorCode = (typeof errorCodes)[number];

/** `message` says what is wrong and names the file, setting or argument; `hint` says what to do. */
export class SitrepError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: { hint?: string | undefined; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "SitrepError";
    this.code = code;
    this.hint = options.hint;
  }
}

export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

/** True also for an error from another bundle, which has its own class. */
export const isSitrepError = (error: unknown): error is SitrepError =>
  error instanceof Error &&
  "code" in error &&
  (errorCodes as readonly unknown[]).includes(error.code);

/** The stable code of anything thrown: Sitrep's, else a system code such as `ENOSPC`, else `unexpected`. */
export function codeOf(error: unknown): string {
  if (isSitrepError(error)) return error.code;
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" && /^[A-Z][A-Z0-9_]{1,40}$/.test(code) ? code : "unexpected";
}
