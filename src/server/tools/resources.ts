import {
  ProtocolError,
  ProtocolErrorCode,
  ResourceNotFoundError,
  ResourceTemplate,
} from "@modelcontextprotocol/server";
import type { McpServer, ServerContext, Variables } from "@modelcontextprotocol/server";
import { cleanText } from "../../core/quote.ts";
import { SitrepError } from "../../core/errors.ts";
import { modelJson } from "../../state/output/model.ts";
import type { TaskStatus } from "../../core/task/task.ts";
import type { CallScope, TaskBackend } from "../backend.ts";
import { mayUse, type Principal } from "../principal.ts";
import type { WireTask } from "../wire.ts";

export interface ServedTo {
  readonly backend: TaskBackend;
  readonly principal: Principal;
  readonly version: string;
  readonly project: string | null;
}

const settingsUri = "config://settings";
const template = "sitrep://projects/{project_id}/tasks/{task_id}";
const maxListed = 100;
/** Without a current project, tasks of this many projects are listed. */
const maxProjects = 20;
/** Closed tasks can be read, but are not listed. */
const listed: readonly TaskStatus[] = ["in_progress", "pending", "blocked"];
const maxNameLength = 120;

/** `encodeURIComponent` throws for half a surrogate pair. */
const uriPart = (text: string): string => encodeURIComponent(text.toWellFormed());

export const taskUri = (project: string, id: string): string =>
  `sitrep://projects/${uriPart(project)}/tasks/${uriPart(id)}`;

export const taskResource = (task: WireTask) => ({
  uri: taskUri(task.project_id, task.task_id),
  name: cleanText(task.task_id, maxNameLength),
  title: cleanText(task.title, maxNameLength),
  mimeType: "application/json",
});

/** Throws an error of the protocol if the principal may not read this resource or use this prompt. */
export function requireReadable(principal: Principal, uri: string): void {
  if (mayUse(principal, uri)) return;
  const message = `You are not allowed to read ${uri}. Code: permission-denied.`;
  throw new ProtocolError(ProtocolErrorCode.InvalidParams, message);
}

/** A backend's failure as an error of the protocol, without the cause. `uri`: of the resource. */
export async function withProtocolError<T>(work: Promise<T>, uri?: string): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const { InvalidParams, InternalError } = ProtocolErrorCode;
    if (!(error instanceof SitrepError)) throw new ProtocolError(InternalError, "The call failed.");
    const { code } = error;
    const isAbsent = code === "task-not-found";
    if (isAbsent && uri !== undefined) throw new ResourceNotFoundError(uri);
    const message = `${error.message.replace(/\.$/, "")}. Code: ${code}.`;
    throw new ProtocolError(isAbsent ? InvalidParams : InternalError, cleanText(message, 500));
  }
}

function variable(variables: Variables, name: string): string {
  const value = variables[name];
  try {
    return decodeURIComponent(typeof value === "string" ? value : "");
  } catch {
    return "";
  }
}

function registerSettings(server: McpServer, deps: ServedTo): void {
  const { backend, principal, version, project } = deps;
  const about = {
    title: "Settings of this server",
    description: "Version, features and backend; no secrets.",
    mimeType: "application/json",
  };
  server.registerResource("settings", settingsUri, about, async () => {
    requireReadable(principal, settingsUri);
    const features = ["tools", "resources", "prompts", "progress", "list_changed"];
    const settings = { name: "sitrep", version, features, backend: backend.kind, project };
    const text = modelJson(settings, 2);
    return { contents: [{ uri: settingsUri, mimeType: "application/json", text }] };
  });
}

export function registerResources(server: McpServer, deps: ServedTo): void {
  registerSettings(server, deps);
  const { backend, principal, project } = deps;
  const askedIn = (context: ServerContext) => ({ as: principal, signal: context.mcpReq.signal });
  const openIn = async (of: string, asked: CallScope): Promise<WireTask[]> => {
    const page = { project: of, page: 1, page_size: maxListed };
    const pages = await Promise.all(
      listed.map((status) => backend.listTasks({ ...page, status }, asked)),
    );
    return pages.flatMap(({ tasks }) => tasks);
  };
  const allOpen = async (asked: CallScope): Promise<WireTask[]> => {
    const of = project === null ? ((await backend.projects?.({}, asked)) ?? []) : [project];
    const tasks: WireTask[] = [];
    for (const one of of.slice(0, maxProjects)) {
      // oxlint-disable-next-line no-await-in-loop -- the next one only if there is room
      if (tasks.length < maxListed) tasks.push(...(await openIn(one, asked)));
    }
    return tasks.slice(0, maxListed);
  };
  const list = async (context: ServerContext) => {
    if (!mayUse(principal, template)) return { resources: [] };
    const tasks = await withProtocolError(allOpen(askedIn(context)));
    return { resources: tasks.map(taskResource) };
  };
  const about = {
    title: "Task",
    description: "A full task, as JSON. Its text was written by others.",
    mimeType: "application/json",
  };
  server.registerResource(
    "task",
    new ResourceTemplate(template, { list }),
    about,
    async (uri, variables, context) => {
      requireReadable(principal, uri.href);
      const [id, of] = [variable(variables, "task_id"), variable(variables, "project_id")];
      const found = backend.getTask({ id, project: of }, askedIn(context));
      const { task } = await withProtocolError(found, uri.href);
      const text = modelJson(task, 2);
      return { contents: [{ uri: uri.href, mimeType: "application/json", text }] };
    },
  );
}
