// The board: pages for people at `/`, with sessions. Organizations, permissions and operations are those of the API.

import { Hono } from "hono";
import { SitrepError } from "../../core/errors.ts";
import { openCount } from "../../core/task/task.ts";
import type { Routes, ServerEnv } from "../http/app.ts";
import type { InFlight } from "../http/in-flight.ts";
import { boardBody } from "../pages/board/board-page.ts";
import { boardFiles, type View } from "../pages/board/layout.ts";
import { peopleBody, projectsBody } from "../pages/board/project-pages.ts";
import { changesBody, nothingKept, taskBody } from "../pages/board/task-page.ts";
import type { Principal } from "../principal.ts";
import { addActions } from "./actions.ts";
import {
  requirePermission,
  selectionOf,
  type BoardRequest,
  type BoardBackend,
  type Show,
} from "./board-request.ts";
import {
  currentClock,
  errorPage,
  pageResponse,
  redirect,
  refusedPage,
  signInPage,
} from "./responses.ts";
import type { LiveStreams } from "./live.ts";
import { headOf, secure, type BoardContext } from "./security.ts";
import { addSignIn, type SignInDeps } from "./board-sign-in.ts";

export interface BoardDeps extends SignInDeps {
  readonly backend: BoardBackend;
  readonly live: LiveStreams;
  readonly inFlight: Pick<InFlight, "release">;
}

/** Counts the board's requests separately, with the API's limit, so that an open page does not use up the tools' requests. */
const counted = (principal: Principal): Principal => ({
  ...principal,
  user: `board ${principal.user}`,
  ...(principal.keyId === undefined ? {} : { keyId: `board ${principal.keyId}` }),
});

async function projectsPage(
  { session, asked, version }: BoardRequest,
  backend: BoardBackend,
): Promise<Response> {
  const names = (await backend.projects({}, asked)).slice(0, 500);
  const rows = [];
  for (const project of names) {
    // oxlint-disable-next-line no-await-in-loop -- one connection is enough for one page
    const { byStatus } = await backend.counts({ project }, asked);
    rows.push({ project, open: openCount(byStatus), inProgress: byStatus.in_progress });
  }
  return pageResponse(session, { name: "Projects", version, body: projectsBody(rows, session) });
}

const shown = (
  request: BoardRequest,
  view: View,
  name: string,
  body: ReturnType<typeof boardBody>,
) =>
  pageResponse(request.session, {
    name,
    project: request.project,
    version: request.version,
    view,
    body,
  });
const settingOf = ({ session }: BoardRequest) => ({ reader: session, clock: currentClock() });

function pagesOf(backend: BoardBackend): Record<string, Show> {
  return {
    "/": (request) => projectsPage(request, backend),
    "/board": async (request, context) => {
      const selection = selectionOf((name) => context.req.query(name), request.project);
      const { columns } = await backend.boardColumns(selection, request.asked);
      const body = boardBody({ ...selection, columns }, null, settingOf(request));
      return shown(request, "", request.project, body);
    },
    "/board/task": async (request, context) => {
      const id = context.req.query("id") ?? "";
      const details = await backend.boardTask({ project: request.project, id }, request.asked);
      const body = taskBody(details, nothingKept, settingOf(request));
      return shown(request, "task", `${id}: ${details.task.title}`, body);
    },
    "/board/people": async (request) => {
      const { project, asked } = request;
      const selection = {
        ...selectionOf(() => undefined, project),
        statuses: ["in_progress"] as const,
      };
      const { columns } = await backend.boardColumns({ ...selection, size: 100 }, asked);
      const body = peopleBody(project, columns[0]?.cards ?? [], settingOf(request));
      return shown(request, "people", `${project}: who works on what`, body);
    },
    "/board/changes": async (request) => {
      const { steps } = await backend.boardChanges({ project: request.project }, request.asked);
      const body = changesBody(request.project, steps, settingOf(request));
      return shown(request, "changes", `${request.project}: last changes`, body);
    },
  };
}

/** A stream that ends with its session, and with the server. */
async function liveStream(
  { session, project }: BoardRequest,
  context: BoardContext,
  { guard, sessions, inFlight, live }: BoardDeps,
): Promise<Response> {
  const { incoming, outgoing } = context.env;
  const isStillGood = async (): Promise<boolean> =>
    (await sessions.of(context))?.hash === session.hash;
  const cut = (): void => void outgoing.destroy();
  const end = guard.holdConnection(session.principal, headOf(context), cut, isStillGood);
  if (end instanceof Response) return end;
  if (outgoing.destroyed) end();
  else outgoing.once("close", end);
  inFlight.release(incoming);
  return live.open(session.principal.organization, project === "" ? null : project);
}

export function createBoard(deps: BoardDeps): Routes {
  const { backend, guard, sessions, isOpen, identity, observer } = deps;
  const app = new Hono<ServerEnv>();
  app.use(async (context, next) => {
    // Creates the response now, so that headers set by a handler, such as a cookie, are kept in the one that it returns.
    void context.res;
    await next();
    secure(context);
  });
  for (const { path, type, text } of boardFiles) {
    const headers = {
      "content-type": type,
      "cache-control": "public, max-age=31536000, immutable",
    };
    app.get(path, () => new Response(text, { headers }));
  }
  addSignIn(app, deps);

  const ways = (to: string) => ({ hasIssuer: identity !== null, isOpen, to });
  const isOver =
    "Your session has ended. Nothing was changed. Sign in, go back to your text and send it again.";

  /** Runs `work` with the request's session, or leads to the sign-in. */
  const withSession =
    (permission: string, work: Show) =>
    async (context: BoardContext): Promise<Response> => {
      const session = await sessions.of(context);
      const { method, url } = context.req;
      if (session === null) {
        const { pathname, search } = new URL(url);
        return method === "GET"
          ? redirect(`/sign-in?${new URLSearchParams({ to: pathname + search }).toString()}`)
          : signInPage(ways("/"), isOver, 401);
      }
      context.set("principal", session.principal);
      const excess = await guard.refuseExcess(counted(session.principal), 1);
      if (excess !== null) return refusedPage(session, excess);
      const asked = { as: session.principal, signal: context.req.raw.signal };
      const project = context.req.query("project") ?? "";
      const version = deps.live.versionOf(session.principal.organization);
      try {
        requirePermission(session.principal, permission);
        return await work({ session, asked, project, version }, context);
      } catch (error) {
        if (!(error instanceof SitrepError)) observer.fault(error);
        return errorPage(session, error);
      }
    };

  for (const [path, show] of Object.entries(pagesOf(backend))) {
    app.get(path, withSession("list_tasks", show));
  }
  const stream: Show = (request, context) => liveStream(request, context, deps);
  app.get("/board/events", withSession("list_tasks", stream));
  addActions(app, backend, withSession);
  return app;
}
