import { setTimeout as sleep } from "node:timers/promises";
import type { ServerSettings } from "../settings.ts";
import {
  startListening,
  startMetricsPort,
  type ListenDeps,
  type ListenSettings,
} from "./listener.ts";
import { createMetricsApp, type ProbeDeps } from "./probes.ts";

type PortSettings = ListenSettings &
  Pick<ServerSettings, "metricsAddress" | "drainMs" | "stopWithinMs">;

/** Throws `serve-not-started`. */
export async function openPorts(deps: ListenDeps, settings: PortSettings, probes: ProbeDeps) {
  const { metricsAddress, drainMs, stopWithinMs } = settings;
  const metrics =
    metricsAddress === null
      ? null
      : await startMetricsPort(createMetricsApp(probes), metricsAddress);
  const listener = await startListening(deps, settings).catch(async (error: unknown) => {
    await metrics?.close();
    throw error;
  });
  return {
    url: listener.url,
    metricsUrl: metrics?.url ?? null,
    /** Serves until proxies have learned from `/readyz` to send requests elsewhere, then refuses new ones. */
    stop: async (onStopping: () => void): Promise<boolean> => {
      deps.inFlight.drain();
      await sleep(drainMs);
      onStopping();
      const isComplete = await listener.stop(stopWithinMs);
      await metrics?.close();
      return isComplete;
    },
  };
}
