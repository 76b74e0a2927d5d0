// Where the task tracking service of the environment is, and whether a key may be sent there.

import type { Environment } from "../config/folders.ts";
import { insecureBecause } from "../config/source-address.ts";
import { SitrepError } from "../core/errors.ts";
import { requireCheckedTls } from "../http/checked-tls.ts";

export const urlVariable = "TASK_TRACKING_URL";
export const keyVariable = "TASK_TRACKING_API_KEY";
export const usualUrl = "http://localhost:8080";

/** Throws `config-invalid` for what is no address or would send the key in the clear, and `tls-off`. */
export function serviceAddress(env: Environment, allowInsecureHosts: readonly string[]): string {
  const url = env[urlVariable]?.trim() || usualUrl;
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? "")) {
    throw new SitrepError("config-invalid", `environment variable ${urlVariable}: no address`);
  }
  const why = insecureBecause(url, allowInsecureHosts);
  if (why !== null) throw new SitrepError("config-invalid", `${urlVariable}: ${why}`);
  requireCheckedTls();
  return url;
}
