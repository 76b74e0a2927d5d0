// Names of variables that usually hold secrets. Only a hint: the configuration can name others.

const named = /(?:^|_)(?:TOKEN|SECRET|PASSWORD|PASSWD|PAT|(?:API|ACCESS|PRIVATE|SECRET)_?KEY)$/i;
const perhaps = /(?:TOKEN|SECRET|PASSWORD|PASSWD|KEY|CREDENTIAL)S?$/i;

/** True for `GITHUB_TOKEN` and the like, and not for `PROJECT_KEY`. */
export const isSecretName = (name: string): boolean => named.test(name);

/** For programs that need no secrets. `known`: names that certainly hold one. */
export const withoutSecrets = <T>(
  env: Readonly<Record<string, T>>,
  known: readonly string[] = [],
): Record<string, T> =>
  Object.fromEntries(
    Object.entries(env).filter(([name]) => !perhaps.test(name) && !known.includes(name)),
  );
