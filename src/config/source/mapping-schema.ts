// A configured mapping: of tools for an MCP server, or of requests for a `json` source.

import * as z from "zod";
import { httpMethods, type HttpMapping } from "../../core/mapping/http-mapping.ts";
import { maxTasks, type Mapping } from "../../core/mapping/mapping.ts";
import type { SourceType } from "../../core/ports.ts";
import { isSecretName } from "../../core/secrets/secret-names.ts";
import { optionalText, Text, whole } from "../setting.ts";
import { secretReference } from "./auth.ts";

const Values = z.record(z.string(), z.unknown());

const Call = z.strictObject({
  tool: optionalText("The tool to call."),
  arguments: Values.exactOptional().describe(
    "Its arguments. They may contain `${project.path}` and the like.",
  ),
  method: z.enum(httpMethods).exactOptional().describe("Of a request. Default: `GET`."),
  path: optionalText("The request's path below `url`. It may contain `${repo}` and the like."),
  query: Values.exactOptional().describe("The request's parameters."),
  body: z.unknown().exactOptional().describe("The request's body, sent as JSON."),
  ifMatch: z
    .boolean()
    .exactOptional()
    .describe(
      "Of a write: send the strong ETag that `get` had, so that a changed task is refused.",
    ),
  tasks: optionalText("JSONata that selects the list of tasks."),
  task: optionalText("JSONata that maps one item to Sitrep's fields."),
  total: optionalText("JSONata for the number of tasks."),
  cursor: optionalText(
    "JSONata for the next page's cursor, which is passed on as `${cursor?}`. Without it, the response's `Link` header is followed.",
  ),
  text: z
    .strictObject({
      line: Text,
      heading: Text.exactOptional(),
      detail: Text.exactOptional(),
      none: Text.exactOptional(),
    })
    .exactOptional()
    .describe(
      "For plain-text responses: patterns that match a task line, a heading, a line with more about a task, and an empty list.",
    ),
  pageSize: whole(1, maxTasks, "How many items a full page has.").exactOptional(),
  priorityScale: z
    .enum(["one-highest", "zero-highest", "highest-last"])
    .exactOptional()
    .describe("Which end of a numeric scale is the most urgent."),
});

const Loose = z.strictObject({
  list: Call.extend({
    items: Text.exactOptional(),
    each: Call.exactOptional(),
    statuses: z.array(Text).exactOptional(),
  }),
  next: Call.exactOptional(),
  get: Call.exactOptional(),
  search: Call.exactOptional(),
  create: Call.exactOptional(),
  update: Call.exactOptional(),
  comment: Call.exactOptional(),
  assign: Call.exactOptional(),
  whoAmI: Call.exactOptional(),
  statusWords: z.record(z.string(), z.string()).exactOptional(),
  headers: z
    .record(z.string(), Text)
    .exactOptional()
    .describe("Sent with every request. A secret must be a reference."),
});
type Loose = z.infer<typeof Loose>;

/** Either form of mapping. `formMistake` checks that the form fits the source's type. */
export const MappingConfig: z.ZodType<Mapping | HttpMapping> = Loose as unknown as z.ZodType<
  Mapping | HttpMapping
>;

const ofTool = ["tool", "arguments"] as const;
const ofRequest = ["path", "method", "query", "body", "ifMatch"] as const;

/** The first setting that the form for this source's type lacks, or that belongs to the other form. */
export function formMistake(
  type: SourceType,
  mapping: object | undefined,
): [path: string, what: string] | null {
  if (mapping === undefined) return null;
  const { headers, statusWords: _words, ...calls } = mapping as Loose;
  const isHttp = type === "json";
  const [needed, foreign] = isHttp ? (["path", ofTool] as const) : (["tool", ofRequest] as const);
  const named = [...Object.entries(calls), ["list.each", calls.list.each] as const];
  for (const [name, call] of named) {
    if (call === undefined) continue;
    const wrong = foreign.find((field) => call[field] !== undefined);
    if (wrong !== undefined) return [`mapping.${name}.${wrong}`, `"${type}" sources do not use it`];
    if (call[needed] === undefined) return [`mapping.${name}.${needed}`, "is missing"];
  }
  if (headers !== undefined && !isHttp) return ["mapping.headers", 'needs the type "json"'];
  const strange = Object.keys(headers ?? {}).find((name) => !/^[A-Za-z0-9-]{1,64}$/.test(name));
  if (strange !== undefined) return ["mapping.headers", `"${strange}" is not a valid header name`];
  const secret = Object.entries(headers ?? {}).find(
    ([name, value]) =>
      (isSecretName(name.replaceAll("-", "_")) || /authorization$|^cookie$/i.test(name)) &&
      !secretReference.test(value),
  );
  if (secret === undefined) return null;
  return [
    `mapping.headers.${secret[0]}`,
    'a secret must be a reference, such as "${env:NAME}", or in "auth"',
  ];
}
