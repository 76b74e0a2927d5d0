// The library entry: what people who embed a part of Sitrep may use.

export { SitrepError } from "./core/errors.ts";
export type { ErrorCode } from "./core/errors.ts";
export { SourceError } from "./core/source-error.ts";
export type { SourceErrorCode } from "./core/source-error.ts";
export type { Task, TaskPriority, TaskStatus, NewTask } from "./core/task/task.ts";
export type { ToolResponse } from "./core/mapping/tool-response.ts";
export type { GitState } from "./core/git/git-state.ts";
export type { ProjectScope, TaskSource } from "./core/ports.ts";
export { renderBrief } from "./core/brief/brief.ts";
export type { BriefInput } from "./core/brief/brief-input.ts";
export type { BriefOptions } from "./core/brief/options.ts";
export { rankTasks } from "./core/task/ranking.ts";
export { openTaskStore } from "./store/task-store.ts";
export type { TaskStore } from "./store/task-store.ts";
export { createEmbeddedSource } from "./sources/adapters/embedded.ts";
export type { HttpMapping } from "./core/mapping/http-mapping.ts";
export type { Mapping } from "./core/mapping/mapping.ts";

export { getDefaultClient } from "./client/default-client.ts";
export type { DefaultClientOptions } from "./client/default-client.ts";
export { createTaskClient } from "./client/task-client.ts";
export type {
  ClientMetrics,
  RequestOptions,
  TaskClient,
  TaskClientOptions,
} from "./client/task-client.ts";
export type {
  QueryResult,
  FallbackStrategy,
  NextQuery,
  PendingQuery,
} from "./client/task-queries.ts";
export type { ConnectionTest } from "./client/named-calls.ts";
export { createMcpClient } from "./client/mcp-client.ts";
export type { McpClient } from "./client/mcp-client.ts";
export type { ToolCallOptions } from "./client/tool-calls.ts";
export type {
  CallOptions,
  CallProgress,
  ConnectionEvents,
  ConnectionState,
  ConnectionUse,
  McpPrompt,
  McpResource,
  McpTool,
  PromptMessage,
  ResourceContent,
  ToolContent,
  ToolResult,
} from "./sources/mcp/mcp-connection.ts";
export { createServerPool } from "./client/server-pool.ts";
export type {
  FailoverResponse,
  FailoverOptions,
  FoundServer,
  PoolCounts,
  PooledServer,
  ServerPool,
  ServerPoolOptions,
} from "./client/server-pool.ts";
export { briefOf } from "./client/brief-of.ts";
export type { BriefOfOptions } from "./client/brief-of.ts";
export { createTaskMonitor } from "./client/task-monitor.ts";
export type { TaskMonitor, TaskMonitorEvents, TaskMonitorOptions } from "./client/task-monitor.ts";
export { openSessionCache } from "./client/session-cache.ts";
export type {
  CachedList,
  CachedTasks,
  CacheTasksResult,
  SessionCache,
  SessionCacheOptions,
  SessionCacheStatistics,
} from "./client/session-cache.ts";
export { renewedTokens, staticToken } from "./client/program-tokens.ts";
export type { AccessToken, TokenMoment, TokenProvider } from "./client/program-tokens.ts";
export { createServiceAccount } from "./client/service-account.ts";
export type { ServiceAccount, ServiceAccountOptions } from "./client/service-account.ts";
export { createRateLimiter } from "./http/rate-limit.ts";
export type { RateLimiter } from "./http/rate-limit.ts";
export { readMcpOptions } from "./client/mcp-settings.ts";
export type { McpClientOptions, PolicyOptions, SeenCall } from "./client/server-options.ts";
export type { PolicyMetrics, PolicyPreset, PolicySettings } from "./http/policy-settings.ts";
