// A secret of an unknown form passes, so callers keep as little text as they can.

const mask = "[secret]";
const named =
  "(?:token|secret|passw(?:or)?d|passphrase|api[-_]?key|access[-_]?key|private[-_]?key|credential)s?";
const value = `("[^"]*"|'[^']*'|[^\\s,;&|)]+)`;

/** Forms that only secrets have: a digit tells them from names. The first group stays. */
const tokenForms: readonly RegExp[] = [
  /()-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^]*?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|$)/g,
  /(\b[a-z][a-z\d+.-]{1,20}:\/\/[^\s/:@]{0,100}:)[^\s/@]+(?=@)/gi,
  /(:\/\/)[^\s/:@]{12,}(?=@)/g,
  /(\bbearer\s+)(?=[\w.~+/=-]{0,200}\d)[\w.~+/=-]{16,}/gi,
  /()\b(?:(?:sk|pk|rk)[-_]|npm_)(?=[\w-]{0,200}\d)[\w-]{16,}/g,
  /()\b(?:gh[opsur]_|github_pat_|glpat-|xox[abeoprs]-|hf_|lin_api_|sitrep_|dop_v1_|shp\w\w_|AIza|AKIA|ASIA|ya29\.)(?=[\w-]{0,200}\d)[\w-]{12,}/g,
  /()\beyJ[\w-]{10,}\.[\w-]+(?:\.[\w-]*)?|\bSG\.[\w-]{16,}\.[\w-]+/g,
];

/** Every repetition is bounded or cannot fail late: the text may be hostile. */
const forms: readonly RegExp[] = [
  ...tokenForms,
  /()^[\sA-Za-z0-9+/=]*-----END [A-Z ]{0,30}PRIVATE KEY-----/g,
  /(\bauthorization["']?\s*[:=]\s*["']?)(?:(?:bearer|basic|token)\s+)?[^\s"']+/gi,
  /(\bbearer\s+)[\w.~+/=-]{6,}/gi,
  /(\bbasic\s+)(?=[A-Za-z]{0,40}[\d=+/])[\w+/]{8,}={0,2}/gi,
  /([?&](?:key|sig|signature|code|auth)=)[^\s&#]+/gi,
  new RegExp(`([\\w-]{0,40}${named}[\\w-]{0,40}["']?\\s{0,3}[:=]\\s{0,3})${value}`, "gi"),
  new RegExp(`(--?(?:${named}|pass|key|auth)(?:-\\w{1,20})?[ =])${value}`, "gi"),
  /(\s(?:-u|--user)[ =]?[^\s:]{1,100}:)\S+/g,
  /()\b(?:(?:sk|pk|rk)[-_]|npm_)[\w-]{16,}/g,
  /(\b(?:mysql|mariadb|sshpass|mongo)\w*\b[^|;&\n]{0,200}?\s-p ?)\S+/g,
];

/** Mixed case with digits, or hex that is longer than a commit's id. */
const looksRandom = (text: string): boolean =>
  (/[a-z]/.test(text) && /[A-Z]/.test(text) && text.replace(/\D/g, "").length > 2) ||
  /^[\da-f]{41,}$/i.test(text);

/** Each form contains one of these, so most texts are skipped. V8 searches fastest for one sign. */
const tokenSigns: readonly RegExp[] = [
  /-----BEGIN /,
  /:\/\/[^\s/]*@/,
  /\bbearer\s/i,
  /\b(?:[sprk]k[-_]|npm_|gh[opsur]_|github_pat_|glpat-|xox|hf_|lin_api_|sitrep_|dop_v1_|shp\w\w_|AIza|AKIA|ASIA|ya29|eyJ|SG\.)/,
];

export const mayContainToken = (text: string): boolean =>
  tokenSigns.some((sign) => sign.test(text));

const maskForms = (text: string, these: readonly RegExp[]): string =>
  these.reduce((masked, form) => masked.replace(form, `$1${mask}`), text);

/** Masks only forms that nothing else has: fit for titles and descriptions. */
export const maskTokens = (text: string): string =>
  mayContainToken(text) ? maskForms(text, tokenForms) : text;

export const maskSecrets = (text: string): string =>
  maskForms(text, forms).replace(/[\w+-]{24,}={0,2}/g, (found) =>
    looksRandom(found) ? mask : found,
  );

const secretFile =
  /(?:^|\/)(?:[^/]*\.env(?:[._-][^/]*|rc)?|[^/]*\.(?:pem|key|p12|pfx|jks|keystore|kdbx|ppk|gpg|age)|id_[^/]*|(?:credential|secret|password)s?(?:\.[^/]*)?|\.(?:npmrc|netrc|pgpass|pypirc|htpasswd|git-credentials|dockercfg)|\.(?:ssh|aws|gnupg|kube|docker)\/.*)$/i;

/** By its name or folder, such as `.env.local` or `deploy/server.key`. */
export const isSecretFile = (path: string): boolean => secretFile.test(path);

/** A copy of plain data with `[secret]` in place of each of these in every text and key. */
export function redactAll<T>(data: T, secrets: readonly string[]): T;
export function redactAll(data: unknown, secrets: readonly string[]): unknown {
  if (secrets.length === 0) return data;
  if (typeof data === "string") {
    return secrets.reduce((text, secret) => text.replaceAll(secret, mask), data);
  }
  if (Array.isArray(data)) return data.map((item) => redactAll<unknown>(item, secrets));
  if (typeof data !== "object" || data === null) return data;
  const entries = Object.entries(data);
  return Object.fromEntries(
    entries.map(([key, item]) => [redactAll(key, secrets), redactAll<unknown>(item, secrets)]),
  );
}
