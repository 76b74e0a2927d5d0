import type { ApiKeys } from "../../store/api-keys.ts";
import type { WebSessions } from "../../store/web-sessions.ts";
import type { TaskBackend } from "../backend.ts";
import type { Routes } from "../http/app.ts";
import type { ServerSettings } from "../settings.ts";
import { hasBoard } from "./board-request.ts";
import { createBoard, type BoardDeps } from "./board.ts";
import { createIdentity } from "./identity-provider.ts";
import { createSessions } from "./board-sessions.ts";

export interface BoardParts {
  readonly keys: Pick<ApiKeys, "find">;
  /** Who is signed in; null for no board. */
  readonly webSessions: WebSessions | null;
}

export type BoardAccess = Pick<
  BoardDeps,
  "guard" | "verifyToken" | "inFlight" | "observer" | "live"
> & { readonly backend: TaskBackend };

/** Null without sessions, and for a backend that has no board. */
export function openBoard(
  settings: ServerSettings,
  { keys, webSessions }: BoardParts,
  { backend, ...served }: BoardAccess,
): { readonly routes: Routes; readonly close: () => Promise<void> } | null {
  if (webSessions === null || !hasBoard(backend)) return null;
  const { board, tls, isBehindProxy, publicUrl, opensTo } = settings;
  const { guard } = served;
  const isSecure = tls !== null || isBehindProxy || publicUrl?.startsWith("https:") === true;
  const lifetimeMs = board.sessionMs;
  const sessions = createSessions({ rows: webSessions, keys, guard, isSecure, lifetimeMs });
  const identity = board.identity === null ? null : createIdentity(board.identity);
  const isOpen = opensTo !== "nobody";
  const routes = createBoard({ ...served, backend, sessions, identity, publicUrl, isOpen });
  return { routes, close: async () => identity?.close() };
}
