import { readBody } from "../http/body.ts";
import { messagePage } from "./responses.ts";
import { headOf, isSameOrigin, type BoardContext } from "./security.ts";
import { isSameText, type BoardSession } from "./board-sessions.ts";

/** Descriptions have at most 100,000 characters, and each may take nine bytes. */
const largestForm = 1024 * 1024;

const notOwn = ["Request refused", "The form did not come from a page of this server."] as const;

/** The fields of a form that one of our pages sent, or the response that refuses it. */
export async function readForm(context: BoardContext): Promise<URLSearchParams | Response> {
  const { incoming } = context.env;
  const type = incoming.headers["content-type"] ?? "";
  if (!isSameOrigin(headOf(context)) || !/^application\/x-www-form-urlencoded\b/i.test(type)) {
    return messagePage(null, notOwn, 403);
  }
  const text = await readBody(incoming, incoming.headers["content-length"], largestForm);
  if (text === null) return messagePage(null, ["Too large", "The form is too large."], 413);
  return new URLSearchParams(text);
}

/** False for a form of another session: an ended one, or somebody else's. */
export const hasToken = (form: URLSearchParams, { csrf }: BoardSession): boolean =>
  isSameText(form.get("csrf") ?? "", csrf);
