import { createPageRoom } from "../../core/mapping/response-bounds.ts";
import { maxTasks } from "../../core/mapping/mapping.ts";
import type { OpenTasks, TaskSource } from "../../core/ports.ts";
import { taskFromRaw } from "../../core/task/raw-task.ts";
import {
  findField,
  findList,
  nullIfAbsent,
  parseOpen,
  parseTask,
  findTotal,
} from "./rest-responses.ts";
import type { RestSourceDeps } from "./rest-responses.ts";
import { createTaskTrackingClient } from "./task-tracking-client.ts";

const listNames = ["tickets", "items"];
const pageSize = 100;
const maxPages = 20;

/** Disposing of the source calls `close`. `send` adds the headers `X-User-ID` and `X-Organization-ID`. */
export function createTicketSource(deps: RestSourceDeps): TaskSource {
  const { name, origin, subject, settings, send, close } = deps;
  const client = createTaskTrackingClient(send);
  return {
    name,
    origin,
    subject,
    listOpen: async (_scope, signal): Promise<OpenTasks> => {
      const raw: unknown[] = [];
      let total: number | null = null;
      const room = createPageRoom();
      for (let page = 1; page <= maxPages; page += 1) {
        const query = {
          page,
          page_size: pageSize,
          status: settings["status"],
          category: settings["category"],
        };
        const response = await client.listTickets(query, signal);
        const list = findList(name, response, listNames);
        raw.push(...list);
        total = findTotal(response);
        const isLast = total === null ? list.length < pageSize : raw.length >= total;
        if (isLast || list.length === 0) return parseOpen(name, raw, total);
        if (!room(list) || raw.length >= maxTasks) break;
      }
      return parseOpen(name, raw, total, true);
    },
    get: async (_scope, id, signal) => {
      if (id === "") return null;
      const isThere = async () => {
        findList(name, await client.listTickets({ page: 1, page_size: 1 }, signal), listNames);
        return true;
      };
      const response = await nullIfAbsent(client.getTicket(id, signal), isThere);
      const found = parseTask(name, findField(response, ["ticket"]) ?? response);
      return found?.id === id ? found : null;
    },
    create: async (_scope, task, signal) => {
      const body = {
        title: task.title,
        description: task.description ?? task.title,
        category: task.category ?? "general",
      };
      const response = await client.createTicketByAssistant(body, signal);
      return taskFromRaw(findField(response, ["ticket"]) ?? response, name, null);
    },
    [Symbol.asyncDispose]: close,
  };
}
