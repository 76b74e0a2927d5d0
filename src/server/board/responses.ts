// The board's responses: pages, redirects and errors.

import { SitrepError } from "../../core/errors.ts";
import { localTime } from "../../core/time.ts";
import { boardPage, type Page, type Reader } from "../pages/board/layout.ts";
import { messageBody, signInBody, type SignInMethods } from "../pages/board/project-pages.ts";
import type { Clock } from "../pages/html.ts";
import { createProblem } from "../problem.ts";

export const currentClock = (): Clock => ({ now: Date.now(), calendar: localTime });

export type Shown = Pick<Page, "name" | "body"> & Partial<Page>;

export async function pageResponse(
  reader: Reader | null,
  shown: Shown,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const page: Page = { reader, project: null, view: "", alert: null, version: "", ...shown };
  const type = { "content-type": "text/html; charset=utf-8" };
  return new Response(await boardPage(page), { status, headers: { ...type, ...headers } });
}

export const redirect = (address: string): Response =>
  new Response(null, { status: 303, headers: { location: address } });

export const signInPage = (
  ways: SignInMethods,
  alert: string | null = null,
  status = 200,
): Promise<Response> =>
  pageResponse(null, { name: "Sign in", body: signInBody(ways), alert }, status);

export const messagePage = (
  reader: Reader | null,
  [title, text]: readonly [string, string],
  status: number,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> =>
  pageResponse(reader, { name: title, body: messageBody(title, text) }, status, headers);

export const textOf = (error: SitrepError): string =>
  [error.message, error.hint].filter((one) => one !== undefined).join(" ");

/** For a failure of the server itself, shows no more than the REST service does. */
export async function errorPage(reader: Reader | null, error: unknown): Promise<Response> {
  const { status, title, detail = "" } = createProblem(error);
  return messagePage(reader, [title, detail === "" ? "Try again in a moment." : detail], status);
}

/** Turns a refusal of the REST service into a page. */
export async function refusedPage(reader: Reader | null, refusal: Response): Promise<Response> {
  const { title, detail } = (await refusal.json()) as { title: string; detail?: string };
  const wait = refusal.headers.get("retry-after");
  const words = [detail, wait === null ? undefined : `Try again in ${wait} s.`];
  const text = words.filter((one) => one !== undefined).join(" ");
  const headers = wait === null ? {} : { "retry-after": wait };
  return messagePage(reader, [title, text], refusal.status, headers);
}
