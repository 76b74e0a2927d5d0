// The meaning of an SDK's error, by its class and code, never by its message.

import { ProtocolError, SdkError, SdkErrorCode, SdkHttpError } from "@modelcontextprotocol/client";
import { SourceError } from "../../core/source-error.ts";
import type { SourceErrorCode, SourceErrorDetails } from "../../core/source-error.ts";
import { errorChain, networkFailure, statusFailure } from "../../http/http-failures.ts";

function sdkFailure(name: string, cause: SdkError): SourceError | null {
  const failure = (code: SourceErrorCode, words: string, details: SourceErrorDetails = {}) =>
    new SourceError(code, `${name} ${words}.`, { ...details, cause });
  switch (cause.code) {
    case SdkErrorCode.RequestTimeout:
      return failure("source-timeout", "did not answer in time");
    case SdkErrorCode.NotConnected:
      return failure("source-unreachable", "is not connected", { isUnsent: true });
    case SdkErrorCode.ConnectionClosed:
    case SdkErrorCode.SendFailed:
      return failure("source-unreachable", "closed the connection");
    case SdkErrorCode.CapabilityNotSupported:
    case SdkErrorCode.MethodNotSupportedByProtocolVersion:
      return failure("source-failed", "does not support that");
    case SdkErrorCode.ClientHttpUnexpectedContent:
      return failure("source-invalid-response", "does not respond like an MCP server", {
        hint: "Check its URL and its transport: a proxy or a sign-in page may have answered.",
      });
    case SdkErrorCode.ListPaginationExceeded:
      return failure("source-invalid-response", "returned a list that never stops paginating");
    case SdkErrorCode.InvalidResult:
    case SdkErrorCode.UnsupportedResultType:
      return failure("source-invalid-response", "violated the protocol");
    default:
      return null;
  }
}

export function findHttpStatus(error: unknown): number | null {
  for (const one of errorChain(error)) {
    if (one instanceof SourceError && one.status !== null) return one.status;
    if (one instanceof SdkHttpError) return one.status;
  }
  return null;
}

export function findRpcCode(error: unknown): number | null {
  for (const one of errorChain(error)) if (one instanceof ProtocolError) return one.code;
  return null;
}

const endings = new Set([
  SdkErrorCode.NotConnected,
  SdkErrorCode.ConnectionClosed,
  SdkErrorCode.SendFailed,
]);

/** The failure of a call. `last`: the transport's last failure, for errors of the SDK that lose their cause. */
export function callFailure(name: string, error: unknown, last: SourceError | null): SourceError {
  const chain = [...errorChain(error)];
  for (const one of chain) if (one instanceof SourceError) return one;
  const status = findHttpStatus(error);
  if (status !== null && status >= 300) {
    return statusFailure(name, status, new Headers(), Date.now());
  }
  for (const one of chain) {
    if (one instanceof ProtocolError) {
      return new SourceError("source-failed", `${name} reports the error ${one.code}.`, {
        cause: error,
      });
    }
    if (one instanceof SdkError) {
      // The SDK knows that the connection has ended; only the transport knows why.
      if (last !== null && endings.has(one.code)) return last;
      const known = sdkFailure(name, one);
      if (known !== null) return known;
    }
    if (one.name === "ZodError" || one.name === "$ZodError") {
      return new SourceError("source-invalid-response", `${name} violated the protocol.`, {
        cause: error,
      });
    }
  }
  return last ?? networkFailure(name, error);
}
