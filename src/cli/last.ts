import { existsSync } from "node:fs";
import { readDeliveries } from "../state/cache/deliveries.ts";
import type { Delivery } from "../core/news/delivery.ts";
import { readOutbox } from "../state/live/outbox.ts";
import { readCache, type CommandContext } from "../config/context.ts";
import { SitrepError } from "../core/errors.ts";
import { failureReason } from "../core/brief/source-lines.ts";
import { parseSessionId } from "../core/session.ts";
import { estimateTokens } from "../core/brief/estimate-tokens.ts";
import { ageText, agoText, dateLine, localTime } from "../core/time.ts";
import { nameStyle, strong } from "./terminal/styles.ts";
import { table, wrapped } from "./terminal/table.ts";
import {
  countText,
  print,
  printJson,
  printNotice,
  screenWidth,
  type JsonOption,
} from "./terminal/terminal.ts";

const maxOfOneSession = 1000;

/** Includes the outbox: deliveries that the monitor has not yet recorded in the cache. Oldest first. */
function deliveriesOf(
  context: CommandContext,
  sessionId: string | null,
  most: number,
): readonly Delivery[] {
  const { cache, live } = context.files;
  const limit = sessionId === null ? most : maxOfOneSession;
  const left = (existsSync(live) ? readOutbox(live) : [])
    .flatMap(({ delivery }) => delivery ?? [])
    .filter((delivery) => sessionId === null || delivery.sessionId === sessionId);
  if (!existsSync(cache)) return left.slice(-limit);
  return [...readCache(context, (db) => readDeliveries(db, sessionId, limit)), ...left]
    .toSorted((one, other) => one.at - other.at)
    .slice(-limit);
}

interface LastOptions extends JsonOption {
  session?: string;
  count: string;
  tokens?: boolean;
}

const ageAt = (delivery: Delivery, then: number | null): string =>
  then === null ? "never read" : `${ageText(Math.max(0, delivery.at - then))} old`;

function dataText(delivery: Delivery): string {
  const { sources, gitReadAt, foundAt } = delivery.data;
  const parts = [
    ...sources.map(({ source, fetchedAt, code }) => {
      const why = code === null ? "" : `, ${failureReason(code)}`;
      return `tasks from ${source} ${ageAt(delivery, fetchedAt)}${why}`;
    }),
    ...(gitReadAt === null ? [] : [`git ${ageAt(delivery, gitReadAt)}`]),
    ...(foundAt === null ? [] : [`found ${ageText(Math.max(0, delivery.at - foundAt))} before`]),
  ];
  return parts.length === 0 ? "no data" : parts.join("; ");
}

function show(delivery: Delivery): void {
  const when = `${agoText(delivery.at, Date.now())} (${dateLine(localTime(delivery.at))})`;
  const which = `session ${delivery.sessionId} · ${delivery.event} (${delivery.cause})`;
  print(...wrapped(strong(`${when} · ${which}`), screenWidth()));
  const { text } = delivery;
  const size = `${countText(text.length, "character")}, about ${countText(estimateTokens(text), "token")} (o200k estimate)`;
  print(`${size} · ${dataText(delivery)}`, "");
  print(...text.split("\n"), "");
}

interface Measured extends Delivery {
  characters: number;
  /** An estimate of the o200k token count, within 10 %. */
  tokens: number;
}

const measured = (delivery: Delivery): Measured => ({
  ...delivery,
  characters: delivery.text.length,
  tokens: estimateTokens(delivery.text),
});

function showTokens(context: CommandContext, deliveries: readonly Measured[]): void {
  const rows = deliveries.map(({ sessionId, at, event, cause, tokens }) => [
    nameStyle(sessionId.slice(0, 8)),
    agoText(at, Date.now()),
    `${event} (${cause})`,
    countText(tokens, "token"),
  ]);
  print(...table(rows, { width: screenWidth(), flexible: 2 }));
  for (const id of new Set(deliveries.map(({ sessionId }) => sessionId))) {
    const all = deliveriesOf(context, id, maxOfOneSession).map(measured);
    const tokens = all.reduce((sum, one) => sum + one.tokens, 0);
    print(
      `Session ${id}: ${countText(all.length, "text")}, about ${countText(tokens, "token")} (o200k estimate).`,
    );
  }
}

export function runLast(context: CommandContext, options: LastOptions): void {
  const count = Number(options.count);
  if (!Number.isInteger(count) || count < 1) {
    throw new SitrepError("usage", `--count must be 1 or more, not "${options.count}".`);
  }
  const sessionId = options.session === undefined ? null : parseSessionId(options.session);
  if (options.session !== undefined && sessionId === null) {
    throw new SitrepError("usage", `--session must be a session id, not "${options.session}".`);
  }
  const deliveries = deliveriesOf(context, sessionId, count);
  if (options.json === true) return printJson(deliveries.map(measured));
  if (deliveries.length === 0) return printNotice("No session has received anything yet.");
  if (options.tokens === true) return showTokens(context, deliveries.map(measured));
  for (const delivery of deliveries) show(delivery);
}
