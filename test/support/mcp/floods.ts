// Responses made to cost their reader memory or time, as a server writes them on the wire.

/** The kind of a server's response, which no reader should take whole. */
export type Flood =
  | "nested"
  | "deep"
  | "titles"
  | "wide"
  | "pages"
  | "objects"
  | "endless"
  | "gzip"
  | "drip"
  | "messages"
  | "requests"
  | "large messages";

const megabytes = 1024 * 1024;
const size = 8 * megabytes;

let pages = 0;

function longPage(): string {
  pages += 1;
  const description = `${pages} Add OIDC login `.repeat(550).slice(0, 8000);
  const tasks = Array.from({ length: 60 }, (_, at) => ({
    id: `T-${pages}-${at}`,
    title: description,
    description,
  }));
  return JSON.stringify({ tasks, total: 100_000, page: 1, cursor: `${pages}` });
}

/** The result of a tool call or the body of a REST response: 8 MB with a valid end. */
export function floodText(flood: Flood): string {
  if (flood === "nested") return "[".repeat(size / 2) + "]".repeat(size / 2);
  // Within the limit of bytes, like "objects".
  if (flood === "deep") return "[".repeat(400_000) + "]".repeat(400_000);
  if (flood === "wide") return `[${"[],".repeat(size / 3)}[]]`;
  // Each page is within the limits and is never the last one.
  if (flood === "pages") return longPage();
  // Just within the limits.
  if (flood === "objects") return `{"tasks":[${'{"a":[]},'.repeat(115_000)}{}]}`;
  const title = "Add OIDC login ".repeat(8 * 1024);
  const tasks = Array.from({ length: size / title.length }, (_, at) => ({ id: `T-${at}`, title }));
  return JSON.stringify({ tasks });
}

/** A message that no call waits for. */
export function floodMessage(flood: Flood, at: number): string {
  if (flood === "requests") return JSON.stringify({ jsonrpc: "2.0", id: `s${at}`, method: "ping" });
  const params = { level: "info", data: flood === "large messages" ? "x".repeat(500_000) : "x" };
  return JSON.stringify({ jsonrpc: "2.0", method: "notifications/message", params });
}

interface CallScope {
  id?: number | string;
  method?: string;
}

/** The response to the handshake and to a request for the tools. Null for a tool call and for a notification. */
export function ordinaryAnswer({ id, method }: CallScope): string | null {
  if (id === undefined || method === "tools/call" || method === undefined) return null;
  const response = (result: unknown): string => JSON.stringify({ jsonrpc: "2.0", id, result });
  if (method === "initialize") {
    const serverInfo = { name: "flood", version: "1" };
    return response({
      protocolVersion: "2025-06-18",
      capabilities: { tools: {}, logging: {} },
      serverInfo,
    });
  }
  if (method === "tools/list") {
    return response({ tools: [{ name: "list_tasks", inputSchema: { type: "object" } }] });
  }
  if (method === "ping") return response({});
  return JSON.stringify({ jsonrpc: "2.0", id, error: { code: -32_601, message: "no" } });
}

/** The response to a tool call. `text`: its structured content as JSON. */
export const callAnswer = (id: unknown, text: string): string =>
  `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":{"content":[],"structuredContent":{"value":${text}}}}`;
