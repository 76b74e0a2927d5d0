// Changes on the board: forms that call the operations of the REST service.

import { SitrepError } from "../../core/errors.ts";
import { readOneOf } from "../../core/read.ts";
import { taskPriorities, taskStatuses } from "../../core/task/task.ts";
import type { Routes } from "../http/app.ts";
import { errorProblems } from "../problem.ts";
import { boardBody, type AddInput } from "../pages/board/board-page.ts";
import { addressOf } from "../pages/board/layout.ts";
import { nothingKept, taskBody, type RefusedInput } from "../pages/board/task-page.ts";
import { conflictText } from "../pages/board/text.ts";
import { currentClock, pageResponse, redirect, textOf } from "./responses.ts";
import { selectionOf, type BoardRequest, type BoardBackend, type Show } from "./board-request.ts";
import { hasToken, readForm } from "./form.ts";
import { ownPage, type BoardContext } from "./security.ts";

type WithSession = (permission: string, work: Show) => (context: BoardContext) => Promise<Response>;

const fromBefore =
  "This form is from before you signed in. Nothing was changed: your text is below, send it again.";

const statusOf = (error: SitrepError): number => errorProblems[error.code]?.[0] ?? 500;

/** Shows the current task, the reason for the refusal, and what the person typed. */
async function refusedChange(
  backend: BoardBackend,
  { session, asked, project, version }: BoardRequest,
  id: string,
  kept: RefusedInput,
  error: SitrepError,
): Promise<Response> {
  const details = await backend.boardTask({ project, id }, asked);
  const setting = { reader: session, clock: currentClock() };
  const isConflict = error.code === "task-changed";
  const alert = isConflict
    ? conflictText(details.steps.at(-1), session.principal.user, setting.clock.now)
    : textOf(error);
  const body = taskBody(details, kept, setting);
  const shown = { name: id, project, version, view: "task", alert, body } as const;
  return pageResponse(session, shown, statusOf(error));
}

const stale = new SitrepError("usage", fromBefore);

/** Changes one task. `kept`: the form's values, shown again if the change is refused. */
async function changeTask(
  backend: BoardBackend,
  request: BoardRequest,
  { id, form, kept }: { id: string; form: URLSearchParams; kept: RefusedInput },
  change: () => Promise<unknown>,
): Promise<Response | null> {
  try {
    if (!hasToken(form, request.session)) throw stale;
    await change();
    return null;
  } catch (error) {
    const isPersons = error instanceof SitrepError && statusOf(error) < 500;
    if (!isPersons || ["task-not-found", "project-unknown"].includes(error.code)) throw error;
    return refusedChange(backend, request, id, kept, error);
  }
}

/** Status, version and task of a button (`moveValue`). */
function readMove(value: string) {
  const [status, version = "", id = ""] = value.split(" ");
  const to = readOneOf(status, taskStatuses);
  if (to === undefined || !URL.canParse(`x:${id}`))
    throw new SitrepError("usage", "There is no such move.");
  return { to, version, id: decodeURIComponent(id) };
}

const people = (text: string): string[] => [
  ...new Set(text.split(",").flatMap((one) => (one.trim() === "" ? [] : [one.trim()]))),
];

async function move(
  backend: BoardBackend,
  request: BoardRequest,
  context: BoardContext,
  form: URLSearchParams,
) {
  const { to, version, id } = readMove(form.get("move") ?? "");
  const { project, asked } = request;
  const notes = form.get("notes") ?? "";
  const change = { id, project, status: to, completion_notes: notes, if_unchanged_since: version };
  const kept = { ...nothingKept, notes };
  const refused = await changeTask(backend, request, { id, form, kept }, () =>
    backend.updateTaskStatus(change, asked),
  );
  const back = context.req.query("back");
  return (
    refused ?? redirect(back === undefined ? addressOf("task", { project, id }) : ownPage(back))
  );
}

async function assign(
  backend: BoardBackend,
  request: BoardRequest,
  context: BoardContext,
  form: URLSearchParams,
) {
  const id = context.req.query("id") ?? "";
  const { project, asked, session } = request;
  const text = form.get("to") === "me" ? session.principal.user : (form.get("assignees") ?? "");
  const assignees = people(text).slice(0, 50);
  const change = { project, id, assignees, if_unchanged_since: form.get("version") ?? "" };
  const kept = { ...nothingKept, assignees: text };
  const refused = await changeTask(backend, request, { id, form, kept }, () =>
    backend.assignTask(change, asked),
  );
  return refused ?? redirect(addressOf("task", { project, id }));
}

async function comment(
  backend: BoardBackend,
  request: BoardRequest,
  context: BoardContext,
  form: URLSearchParams,
) {
  const id = context.req.query("id") ?? "";
  const { project, asked } = request;
  const text = (form.get("comment") ?? "").trim();
  const kept = { ...nothingKept, comment: text };
  const refused = await changeTask(backend, request, { id, form, kept }, async () => {
    if (text === "" || text.length > 10_000)
      throw new SitrepError("usage", "A comment has 1 to 10,000 characters.");
    await backend.commentTask({ project, id, comment: text }, asked);
  });
  return refused ?? redirect(addressOf("task", { project, id }));
}

async function add(
  backend: BoardBackend,
  request: BoardRequest,
  _: BoardContext,
  form: URLSearchParams,
) {
  const { asked, session } = request;
  const project = (request.project || (form.get("project") ?? "")).trim().slice(0, 200);
  const [title, description] = [form.get("title") ?? "", form.get("description") ?? ""];
  const priority = readOneOf(form.get("priority"), taskPriorities) ?? "none";
  try {
    if (!hasToken(form, session)) throw stale;
    if (project === "" || title.trim() === "")
      throw new SitrepError("usage", "A task needs a project and a title.");
    const task = { project_id: project, title: title.slice(0, 1000), priority };
    const tasks = [{ ...task, ...(description === "" ? {} : { description }) }];
    await backend.addTasks({ tasks }, asked);
    return redirect(addressOf("", { project }));
  } catch (error) {
    if (!(error instanceof SitrepError) || statusOf(error) >= 500) throw error;
    const selection = selectionOf(() => undefined, project);
    const { columns } = await backend.boardColumns(selection, asked);
    const input: AddInput = { title, description, priority };
    const setting = { reader: session, clock: currentClock() };
    const body = boardBody({ ...selection, columns }, input, setting);
    const shown = { name: project, project, version: request.version, alert: textOf(error), body };
    return pageResponse(session, shown, statusOf(error));
  }
}

/** A status change, an assignment and a comment need the permission for a status change over REST; a new task needs its own. */
export function addActions(app: Routes, backend: BoardBackend, withSession: WithSession): void {
  const actions = { move, assign, comment, add };
  for (const [name, action] of Object.entries(actions)) {
    const permission = name === "add" ? "add_task" : "update_task_status";
    const work: Show = async (request, context) => {
      const form = await readForm(context);
      return form instanceof Response ? form : action(backend, request, context, form);
    };
    app.post(`/board/${name}`, withSession(permission, work));
  }
}
