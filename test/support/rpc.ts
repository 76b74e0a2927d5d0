// Sends JSON-RPC by hand, for requests that the SDK's client would not send and responses that it would hide.

export const rpcHeaders: Record<string, string> = {
  "content-type": "application/json",
  accept: "application/json, text/event-stream",
};

export const rpcBody = (method: string, params: object = {}, id: number | null = 1): string =>
  JSON.stringify({ jsonrpc: "2.0", method, params, ...(id === null ? {} : { id }) });

export const bearer = (token: string): Record<string, string> => ({
  authorization: `Bearer ${token}`,
});

/** Posts one request to `/mcp`. */
export function postRpc(
  url: string,
  method: string,
  options: { params?: object; headers?: Record<string, string>; path?: string } = {},
): Promise<Response> {
  return fetch(`${url}${options.path ?? "/mcp"}`, {
    method: "POST",
    redirect: "error",
    headers: { ...rpcHeaders, ...options.headers },
    body: rpcBody(method, options.params),
  });
}

/** Returns the message of a response, which is JSON or the first event of a stream. */
export async function rpcAnswer(response: Response): Promise<Record<string, unknown>> {
  const text = await response.text();
  const data = /^data: (.+)$/m.exec(text)?.[1] ?? text;
  return JSON.parse(data) as Record<string, unknown>;
}
