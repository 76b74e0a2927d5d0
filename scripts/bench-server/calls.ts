// The calls that are measured, over HTTP as a client makes them.

import { createHttpClient } from "../../src/resilience/http.ts";
import type { HttpClient } from "../../src/resilience/http.ts";
import { SourceError } from "../../src/core/source-error.ts";
import { quantile } from "../bench/measure.ts";
import { organization, project } from "./fill.ts";

export interface Figures {
  name: string;
  /** One call after the other. Milliseconds. */
  medianMs: number;
  p95Ms: number;
  /** So many clients at once. */
  crowd: number;
  crowdP95Ms: number;
  perSecond: number;
}

type Request = readonly [method: "GET" | "POST" | "PUT", path: string, body?: unknown];

interface Call {
  name: string;
  /** A request that has not been made before, where that matters. */
  request: (index: number) => Request;
}

const inProject = `project=${project}`;
const batch = (index: number, size: number) => ({
  tasks: Array.from({ length: size }, (_, at) => ({
    project_id: project,
    title: `Added ${index} ${at}`,
    status: "blocked",
  })),
});

/** `count` is how many tasks there are: the pending ones are taken one by one. */
export const callsOn = (count: number): readonly Call[] => [
  {
    name: "HTTP alone (a ticket that is not there)",
    request: () => ["GET", "/api/v1/tickets/none"],
  },
  { name: "next task", request: () => ["GET", `/tasks/next?${inProject}&status=pending`] },
  { name: "next task, of any status", request: () => ["GET", `/tasks/next?${inProject}`] },
  {
    name: "one task",
    request: (index) => ["GET", `/tasks/T-${(index * 7919) % count}?${inProject}`],
  },
  {
    name: "list, first page of 100 pending",
    request: () => ["GET", `/tasks?${inProject}&status=pending`],
  },
  {
    name: "list, a page in the middle",
    request: () => ["GET", `/tasks?${inProject}&page=${Math.max(1, Math.floor(count / 200))}`],
  },
  {
    name: "take a task",
    request: (index) => [
      "PUT",
      `/tasks/T-${((index * 20) % count) + 12}/status`,
      { status: "in_progress", project_id: project },
    ],
  },
  { name: "add a task", request: (index) => ["POST", "/tasks/batch", batch(index, 1)] },
  { name: "add 100 tasks", request: (index) => ["POST", "/tasks/batch", batch(index, 100)] },
  { name: "next id", request: () => ["GET", `/ids/next?type=US&${inProject}`] },
  {
    name: "reserve 10 ids",
    request: () => ["POST", "/ids/reserve", { type: "US", count: 10, project_id: project }],
  },
];

async function timeOf(http: HttpClient, url: string, request: Request): Promise<number> {
  const [method, path, body] = request;
  const before = performance.now();
  try {
    await http.requestJson({
      method,
      url: url + path,
      headers: { authorization: `Bearer ${organization}` },
      ...(body === undefined ? {} : { body }),
      timeoutMs: 60_000,
    });
  } catch (error) {
    // A task that another round has taken, a ticket that is not there: answers like any other.
    if (!(error instanceof SourceError) || ![400, 404].includes(error.status ?? 0)) throw error;
  }
  return performance.now() - before;
}

const warmUp = 10;

/** Measures a call alone, then by `crowd` clients at once. */
export async function measureCall(
  url: string,
  call: Call,
  { rounds, crowd }: { rounds: number; crowd: number },
): Promise<Figures> {
  await using http = createHttpClient({ name: "bench", perOrigin: crowd });
  let index = 0;
  const one = () => timeOf(http, url, call.request((index += 1)));
  for (let round = 0; round < warmUp; round += 1) await one();
  const alone: number[] = [];
  for (let round = 0; round < rounds; round += 1) alone.push(await one());
  const together: number[] = [];
  const each = Math.ceil(rounds / crowd);
  const before = performance.now();
  await Promise.all(
    Array.from({ length: crowd }, async () => {
      for (let round = 0; round < each; round += 1) together.push(await one());
    }),
  );
  const seconds = (performance.now() - before) / 1000;
  return {
    name: call.name,
    medianMs: quantile(alone, 0.5),
    p95Ms: quantile(alone, 0.95),
    crowd,
    crowdP95Ms: quantile(together, 0.95),
    perSecond: together.length / seconds,
  };
}
