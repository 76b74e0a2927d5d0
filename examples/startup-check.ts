// Check at the start of a program whether its task server answers, and say what to do if it does not.

import { createTaskClient } from "sitrep";
import { print, show } from "./demo/show.ts";

/** Returns the exit code for the program. */
export async function startupCheck(url: string, say: (line: string) => void): Promise<0 | 1> {
  await using client = createTaskClient({ url });
  const test = await client.testConnection();
  if (test.isConnected) {
    say(`${client.name} answers in ${test.ms} ms`);
    return 0;
  }
  say(`${test.message} [${test.code}]`);
  if (test.hint !== null) say(test.hint);
  return 1;
}

/** For a server that starts together with the program: wait a few seconds for it. */
export async function startTogether(url: string, patienceMs = 10_000): Promise<number> {
  await using client = createTaskClient({ url });
  await client.waitForConnection(patienceMs);
  return (await client.queryPendingTasks()).value.length;
}

if (import.meta.main) {
  await show(({ url }) => startupCheck(url, print));
}
