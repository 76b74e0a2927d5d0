// Removes single defences from the environment of a hardened git call, to show the purpose of each.

/** Returns the settings that an environment passes to git in numbered variables. */
export function settingsOf(env: Readonly<Record<string, string>>): (readonly [string, string])[] {
  return Array.from(
    { length: Number(env["GIT_CONFIG_COUNT"] ?? 0) },
    (_, index) =>
      [env[`GIT_CONFIG_KEY_${index}`] ?? "", env[`GIT_CONFIG_VALUE_${index}`] ?? ""] as const,
  );
}

/** Returns the names of the defences in an environment: its variables, and the settings in numbered variables. */
export function defencesOf(env: Readonly<Record<string, string>>): string[] {
  const variables = Object.keys(env).filter((name) => !name.startsWith("GIT_CONFIG_"));
  return [...variables, ...settingsOf(env).map(([key]) => key)];
}

/** Returns the environment without these variables and settings. */
export function withoutDefences(
  env: Readonly<Record<string, string>>,
  names: readonly string[],
): Record<string, string> {
  const isKept = (name: string): boolean => !names.includes(name);
  const settings = settingsOf(env).filter(([key]) => isKept(key));
  const variables = Object.entries(env).filter(
    ([name]) => isKept(name) && !name.startsWith("GIT_CONFIG_"),
  );
  return Object.fromEntries([
    ...variables,
    ["GIT_CONFIG_COUNT", String(settings.length)],
    ...settings.flatMap(([key, value], index) => [
      [`GIT_CONFIG_KEY_${index}`, key],
      [`GIT_CONFIG_VALUE_${index}`, value],
    ]),
  ]);
}
