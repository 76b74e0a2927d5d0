// The library entry: what people who embed a part of Sitrep may use.

export { SitrepError } from "./core/errors.ts";
export type { ErrorCode } from "./core/errors.ts";
export { SourceError } from "./core/source-error.ts";
export type { SourceErrorCode } from "./core/source-error.ts";
export type { Task, TaskPriority, TaskStatus, NewTask } from "./core/task.ts";
export type { ToolAnswer } from "./core/tool-answer.ts";
export type { GitState } from "./core/git-state.ts";
export type { ProjectScope, TaskSource } from "./core/ports.ts";
export { renderBrief } from "./core/brief/brief.ts";
export type { BriefInput } from "./core/brief/brief.ts";
export type { BriefOptions } from "./core/brief/options.ts";
export { rankTasks } from "./core/ranking.ts";
export { openTaskStore } from "./store/task-store.ts";
export type { TaskStore } from "./store/task-store.ts";
export { createEmbeddedSource } from "./sources/embedded.ts";
export type { Mapping } from "./sources/mapping/mapping.ts";

export { getDefaultClient } from "./library/default-client.ts";
export type { DefaultClientOptions } from "./library/default-client.ts";
export { createTaskClient } from "./library/task-client.ts";
export type {
  ClientMetrics,
  NextQuery,
  PendingQuery,
  RequestOptions,
  TaskClient,
  TaskClientOptions,
} from "./library/task-client.ts";
export type { Answer, FallbackStrategy } from "./library/answer.ts";
export type { ConnectionTest } from "./library/connection-test.ts";
export { createMcpClient } from "./library/mcp-client.ts";
export type { McpClient, McpClientOptions, ToolCallOptions } from "./library/mcp-client.ts";
export type {
  CallOptions,
  CallProgress,
  ConnectionEvents,
  ConnectionState,
  McpPrompt,
  McpResource,
  McpTool,
  PromptMessage,
  ResourceContent,
} from "./mcp/connection.ts";
export { createServerPool } from "./library/server-pool.ts";
export type {
  FailoverAnswer,
  FailoverOptions,
  FoundServer,
  PooledServer,
  ServerPool,
} from "./library/server-pool.ts";
export { briefOf } from "./library/brief-of.ts";
export type { BriefOfOptions } from "./library/brief-of.ts";
export { createTaskMonitor } from "./library/task-monitor.ts";
export type { TaskMonitor, TaskMonitorEvents, TaskMonitorOptions } from "./library/task-monitor.ts";
export { openSessionCache } from "./library/session-cache.ts";
export type {
  CachedList,
  CachedTasks,
  SessionCache,
  SessionCacheOptions,
  SessionCacheStatistics,
} from "./library/session-cache.ts";
export { renewedTokens, staticToken } from "./library/tokens.ts";
export type { AccessToken, TokenMoment, TokenProvider } from "./library/tokens.ts";
export { createServiceAccount } from "./library/service-account.ts";
export type { ServiceAccount, ServiceAccountOptions } from "./library/service-account.ts";
export { createRateLimiter } from "./resilience/window-limit.ts";
export type { RateLimiter } from "./resilience/window-limit.ts";
export type { PolicyOptions } from "./library/policy-options.ts";
export type { PolicyMetrics, PolicySettings } from "./resilience/policy.ts";
export type { PolicyPreset } from "./resilience/presets.ts";
