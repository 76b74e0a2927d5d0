// Probes for load balancers, orchestrators and Prometheus. A second port answers them without a key, for any host name.

import { Hono, type Context, type Env } from "hono";
import { SitrepError } from "../../core/errors.ts";
import { jsonResponse } from "../../state/output/json-output.ts";
import { refuse, refuseWith } from "../problem.ts";

export interface ProbeDeps {
  readonly isDraining: () => boolean;
  /** Rejects while the store does not answer. */
  readonly check: (signal: AbortSignal) => Promise<void>;
  readonly metrics: () => Promise<MetricsText>;
}

export interface MetricsText {
  readonly text: string;
  readonly contentType: string;
}

const checkTimeoutMs = 2000;

const ok = (): Response =>
  jsonResponse({ status: "ok" }, { headers: { "cache-control": "no-store" } });

/** 503 while the store does not answer, and once the server was told to stop. The port opens after the migrations. */
async function readiness({ isDraining, check }: ProbeDeps): Promise<Response> {
  if (isDraining()) return refuse("going-down");
  try {
    await check(AbortSignal.timeout(checkTimeoutMs));
    return ok();
  } catch {
    return refuseWith(new SitrepError("store-unreachable", "The task store is not responding."));
  }
}

export const showMetrics = async (
  context: Context,
  metrics: ProbeDeps["metrics"],
): Promise<Response> => {
  const { text, contentType } = await metrics();
  return context.text(text, 200, { "content-type": contentType });
};

/** `/healthz`: the process answers. `/readyz`: send it requests. `/health` is the same under its older name. */
export function addProbes<Bound extends Env>(app: Hono<Bound>, deps: ProbeDeps): void {
  app.get("/healthz", ok);
  for (const path of ["/readyz", "/health"]) app.get(path, () => readiness(deps));
}

/** The app at `SITREP_METRICS_ADDRESS`. */
export function createMetricsApp(deps: ProbeDeps): Hono {
  const app = new Hono();
  addProbes(app, deps);
  app.get("/metrics", (context) => showMetrics(context, deps.metrics));
  app.notFound(() => refuse("not-found"));
  return app;
}
