// Clients that read from a task server and reserve ids continuously while a test does something to it.

import { bearer, postRpc, rpcAnswer, rpcHeaders } from "./rpc.ts";

export interface ReadStorm {
  readonly statuses: ReadonlyMap<string, number>;
  /** The ids reserved by answered requests. */
  readonly ids: readonly string[];
  end(): Promise<void>;
}

/** Starts clients that list tasks over REST and MCP and reserve ids, without a pause. */
export function startReadStorm(url: string, key: string): ReadStorm {
  const statuses = new Map<string, number>();
  const ids: string[] = [];
  const ending = new AbortController();
  const headers = { ...rpcHeaders, ...bearer(key) };
  const count = (status: string): void =>
    void statuses.set(status, (statuses.get(status) ?? 0) + 1);
  const list = async (): Promise<Response> => {
    const response = await fetch(`${url}/tasks?project=storm&page_size=5`, { headers });
    await response.text();
    return response;
  };
  const call = async (): Promise<Response> => {
    const params = { name: "get_next_task", arguments: { project_id: "storm" } };
    const response = await postRpc(url, "tools/call", { params, headers: bearer(key) });
    const { result } = await rpcAnswer(response.clone());
    if ((result as { isError?: boolean }).isError === true) count("failed tool");
    return response;
  };
  const reserve = async (): Promise<Response> => {
    const body = JSON.stringify({ type: "US", count: 2, project_id: "storm" });
    const response = await fetch(`${url}/ids/reserve`, { method: "POST", headers, body });
    const { reserved_ids: given = [] } = (await response.json()) as { reserved_ids?: string[] };
    ids.push(...given);
    return response;
  };
  const client = async (ask: () => Promise<Response>): Promise<void> => {
    while (!ending.signal.aborted) {
      // oxlint-disable-next-line no-await-in-loop -- a client does one thing after the other
      const status = await ask().then(
        (response) => String(response.status),
        () => "none",
      );
      count(status);
    }
  };
  const running = Promise.all([list, list, call, call, reserve].map(client));
  return {
    statuses,
    ids,
    end: async () => {
      ending.abort();
      await running;
    },
  };
}
