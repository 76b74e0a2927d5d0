// Masks what looks like a secret in text that is to be written down, and knows files that are not even named. A secret of no
// known form passes: whoever writes keeps as little as it can.

const mask = "[secret]";
const named =
  "(?:token|secret|passw(?:or)?d|passphrase|api[-_]?key|access[-_]?key|private[-_]?key|credential)s?";
const value = `("[^"]*"|'[^']*'|[^\\s,;&|)]+)`;

/** What the first group holds stays. Every repetition is bounded or cannot fail late: the text may be hostile. */
const forms: readonly RegExp[] = [
  /()-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^]*?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|$)/g,
  /()^[\sA-Za-z0-9+/=]*-----END [A-Z ]{0,30}PRIVATE KEY-----/g,
  /(\bauthorization["']?\s*[:=]\s*["']?)(?:(?:bearer|basic|token)\s+)?[^\s"']+/gi,
  /(\bbearer\s+)[\w.~+/=-]{6,}/gi,
  /(\bbasic\s+)(?=[A-Za-z]{0,40}[\d=+/])[\w+/]{8,}={0,2}/gi,
  /(\b[a-z][a-z\d+.-]{1,20}:\/\/[^\s/:@]{0,100}:)[^\s/@]+(?=@)/gi,
  /(:\/\/)[^\s/:@]{12,}(?=@)/g,
  /([?&](?:key|sig|signature|code|auth)=)[^\s&#]+/gi,
  new RegExp(`([\\w-]{0,40}${named}[\\w-]{0,40}["']?\\s{0,3}[:=]\\s{0,3})${value}`, "gi"),
  new RegExp(`(--?(?:${named}|pass|key|auth)(?:-\\w{1,20})?[ =])${value}`, "gi"),
  /(\s(?:-u|--user)[ =]?[^\s:]{1,100}:)\S+/g,
  /(\b(?:mysql|mariadb|sshpass|mongo)\w*\b[^|;&\n]{0,200}?\s-p ?)\S+/g,
  /()\b(?:sk|pk|rk)[-_][\w-]{16,}/g,
  /()\b(?:gh[opsur]_|github_pat_|glpat-|xox[abeoprs]-|npm_|hf_|lin_api_|sitrep_|dop_v1_|shp\w\w_|AIza|AKIA|ASIA|ya29\.)[\w-]{12,}/g,
  /()\beyJ[\w-]{10,}\.[\w-]+(?:\.[\w-]*)?|\bSG\.[\w-]{16,}\.[\w-]+/g,
];

/** Letters of both cases with digits and no word's shape, or longer in hex than a commit's name. */
const looksRandom = (text: string): boolean =>
  (/[a-z]/.test(text) && /[A-Z]/.test(text) && text.replace(/\D/g, "").length > 2) ||
  /^[\da-f]{41,}$/i.test(text);

/** The text with `[secret]` in the place of each secret that was recognised. */
export function maskSecrets(text: string): string {
  return forms
    .reduce((masked, form) => masked.replace(form, `$1${mask}`), text)
    .replace(/[\w+-]{24,}={0,2}/g, (found) => (looksRandom(found) ? mask : found));
}

const secretFile =
  /(?:^|\/)(?:[^/]*\.env(?:[._-][^/]*|rc)?|[^/]*\.(?:pem|key|p12|pfx|jks|keystore|kdbx|ppk|gpg|age)|id_[^/]*|(?:credential|secret|password)s?(?:\.[^/]*)?|\.(?:npmrc|netrc|pgpass|pypirc|htpasswd|git-credentials|dockercfg)|\.(?:ssh|aws|gnupg|kube|docker)\/.*)$/i;

/** True for a file that holds secrets by its name or its folder, such as `.env.local` or `deploy/server.key`. */
export const isSecretFile = (path: string): boolean => secretFile.test(path);
