import { addressText, readVariables, variable } from "../config/environment.ts";
import type { Environment } from "../config/folders.ts";
import { insecureBecause } from "../config/source-address.ts";
import { SitrepError } from "../core/errors.ts";
import { requireCheckedTls } from "../http/checked-tls.ts";

export const urlVariable = "TASK_TRACKING_URL";
export const keyVariable = "TASK_TRACKING_API_KEY";
export const defaultUrl = "http://localhost:8080";

/** Throws `config-invalid` for an invalid address or one that would send the key in the clear, and `tls-off`. */
export function serviceAddress(env: Environment, allowInsecureHosts: readonly string[]): string {
  readVariables(env, { [urlVariable]: addressText().optional() });
  const url = variable(env, urlVariable) ?? defaultUrl;
  const why = insecureBecause(url, allowInsecureHosts);
  if (why !== null) throw new SitrepError("config-invalid", `${urlVariable}: ${why}`);
  requireCheckedTls();
  return url;
}

/** The task tracking service uses these words, which people search for. */
export const keyError = (hint: string): SitrepError =>
  new SitrepError("secret-missing", `${keyVariable} environment variable not set`, { hint });
