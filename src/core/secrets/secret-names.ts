// Names of variables that hold secrets, as people name them. Only a hint: what is configured as one is one by whatever name.

const named = /(?:^|_)(?:TOKEN|SECRET|PASSWORD|PASSWD|PAT|(?:API|ACCESS|PRIVATE|SECRET)_?KEY)$/i;
const perhaps = /(?:TOKEN|SECRET|PASSWORD|PASSWD|KEY|CREDENTIAL)S?$/i;

/** True for `GITHUB_TOKEN` and the like, and not for `PROJECT_KEY`. */
export const isSecretName = (name: string): boolean => named.test(name);

/** An environment without what may be a secret, for programs that need none. `known`: names that are known to hold one. */
export function withoutSecrets<T>(
  env: Readonly<Record<string, T>>,
  known: readonly string[] = [],
): Record<string, T> {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !perhaps.test(name) && !known.includes(name)),
  );
}
