import { text as textOf } from "node:stream/consumers";
import { monitorVariables } from "../../monitor/launch.ts";
import { cleanText, quotedName } from "../../core/quote.ts";
import type { Run } from "../program/verb-context.ts";
import { addKey, importKeys, listKeys, revokeKey } from "../../server/key-commands.ts";
import type {
  AddedKey,
  ApiKey,
  AskOrganization,
  ImportOptions,
  NewKey,
} from "../../server/key-commands.ts";
import type { ServeOptions } from "../../server/serve.ts";
import type { StorePlace } from "../../server/server-store.ts";
import { createToken, type NewTokenOptions } from "../../server/token-command.ts";
import { agoText } from "../../core/time.ts";
import type { Cell } from "../../state/output/styled.ts";
import { errorStyle, nameStyle } from "../terminal/styles.ts";
import { table } from "../terminal/table.ts";
import {
  ask,
  countText,
  print,
  printJson,
  printResult,
  printNotice,
  screenWidth,
  type JsonOption,
} from "../terminal/terminal.ts";

function showFirstKey(key: string): void {
  if (process.stderr.isTTY)
    printNotice("The first key, shown only once; the tools on this machine already have it:");
  print(key);
}

/** Limit heap growth: V8's default lets it double to 350 MiB, of which 25 MiB are in use. */
const heapFlags = ["--max-semi-space-size=6", "--heap-growing-percent=20"];

/** V8 accepts these flags only at startup, so this process replaces itself if Node supports that. */
function restartWithFlags(): void {
  const given = [...process.execArgv, process.env["NODE_OPTIONS"] ?? ""].join(" ");
  if (given.includes("--max-semi-space-size") || process.platform === "win32") return;
  const args = [process.execPath, ...heapFlags, ...process.execArgv, ...process.argv.slice(1)];
  // Node has `execve` since 22.15.
  process.execve?.(process.execPath, args, { ...monitorVariables, ...process.env });
}

export const runServe: Run<[], ServeOptions> = async (context, options) => {
  restartWithFlags();
  // Import after the restart, to load it only once; the key commands never need it.
  const { serve } = await import("../../server/serve.ts");
  const isComplete = await serve(context, options, showFirstKey, ({ url }) => {
    if (!process.stderr.isTTY) return;
    printNotice(`Serving sources on ${url}: /mcp, /ws, /health. Press Ctrl-C to stop.`);
  });
  // Exit explicitly: a trace collector that does not answer keeps a connection open.
  process.exit(isComplete ? 0 : 1);
};

const holderText = ({ name, user, organization }: ApiKey): string =>
  cleanText(`${name} (${user}${organization === "" ? "" : ` of ${organization}`})`, 400);

function remarkShort(added: readonly AddedKey[]): void {
  for (const { key } of added.filter(({ isShort }) => isShort)) {
    printNotice(
      `The key for ${holderText(key)} is short and can be guessed: replace it when you can.`,
    );
  }
}

const shownOrganization = (name: string): string =>
  name === "" ? "none (this machine's tasks)" : quotedName(name);

const askOrganization: AskOrganization = (known) => {
  const named = known.map(shownOrganization).join(", ");
  return ask(
    `Whose tasks can it see? Organization${named === "" ? "" : ` (available: ${named})`}:`,
  );
};

export const runAddKey: Run<[string], NewKey & JsonOption & { stdin?: boolean }> = async (
  context,
  name,
  options,
) => {
  const given = options.stdin === true ? (await textOf(process.stdin)).trim() : null;
  const added = await addKey(context, name, options, given, askOrganization);
  const { key, secret } = added;
  if (options.json === true) return printJson({ ...key, ...(secret === null ? {} : { secret }) });
  remarkShort([added]);
  if (added.hasOnlyOrganization) {
    printNotice(`Using the only organization: ${shownOrganization(key.organization)}.`);
  }
  if (secret === null) return print(`Added the key for ${holderText(key)}.`);
  printNotice(`The key for ${holderText(key)}, shown only once:`);
  print(secret);
};

export const runImportKeys: Run<[string], ImportOptions & JsonOption> = async (
  context,
  file,
  options,
) => {
  const added = await importKeys(context, file, options);
  if (options.json === true) return printJson(added.map(({ key }) => key));
  remarkShort(added);
  print(
    `Added ${countText(added.length, "key")}:`,
    ...added.map(({ key }) => `  ${holderText(key)}`),
  );
};

const ago = (instant: string): string => agoText(Date.parse(instant), Date.now());

function rowOf(key: ApiKey): Cell[] {
  const may =
    key.permissions.join(", ") +
    (key.mayActAs ? ", act_as" : "") +
    (key.inAnyOrganization ? ", any_organization" : "");
  const end = key.revokedAt === null ? [] : [`revoked ${ago(key.revokedAt)}`];
  const since = `made ${ago(key.createdAt)}`;
  const text = [holderText(key), cleanText(may, 400), since, ...end].join(" · ");
  return [nameStyle(key.id), key.revokedAt === null ? text : errorStyle(text)];
}

export const runListKeys: Run<[], StorePlace & JsonOption> = async (context, options) => {
  const keys = await listKeys(context, options);
  printResult(
    options,
    keys,
    keys.length === 0
      ? "There are no keys."
      : () => table(keys.map(rowOf), { width: screenWidth(), overflow: "wrap" }),
  );
};

export const runRevokeKey: Run<[string], StorePlace & JsonOption> = async (
  context,
  nameOrId,
  options,
) => {
  const key = await revokeKey(context, nameOrId, options);
  const words = `Revoked the key for ${holderText(key)}. Servers will refuse it from now on.`;
  printResult(options, key, words);
};

export const runCreateToken: Run<[], NewTokenOptions & JsonOption> = async (context, options) => {
  const token = await createToken(context, options);
  printResult(options, { token }, token);
};
