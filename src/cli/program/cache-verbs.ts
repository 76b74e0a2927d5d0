import type { Verb } from "./verb.ts";

export function addCacheVerbs(program: Verb): void {
  const cacheVerbs = program.command("cache").description("inspect or clear the cache");

  cacheVerbs
    .verb("stats", "count its entries and bytes", "sitrep cache stats --json")
    .runWithJson(async () => (await import("../cache.ts")).runCacheStats);
  cacheVerbs
    .verb("cleanup", "delete expired entries; keep the last good responses", "sitrep cache cleanup")
    .runWithJson(async () => (await import("../cache.ts")).runCacheCleanup);
  cacheVerbs
    .verb("clear", "delete everything cached; your tasks are kept", "sitrep cache clear")
    .runWithJson(async () => (await import("../cache.ts")).runCacheClear);
}
